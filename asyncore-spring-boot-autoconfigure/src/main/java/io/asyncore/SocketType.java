package io.asyncore;

/**
 * The kind of socket that {@link Dispatcher#createSocket} makes.
 */
public enum SocketType {

	/**
	 * A connection-oriented byte stream, {@code SOCK_STREAM}.
	 */
	STREAM,

	/**
	 * Separate messages without a connection, {@code SOCK_DGRAM}.
	 */
	DATAGRAM

}
