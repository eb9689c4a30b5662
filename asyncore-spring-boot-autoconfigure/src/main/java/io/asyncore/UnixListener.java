package io.asyncore;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Map;
import java.util.Set;

import io.asyncore.AddressUnavailableException.Reason;
import io.asyncore.transport.SocketFile;
import io.asyncore.transport.UnixFailures;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a Unix domain socket listen. A file that a process has left behind is removed
 * first, but only if it is known to be a socket on which nobody listens.
 */
final class UnixListener {

	private static final Logger logger = LoggerFactory.getLogger(UnixListener.class);

	private static final String MODE = "mode";

	private static final int TYPE = 0170000;

	private static final int SOCKET = 0140000;

	private UnixListener() {
	}

	/**
	 * Have a socket listen.
	 * @param listener the socket, which does not block
	 * @param permissions those of the file, {@code null} for what the process gives to
	 * its files
	 * @throws AddressUnavailableException if the path cannot be had
	 */
	static SocketFile listen(ServerSocketChannel listener, UnixDomainSocketAddress address, int backlog,
			@Nullable Set<PosixFilePermission> permissions) throws IOException {
		if (permissions == null) {
			return listen(listener, address, backlog);
		}
		if (isTooLong(connect(address))) {
			throw new AddressUnavailableException(address, Reason.TOO_LONG,
					new IOException("Unix domain path too long"));
		}
		try (PrivateDirectory directory = directory(address)) {
			Path hidden = bind(listener, address, backlog, directory);
			if (hidden != null) {
				Files.setPosixFilePermissions(hidden, permissions);
				return publish(listener, address, hidden);
			}
		}
		SocketFile file = listen(listener, address, backlog);
		try {
			int refused = restrict(listener, file.path(), permissions, backlog);
			if (refused > 0) {
				logger.info("Refused {} connection(s) to {} from before its permissions were set", refused,
						file.path());
			}
			return file;
		}
		catch (IOException | RuntimeException ex) {
			file.delete();
			throw ex;
		}
	}

	private static SocketFile listen(ServerSocketChannel listener, UnixDomainSocketAddress address, int backlog)
			throws IOException {
		bind(listener, address, backlog);
		try {
			SocketFile file = SocketFile.at(address.getPath());
			if (file.isThere()) {
				return file;
			}
		}
		catch (NoSuchFileException ex) {
			// the same, a moment earlier
		}
		// another process has taken it for one left behind, before it listened
		throw removed(address);
	}

	private static AddressUnavailableException removed(UnixDomainSocketAddress address) {
		return new AddressUnavailableException(address, Reason.IN_USE, new IOException("The socket file was removed"));
	}

	private static PrivateDirectory directory(UnixDomainSocketAddress address) throws IOException {
		try {
			return PrivateDirectory.beside(address.getPath().toAbsolutePath());
		}
		catch (IOException ex) {
			throw new AddressUnavailableException(address, reason(address.getPath(), ex),
					new IOException("No directory can be made beside it", ex));
		}
	}

	/**
	 * Bind where nobody sees it, and can change nothing before the permissions are set.
	 * @return the file, {@code null} if there is no path to it that is short enough
	 */
	private static @Nullable Path bind(ServerSocketChannel listener, UnixDomainSocketAddress address, int backlog,
			PrivateDirectory directory) throws IOException {
		for (Path path : directory.pathsFor(address.getPath().getFileName())) {
			try {
				return directory.make(path, () -> listener.bind(UnixDomainSocketAddress.of(path), backlog));
			}
			catch (IOException ex) {
				if (!isTooLong(ex)) {
					throw new AddressUnavailableException(address, Reason.UNKNOWN, ex);
				}
			}
		}
		return null;
	}

	/**
	 * Put a file in its place, at once with all it has, unless there is another one.
	 */
	private static SocketFile publish(ServerSocketChannel listener, UnixDomainSocketAddress address, Path hidden)
			throws IOException {
		SocketFile file = SocketFile.moved(hidden, address.getPath());
		try {
			link(address, hidden);
			if (!file.isThere()) {
				throw removed(address);
			}
		}
		catch (FileAlreadyExistsException ex) {
			throw new AddressUnavailableException(address, reason(file.path(), ex),
					new IOException("Address already in use", ex));
		}
		SocketFile.placed(listener.getLocalAddress(), address);
		return file;
	}

	private static void link(UnixDomainSocketAddress address, Path hidden) throws IOException {
		try {
			link(address.getPath(), hidden);
		}
		catch (FileAlreadyExistsException ex) {
			if (!removeStale(address)) {
				throw ex;
			}
			link(address.getPath(), hidden);
		}
	}

	// takes nobody's place, which a file that is moved would
	private static void link(Path path, Path hidden) throws IOException {
		try {
			Files.createLink(path, hidden);
		}
		catch (FileAlreadyExistsException ex) {
			throw ex;
		}
		catch (FileSystemException | UnsupportedOperationException ex) {
			logger.debug("There can be no link {}, moving the file", path, ex);
			if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
				throw new FileAlreadyExistsException(path.toString());
			}
			Files.move(hidden, path, StandardCopyOption.ATOMIC_MOVE);
		}
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
	 * Set the permissions of the file and refuse those who have connected before. For a
	 * path that is so long that there is no room for a directory of ours, on a system
	 * without paths for descriptors.
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
		if (isTooLong(failure)) {
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

	// said by the JDK itself, so in this language
	private static boolean isTooLong(@Nullable IOException failure) {
		return failure != null && String.valueOf(failure.getMessage()).contains("path too long");
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

}
