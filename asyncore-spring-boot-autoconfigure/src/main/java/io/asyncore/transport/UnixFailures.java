package io.asyncore.transport;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells apart why a Unix domain socket cannot connect. The JDK throws the same exception
 * for everything, with a text in the language of the system, so the texts are learned
 * from failures that are brought about here.
 */
public final class UnixFailures {

	private static final Logger logger = LoggerFactory.getLogger(UnixFailures.class);

	// a backlog of one takes two on Linux
	private static final int MORE_THAN_BACKLOG = 4;

	private static final UnixFailures ENGLISH = new UnixFailures("Connection refused",
			"Resource temporarily unavailable");

	private static volatile @Nullable UnixFailures learned;

	private final @Nullable String refused;

	private final @Nullable String backlogFull;

	private UnixFailures(@Nullable String refused, @Nullable String backlogFull) {
		this.refused = refused;
		// there are systems that refuse then
		this.backlogFull = Objects.equals(backlogFull, refused) ? null : backlogFull;
	}

	// learned once, but not while there are no descriptors to learn with, or no directory
	// to have a socket in
	private static UnixFailures learned() {
		UnixFailures present = learned;
		if (present == null) {
			try {
				present = new UnixFailures(provokeRefusal(), provokeFullBacklog());
				learned = present;
			}
			catch (IOException ex) {
				logger.debug("The failures of Unix domain sockets cannot be learned now", ex);
				present = ENGLISH;
			}
		}
		return present;
	}

	/**
	 * Say whether a connection was refused because nobody listens.
	 * @param failure why a Unix domain socket was not connected
	 * @return whether that is why
	 */
	public static boolean isRefused(IOException failure) {
		UnixFailures known = learned();
		return known.refused != null && known.refused.equals(failure.getMessage());
	}

	/**
	 * Say whether a connection was not made because too many others wait to be accepted.
	 * @param failure why a Unix domain socket was not connected
	 * @return whether that is why
	 */
	public static boolean isBacklogFull(IOException failure) {
		UnixFailures known = learned();
		return known.backlogFull != null && known.backlogFull.equals(failure.getMessage());
	}

	/**
	 * Say whether a descriptor that does not block had nothing to read, or no room to
	 * write, when a stream asked it: the text is that of a full backlog on Linux.
	 * @param failure what the stream has thrown
	 * @return whether it says so
	 */
	public static boolean isTryAgain(IOException failure) {
		String known = learned().backlogFull;
		return Objects.equals((known != null) ? known : ENGLISH.backlogFull, failure.getMessage());
	}

	private static @Nullable String provokeRefusal() throws IOException {
		SocketAddress address;
		try (ServerSocketChannel listener = listener()) {
			address = listener.getLocalAddress();
		}
		try {
			connect(address).close();
			return null;
		}
		catch (IOException ex) {
			return ex.getMessage();
		}
		finally {
			delete(address);
		}
	}

	private static @Nullable String provokeFullBacklog() throws IOException {
		List<SocketChannel> clients = new ArrayList<>();
		try (ServerSocketChannel listener = listener()) {
			SocketAddress address = listener.getLocalAddress();
			try {
				while (clients.size() < MORE_THAN_BACKLOG) {
					clients.add(connect(address));
				}
				return null;
			}
			catch (IOException ex) {
				return ex.getMessage();
			}
			finally {
				delete(address);
			}
		}
		finally {
			for (SocketChannel client : clients) {
				client.close();
			}
		}
	}

	private static ServerSocketChannel listener() throws IOException {
		return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(null, 1);
	}

	private static SocketChannel connect(SocketAddress address) throws IOException {
		SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
		try {
			client.configureBlocking(false);
			client.connect(address);
			return client;
		}
		catch (IOException ex) {
			client.close();
			throw ex;
		}
	}

	private static void delete(SocketAddress address) throws IOException {
		if (address instanceof UnixDomainSocketAddress unix) {
			Files.deleteIfExists(unix.getPath());
		}
	}

}
