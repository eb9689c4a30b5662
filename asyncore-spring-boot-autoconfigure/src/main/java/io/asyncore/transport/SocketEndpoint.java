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

	default void bind(SocketAddress address) throws IOException {
		throw unsupported("bind");
	}

	/**
	 * Say whether an address of its own was asked for, which no second socket can have.
	 */
	default boolean isBound() {
		return false;
	}

	/**
	 * Turn this endpoint into one that listens, at the address it was bound to.
	 * @return the endpoint to use from now on
	 */
	default SocketEndpoint listen(int backlog) throws IOException {
		throw unsupported("listen");
	}

	/**
	 * Accept a connection: {@code null} if there is none. It blocks until it is told
	 * {@link #doNotBlock() not to}, for somebody may use it without the library.
	 * @throws IOException if the system cannot give one away now
	 */
	default @Nullable SocketEndpoint accept() throws IOException {
		throw unsupported("accept");
	}

	/**
	 * Have no method block from now on.
	 */
	default void doNotBlock() throws IOException {
	}

	// to a peer

	/**
	 * Say whether an address is of a family to which this endpoint can connect.
	 */
	default boolean reaches(InetAddress address) {
		return true;
	}

	/**
	 * Begin to connect: {@code true} if that is all, else {@link #finishConnect()}
	 * follows.
	 */
	default boolean connect(SocketAddress address) throws IOException {
		throw unsupported("connect");
	}

	default boolean finishConnect() throws IOException {
		throw unsupported("connect");
	}

	/**
	 * Close this endpoint, at once and for good, if it is connected to itself, which the
	 * system makes of an attempt to reach a port of this machine that nobody has if it
	 * picks that very port for it. Somebody who has bound it there wants to have it so.
	 * @return whether it was
	 */
	default boolean closeIfItsOwnPeer() throws IOException {
		return false;
	}

	/**
	 * Say whether this endpoint can try again when it was not able to connect; otherwise
	 * it has to be {@linkplain #reopen() replaced}.
	 */
	default boolean outlivesFailure() {
		return false;
	}

	/**
	 * Return a fresh endpoint that is like this one was before it tried to connect.
	 */
	default SocketEndpoint reopen() throws IOException {
		throw unsupported("connect");
	}

	// what only sockets have

	/**
	 * Receive one datagram: its sender, or {@code null} if there is none.
	 */
	default @Nullable SocketAddress receive(ByteBuffer buffer) throws IOException {
		throw unsupported("recvFrom");
	}

	/**
	 * Send one datagram: its length, or 0 if the endpoint is full.
	 */
	default int send(ByteBuffer data, SocketAddress target) throws IOException {
		throw unsupported("sendTo");
	}

	default void sendUrgent(int data) throws IOException {
		throw unsupported("sendUrgent");
	}

	<T> void setOption(SocketOption<T> option, T value) throws IOException;

	<T> T getOption(SocketOption<T> option) throws IOException;

}
