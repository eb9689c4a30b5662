package io.asyncore.context;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.DatagramChannel;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import io.asyncore.Dispatcher;
import org.jspecify.annotations.Nullable;

/**
 * Addresses as people write them.
 */
public final class Addresses {

	// the most zeros in a row of an IPv6 address, as RFC 5952 has them shortened
	private static final Pattern[] ZEROS = IntStream.iterate(8, (count) -> count > 1, (count) -> count - 1)
		.mapToObj((count) -> Pattern.compile("(^|:)0(:0){" + (count - 1) + "}(:|(?=%)|$)"))
		.toArray(Pattern[]::new);

	private Addresses() {
	}

	/**
	 * Write an address without looking up a name.
	 * @param address the address
	 * @return such as {@code 127.0.0.1:7007}, {@code [::1]:7007} or a path
	 */
	public static String text(SocketAddress address) {
		if (address instanceof InetSocketAddress inet) {
			String host = host(inet);
			return ((host.indexOf(':') >= 0) ? "[" + host + "]" : host) + ":" + inet.getPort();
		}
		return address.toString();
	}

	/**
	 * Return the address of whom a channel talks to, or means to.
	 * @param channel the channel
	 * @return the address, {@code null} if it listens, or has no peer
	 */
	public static @Nullable SocketAddress peer(Dispatcher channel) {
		SocketAddress peer = channel.remoteAddress();
		// else a listener, and one for datagrams, knows its own address only
		boolean own = channel.accepting() || channel.socket() instanceof DatagramChannel;
		return (peer != null || own) ? peer : channel.addr();
	}

	private static String shorten(String host) {
		if (host.indexOf(':') < 0) {
			return host;
		}
		for (Pattern zeros : ZEROS) {
			Matcher matcher = zeros.matcher(host);
			if (matcher.find()) {
				return matcher.replaceFirst("::");
			}
		}
		return host;
	}

	/**
	 * Write the host of an address without looking up a name.
	 * @param address the address
	 * @return such as {@code 127.0.0.1}, {@code ::1} or a path
	 */
	public static String host(SocketAddress address) {
		if (address instanceof InetSocketAddress inet) {
			InetAddress host = inet.getAddress();
			return (host != null) ? shorten(host.getHostAddress()) : inet.getHostString();
		}
		return address.toString();
	}

}
