package io.asyncore;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;

/**
 * Connects to a host whose addresses are 127.0.0.2 and then 127.0.0.1, first while a
 * server is at the latter, then while there is none. To be run in a process that has such
 * a host.
 */
public final class HostWithTwoAddresses extends Dispatcher {

	private HostWithTwoAddresses(ChannelMap map) {
		super(map);
	}

	public static void main(String[] args) throws Exception {
		ChannelMap map = new ChannelMap();
		Dispatcher server = new Dispatcher(map);
		server.createSocket();
		server.bind(new InetSocketAddress(Inet4Address.getByName("127.0.0.1"), 0));
		server.listen(1);
		int port = ((InetSocketAddress) server.localAddress()).getPort();
		HostWithTwoAddresses client = new HostWithTwoAddresses(map);
		client.createSocket();
		client.connect("two-addresses", port);
		while (!client.closed()) {
			Asyncore.poll(Duration.ofMillis(10), map);
		}
		server.close();
		client.createSocket();
		client.connect("two-addresses", port);
		Asyncore.loop(map);
	}

	@Override
	protected void handleConnect() {
		System.out.println("connected to " + remoteAddress());
		close();
	}

	@Override
	protected void handleError(Throwable failure) {
		System.out.println("failed with " + failure.getClass().getName() + " besides "
				+ Arrays.stream(failure.getSuppressed()).map((other) -> other.getClass().getName()).toList());
		close();
	}

}
