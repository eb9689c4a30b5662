package io.asyncore;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.function.Consumer;

import io.asyncore.transport.ChannelEndpoint;
import io.asyncore.transport.SocketFile;
import org.jspecify.annotations.Nullable;

/**
 * The file by which a server listens, as long as it does.
 */
final class ServerFile {

	private final Consumer<IOException> undeletable;

	private volatile @Nullable SocketFile file;

	/**
	 * Create a new instance.
	 * @param undeletable told why a file stays
	 */
	ServerFile(Consumer<IOException> undeletable) {
		this.undeletable = undeletable;
	}

	/**
	 * Have a listener that is open and has a file.
	 * @param taken gives the listener to the server, unless another thread has closed
	 * that meanwhile
	 * @throws IOException if the system refuses; then there is no file
	 */
	void open(UnixDomainSocketAddress address, int backlog, @Nullable Set<PosixFilePermission> permissions,
			Taking taken) throws IOException {
		ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
		boolean complete = false;
		try {
			listener.configureBlocking(false);
			this.file = UnixListener.listen(listener, address, backlog, permissions);
			complete = taken.take(listener);
		}
		finally {
			if (!complete) {
				// first the file, as long as its number cannot be that of another one
				delete();
				SocketFile.forget(ChannelEndpoint.ask(listener::getLocalAddress));
				listener.close();
			}
		}
	}

	/**
	 * Delete the file, if there is one.
	 */
	void delete() {
		SocketFile file = this.file;
		this.file = null;
		try {
			if (file != null) {
				file.delete();
			}
		}
		catch (IOException ex) {
			this.undeletable.accept(ex);
		}
	}

	/**
	 * Gives a listener to a server.
	 */
	@FunctionalInterface
	interface Taking {

		/**
		 * Take the listener.
		 * @return whether that is done
		 */
		boolean take(ServerSocketChannel listener) throws IOException;

	}

}
