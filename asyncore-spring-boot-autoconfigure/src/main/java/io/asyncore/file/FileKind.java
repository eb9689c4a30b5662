package io.asyncore.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * What kinds of files there are.
 */
enum FileKind {

	/** Bytes that are stored, and can be read at any position. */
	REGULAR,

	/** Holds other files. */
	DIRECTORY,

	/** What one process writes another one reads. */
	PIPE,

	/** The address of a socket. */
	SOCKET,

	/** A terminal or another device. */
	DEVICE;

	private static final int TYPE = 0170000;

	private static final int PIPE_TYPE = 0010000;

	private static final int SOCKET_TYPE = 0140000;

	/**
	 * Tell of what kind a file is, or that to which a link leads.
	 */
	static FileKind of(Path path) throws IOException {
		BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
		if (attributes.isRegularFile()) {
			return REGULAR;
		}
		if (attributes.isDirectory()) {
			return DIRECTORY;
		}
		return switch (type(path)) {
			case PIPE_TYPE -> PIPE;
			case SOCKET_TYPE -> SOCKET;
			default -> DEVICE;
		};
	}

	private static int type(Path path) throws IOException {
		try {
			return (Integer) Files.getAttribute(path, "unix:mode") & TYPE;
		}
		catch (UnsupportedOperationException | IllegalArgumentException ex) {
			// where there is none of them there are devices
			return 0;
		}
	}

}
