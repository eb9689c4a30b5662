package io.asyncore.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

import io.asyncore.context.ServerProtocol;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sockets of the kinds that a server has, to find out what options they take: those of
 * its connections, and the one that listens.
 */
final class SocketProbe implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(SocketProbe.class);

	private final ServerProtocol protocol;

	private final List<NetworkChannel> sockets = new ArrayList<>();

	SocketProbe(ServerProtocol protocol) {
		this.protocol = protocol;
		try {
			switch (protocol) {
				case TCP -> {
					this.sockets.add(SocketChannel.open());
					this.sockets.add(ServerSocketChannel.open());
				}
				case UDP -> this.sockets.add(DatagramChannel.open());
				case UNIX -> this.sockets.add(SocketChannel.open(StandardProtocolFamily.UNIX));
			}
		}
		catch (IOException ex) {
			close();
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Return what the sockets are called.
	 */
	String kind() {
		return switch (this.protocol) {
			case TCP -> "TCP sockets of this platform";
			case UDP -> "UDP sockets of this platform";
			case UNIX -> "Unix domain sockets";
		};
	}

	boolean supports(SocketOption<?> option) {
		return this.sockets.stream().anyMatch((socket) -> socket.supportedOptions().contains(option));
	}

	<T> void set(SocketOption<T> option, T value) throws IOException {
		for (NetworkChannel socket : this.sockets) {
			if (socket.supportedOptions().contains(option)) {
				socket.setOption(option, value);
			}
		}
	}

	/**
	 * Warn if a buffer that was set is smaller than it should be.
	 * @param limit the setting of Linux that limits it
	 */
	void warnOfLess(SocketOption<Integer> option, int asked, String property, String limit) {
		try {
			int granted = this.sockets.get(0).getOption(option);
			if (granted < asked) {
				logger.warn(
						"'{}' asks for {} bytes and the system grants {}: raise its limit, on Linux by 'sysctl -w {}={}', "
								+ "or ask for less",
						property, asked, granted, limit, asked);
			}
		}
		catch (IOException ex) {
			logger.debug("The system does not say what it grants for {}", property, ex);
		}
	}

	@Override
	public void close() {
		for (NetworkChannel socket : this.sockets) {
			try {
				socket.close();
			}
			catch (IOException ex) {
				logger.debug("Closing {} failed", socket, ex);
			}
		}
	}

}
