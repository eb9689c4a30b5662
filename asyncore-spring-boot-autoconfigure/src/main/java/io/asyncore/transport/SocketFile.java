package io.asyncore.transport;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

/**
 * The file that a Unix domain socket has made by being bound, to be deleted when that is
 * closed.
 */
public final class SocketFile {

	// where the files are that were bound in a directory of ours
	private static final Map<SocketAddress, SocketAddress> PLACES = new ConcurrentHashMap<>();

	private final Path path;

	private final @Nullable Object key;

	private SocketFile(Path path, @Nullable Object key) {
		this.path = path;
		this.key = key;
	}

	/**
	 * Return the file that a socket was just bound to.
	 * @param path where it is
	 * @return the file, known by its number from now on
	 * @throws IOException if it is not there
	 */
	public static SocketFile at(Path path) throws IOException {
		return new SocketFile(path, key(path));
	}

	/**
	 * Return the file that is about to be put in its place.
	 * @param from where it is now
	 * @param to where it will be
	 * @return the file, at its place to be
	 * @throws IOException if it is not there
	 */
	public static SocketFile moved(Path from, Path to) throws IOException {
		return new SocketFile(to, key(from));
	}

	/**
	 * Note that the file of a socket was put in its place after it was bound.
	 * @param bound the address that the socket was bound to
	 * @param place the address by which others know it
	 */
	public static void placed(SocketAddress bound, SocketAddress place) {
		PLACES.put(bound, place);
	}

	/**
	 * Return the address by which others know a socket: that it was bound to, unless its
	 * file has been put in its place afterwards.
	 * @param bound the address that the socket was bound to, of any family; {@code null}
	 * if there is none
	 * @return the address, {@code null} if there is none
	 */
	public static @Nullable SocketAddress place(@Nullable SocketAddress bound) {
		SocketAddress place = (bound instanceof UnixDomainSocketAddress) ? PLACES.get(bound) : null;
		return (place != null) ? place : bound;
	}

	/**
	 * Forget that the file of a socket, which is closed, was put in its place after it
	 * was bound.
	 * @param bound the address that the socket was bound to, {@code null} if there is
	 * none
	 */
	public static void forget(@Nullable SocketAddress bound) {
		if (bound instanceof UnixDomainSocketAddress) {
			PLACES.remove(bound);
		}
	}

	private static @Nullable Object key(Path path) throws IOException {
		return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey();
	}

	/**
	 * Return where the file is, or is about to be put.
	 * @return its path
	 */
	public Path path() {
		return this.path;
	}

	/**
	 * Say whether the file is there, and not that of another socket.
	 * @return whether it is
	 * @throws IOException if the system does not tell
	 */
	public boolean isThere() throws IOException {
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
	 * @throws IOException if the system refuses
	 */
	public void delete() throws IOException {
		if (isThere()) {
			Files.deleteIfExists(this.path);
		}
	}

}
