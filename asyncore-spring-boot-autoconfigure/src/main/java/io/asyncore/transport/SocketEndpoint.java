package io.asyncore.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;

import org.jspecify.annotations.Nullable;

/**
 * An endpoint that is a socket. The methods that make no sense for its kind throw
 * {@link UnsupportedOperationException}.
 */
public interface SocketEndpoint extends Endpoint {

	@Override
	SelectableChannel channel();

	@Override
	default SocketEndpoint socket() {
		return this;
	}

	// before there is a peer

	/**
	 * Bind this endpoint to an address.
	 * @param address the address
	 * @throws IOException if another socket has it, or this machine does not
	 */
	default void bind(SocketAddress address) throws IOException {
		throw unsupported("bind");
	}

	/**
	 * Say whether an address of its own was asked for, which no second socket can have.
	 * @return whether it was
	 */
	default boolean isBound() {
		return false;
	}

	/**
	 * Turn this endpoint into one that listens, at the address it was bound to.
	 * @param backlog how many connections may wait to be accepted
	 * @return the endpoint to use from now on
	 * @throws IOException if the address is not free any more
	 */
	default SocketEndpoint listen(int backlog) throws IOException {
		throw unsupported("listen");
	}

	/**
	 * Accept a connection, which blocks until {@link #doNotBlock()} is called: somebody
	 * may use it without the library.
	 * @return the connection, {@code null} if there is none
	 * @throws IOException if the system cannot give one away now
	 */
	default @Nullable SocketEndpoint accept() throws IOException {
		throw unsupported("accept");
	}

	/**
	 * Have no method block from now on.
	 * @throws IOException if this endpoint is closed
	 */
	default void doNotBlock() throws IOException {
	}

	// to a peer

	/**
	 * Say whether an address is of a family to which this endpoint can connect.
	 * @param address the address
	 * @return whether it is
	 */
	default boolean reaches(InetAddress address) {
		return true;
	}

	/**
	 * Begin to connect.
	 * @param address the address of the peer
	 * @return whether that is all; otherwise {@link #finishConnect()} follows
	 * @throws IOException if the attempt has failed at once
	 */
	default boolean connect(SocketAddress address) throws IOException {
		throw unsupported("connect");
	}

	/**
	 * Find out what has become of an attempt to connect.
	 * @return whether the connection is there; otherwise the attempt goes on
	 * @throws IOException if it has failed
	 */
	default boolean finishConnect() throws IOException {
		throw unsupported("connect");
	}

	/**
	 * Close this endpoint, at once and for good, if it is connected to itself, which the
	 * system makes of an attempt to reach a port of this machine that nobody has if it
	 * picks that very port for it. Somebody who has bound it there wants to have it so.
	 * @return whether it was
	 * @throws IOException if closing fails
	 */
	default boolean closeIfItsOwnPeer() throws IOException {
		return false;
	}

	/**
	 * Say whether this endpoint can try again when it was not able to connect; otherwise
	 * it has to be {@linkplain #reopen() replaced}.
	 * @return whether it can
	 */
	default boolean outlivesFailure() {
		return false;
	}

	/**
	 * Return a fresh endpoint that is like this one was before it tried to connect: with
	 * the options that were set, at the address it was bound to.
	 * @return the endpoint, which is the caller's to close as this one is
	 * @throws IOException if there is none to be had, or the address is not free any more
	 */
	default SocketEndpoint reopen() throws IOException {
		throw unsupported("connect");
	}

	// what only sockets have

	/**
	 * Receive one datagram, of which is cut off what does not fit.
	 * @param buffer where to put its content
	 * @return its sender, {@code null} if there is no datagram
	 * @throws IOException if receiving fails
	 */
	default @Nullable SocketAddress receive(ByteBuffer buffer) throws IOException {
		throw unsupported("recvFrom");
	}

	/**
	 * Send one datagram.
	 * @param data its content
	 * @param target where to send it
	 * @return its length, also 0 if the endpoint is full
	 * @throws IOException if it cannot be sent
	 */
	default int send(ByteBuffer data, SocketAddress target) throws IOException {
		throw unsupported("sendTo");
	}

	/**
	 * Send one byte of urgent data.
	 * @param data the byte, of which the lowest eight bits count
	 * @throws LocalFailureException if there is no room for it now
	 * @throws IOException if nothing more can be written, ever
	 */
	default void sendUrgent(int data) throws IOException {
		throw unsupported("sendUrgent");
	}

	/**
	 * Set an option, which an endpoint that takes the place of this one has too.
	 * @param <T> the type of the value
	 * @param option the option
	 * @param value the value
	 * @throws IOException if the system refuses, or the endpoint is closed
	 */
	<T> void setOption(SocketOption<T> option, T value) throws IOException;

	/**
	 * Return the value of an option.
	 * @param <T> the type of the value
	 * @param option the option
	 * @return the value, which of a listener may be that for the connections it accepts
	 * @throws IOException if the system refuses, or the endpoint is closed
	 */
	<T> T getOption(SocketOption<T> option) throws IOException;

}
