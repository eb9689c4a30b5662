package io.asyncore.simulation;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;

/**
 * Where the channels and selectors of a network come from.
 */
final class SimulatedProvider extends SelectorProvider {

	private final Network network;

	private final Faults faults;

	/**
	 * Create a new instance.
	 * @param network the network
	 * @param faults which calls of its channels fail
	 */
	SimulatedProvider(Network network, Faults faults) {
		this.network = network;
		this.faults = faults;
	}

	Faults faults() {
		return this.faults;
	}

	private static void require(ProtocolFamily family) {
		if (family != StandardProtocolFamily.INET && family != StandardProtocolFamily.INET6) {
			throw new UnsupportedOperationException("A simulated network has no sockets of the family " + family);
		}
	}

	@Override
	public DatagramChannel openDatagramChannel() throws IOException {
		return openDatagramChannel(StandardProtocolFamily.INET6);
	}

	@Override
	public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
		require(family);
		this.faults.open("a socket for datagrams");
		return new SimulatedDatagrams(this, this.network);
	}

	@Override
	public Pipe openPipe() {
		throw new UnsupportedOperationException("A simulated network has no pipes");
	}

	@Override
	public AbstractSelector openSelector() throws IOException {
		this.faults.open("a selector");
		return new SimulatedSelector(this, this.network.world(), this.faults);
	}

	@Override
	public ServerSocketChannel openServerSocketChannel() throws IOException {
		return openServerSocketChannel(StandardProtocolFamily.INET6);
	}

	@Override
	public ServerSocketChannel openServerSocketChannel(ProtocolFamily family) throws IOException {
		require(family);
		this.faults.open("a listener");
		return new SimulatedListener(this, this.network);
	}

	@Override
	public SocketChannel openSocketChannel() throws IOException {
		return openSocketChannel(StandardProtocolFamily.INET6);
	}

	@Override
	public SocketChannel openSocketChannel(ProtocolFamily family) throws IOException {
		require(family);
		this.faults.open("a socket");
		return new SimulatedStream(this, this.network);
	}

}
