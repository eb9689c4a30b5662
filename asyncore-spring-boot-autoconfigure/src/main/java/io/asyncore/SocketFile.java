package io.asyncore;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import io.asyncore.AddressUnavailableException.Reason;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of a Unix domain socket that listens: made by binding it, and to be deleted
 * when it is closed. One that a process has left behind is removed first, but only if it
 * is known to be a socket on which nobody listens.
 */
final class SocketFile {

	private static final Logger logger = LoggerFactory.getLogger(SocketFile.class);

	private static final String MODE = "mode";

	private static final int TYPE = 0170000;

	private static final int SOCKET = 0140000;

	private final Path path;

	private final @Nullable Object key;

	private SocketFile(Path path, @Nullable Object key) {
		this.path = path;
		this.key = key;
	}

	/**
	 * Return the file that a socket was just bound to.
	 */
	static SocketFile at(Path path) throws IOException {
		return new SocketFile(path, key(path));
	}

	/**
	 * Have a socket listen.
	 * @param listener the socket, which does not block
	 * @param permissions those of the file, {@code null} for what the process gives to
	 * its files; whoever has connected before they were set is refused
	 * @throws AddressUnavailableException if the path cannot be had
	 */
	static SocketFile listen(ServerSocketChannel listener, UnixDomainSocketAddress address, int backlog,
			@Nullable Set<PosixFilePermission> permissions) throws IOException {
		bind(listener, address, backlog);
		SocketFile file = at(address.getPath());
		try {
			if (permissions != null) {
				int refused = restrict(listener, file.path, permissions, backlog);
				if (refused > 0) {
					logger.info("Refused {} connection(s) to {} from before its permissions were set", refused,
							file.path);
				}
			}
			if (!file.isThere()) {
				// another process has taken it for one left behind, before it listened
				throw new AddressUnavailableException(address, Reason.IN_USE,
						new IOException("The socket file was removed"));
			}
		}
		catch (IOException | RuntimeException ex) {
			file.delete();
			throw ex;
		}
		return file;
	}

	private static void bind(ServerSocketChannel listener, UnixDomainSocketAddress address, int backlog)
			throws IOException {
		try {
			listener.bind(address, backlog);
			return;
		}
		catch (IOException ex) {
			if (!removeStale(address)) {
				throw new AddressUnavailableException(address, reason(address.getPath(), ex), ex);
			}
		}
		try {
			listener.bind(address, backlog);
		}
		catch (IOException ex) {
			throw new AddressUnavailableException(address, reason(address.getPath(), ex), ex);
		}
	}

	/**
	 * Set the permissions of the file and refuse those who have connected before.
	 * @return how many were refused
	 */
	static int restrict(ServerSocketChannel listener, Path path, Set<PosixFilePermission> permissions, int backlog)
			throws IOException {
		Files.setPosixFilePermissions(path, permissions);
		int refused = 0;
		// they are the first in the queue, which is one longer than the backlog
		while (refused <= backlog) {
			SocketChannel early = listener.accept();
			if (early == null) {
				break;
			}
			early.close();
			refused++;
		}
		return refused;
	}

	private static boolean removeStale(UnixDomainSocketAddress address) {
		Path path = address.getPath();
		try {
			Map<String, Object> found = attributes(path);
			if (!isSocket(found) || !isAbandoned(address) || !found.equals(attributes(path))) {
				return false;
			}
			Files.deleteIfExists(path);
			logger.info("Removed the socket file {}, on which nobody listened any more", path);
			return true;
		}
		catch (IOException | UnsupportedOperationException | IllegalArgumentException ex) {
			logger.debug("It is not known whether somebody listens on {}", path, ex);
			return false;
		}
	}

	private static Reason reason(Path path, IOException failure) {
		// said by the JDK itself, so in this language
		if (String.valueOf(failure.getMessage()).contains("path too long")) {
			return Reason.TOO_LONG;
		}
		try {
			return isSocket(attributes(path)) ? Reason.IN_USE : Reason.NOT_A_SOCKET;
		}
		catch (NoSuchFileException ex) {
			return missing(path);
		}
		catch (IOException ex) {
			return Files.exists(path, LinkOption.NOFOLLOW_LINKS) ? Reason.UNKNOWN : missing(path);
		}
		catch (UnsupportedOperationException | IllegalArgumentException ex) {
			return Reason.UNKNOWN;
		}
	}

	private static Reason missing(Path path) {
		Path directory = path.toAbsolutePath().getParent();
		if (directory == null || !Files.isDirectory(directory)) {
			return Reason.NO_DIRECTORY;
		}
		return Files.isWritable(directory) ? Reason.UNKNOWN : Reason.READ_ONLY_DIRECTORY;
	}

	// the time of the last change too, for the number of a deleted file is soon that of
	// another one
	private static Map<String, Object> attributes(Path path) throws IOException {
		return Files.readAttributes(path, "unix:" + MODE + ",fileKey,ctime", LinkOption.NOFOLLOW_LINKS);
	}

	private static boolean isSocket(Map<String, Object> attributes) {
		return attributes.get(MODE) instanceof Integer mode && (mode & TYPE) == SOCKET;
	}

	// known only if it is a refusal: there are other failures, such as that of a full
	// backlog
	private static boolean isAbandoned(UnixDomainSocketAddress address) throws IOException {
		IOException failure = connect(address);
		return failure != null && UnixFailures.isRefused(failure);
	}

	/**
	 * Try to connect, without waiting: the failure, {@code null} if there is none. That
	 * there is no socket to try with is thrown.
	 */
	private static @Nullable IOException connect(UnixDomainSocketAddress address) throws IOException {
		try (SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX)) {
			socket.configureBlocking(false);
			try {
				socket.connect(address);
				return null;
			}
			catch (IOException ex) {
				return ex;
			}
		}
	}

	private static @Nullable Object key(Path path) throws IOException {
		return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey();
	}

	private boolean isThere() throws IOException {
		try {
			return Objects.equals(this.key, key(this.path));
		}
		catch (NoSuchFileException ex) {
			return false;
		}
	}

	/**
	 * Delete the file, unless it is that of another socket by now. To be called while
	 * this one is open, or else its number may be given to that.
	 */
	void delete() throws IOException {
		if (isThere()) {
			Files.deleteIfExists(this.path);
		}
	}

}
