package io.asyncore;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

import org.jspecify.annotations.Nullable;

/**
 * What a dispatcher reads from and writes to: the seam below {@link Dispatcher}. Nothing
 * above it knows of streams, listeners, datagrams or files, only {@link Poller} waits for
 * the {@linkplain #channel() channel} behind it. An endpoint that has none says itself
 * when it is {@link #ready()}, by {@link Attachment#touch()}.
 * <p>
 * No method blocks. Those that make no sense for a kind of endpoint keep their default,
 * which throws {@link UnsupportedOperationException}.
 */
interface Endpoint {

	/**
	 * Return the channel that becomes ready when this endpoint does, {@code null} if the
	 * endpoint itself says so.
	 */
	@Nullable SelectableChannel channel();

	/**
	 * Return for which of reading and writing this endpoint can be used at all.
	 */
	default int operations() {
		return SelectionKey.OP_READ | SelectionKey.OP_WRITE;
	}

	/**
	 * Return the operations that an endpoint without a channel is ready for.
	 */
	default int ready() {
		return 0;
	}

	/**
	 * Tell an endpoint without a channel which operations somebody waits for.
	 */
	default void interest(int operations) {
		throw unsupported("interest");
	}

	/**
	 * Read what is there: the number of bytes, 0 for nothing, -1 at the end.
	 * @throws IOException if nothing more can be read or written, ever
	 */
	default int read(ByteBuffer buffer) throws IOException {
		throw unsupported("read");
	}

	/**
	 * Write what is taken now; less than all of it means that the endpoint is full.
	 * @throws IOException if nothing more can be read or written, ever
	 */
	default int write(ByteBuffer data) throws IOException {
		throw unsupported("write");
	}

	/**
	 * Write part of a file, which the system does without this process seeing it if it
	 * can; less than all of it means that the endpoint is full or the file has ended.
	 * @throws IOException if the file cannot be read, or nothing more can be written
	 */
	default long write(FileChannel file, long position, long count) throws IOException {
		throw unsupported("send");
	}

	/**
	 * End this direction of the stream.
	 */
	default void shutdownOutput() throws IOException {
		throw unsupported("shutdownOutput");
	}

	default void bind(SocketAddress address) throws IOException {
		throw unsupported("bind");
	}

	/**
	 * Turn this endpoint into one that listens, at the address it was bound to.
	 * @return the endpoint to use from now on
	 */
	default Endpoint listen(int backlog) throws IOException {
		throw unsupported("listen");
	}

	default @Nullable Accepted accept() throws IOException {
		throw unsupported("accept");
	}

	/**
	 * Begin to connect: {@code true} if that is all, else {@link #finishConnect()}
	 * follows.
	 */
	default boolean connect(SocketAddress address) throws IOException {
		throw unsupported("connect");
	}

	/**
	 * Say whether an address of its own was asked for, which no second socket can have.
	 */
	default boolean isBound() {
		return false;
	}

	/**
	 * Say whether an address is of a family to which this endpoint can connect.
	 */
	default boolean reaches(InetAddress address) {
		return true;
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
	default Endpoint reopen() throws IOException {
		throw unsupported("connect");
	}

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

	default <T> void setOption(SocketOption<T> option, T value) throws IOException {
		throw unsupported("The option " + option);
	}

	default <T> T getOption(SocketOption<T> option) throws IOException {
		throw unsupported("The option " + option);
	}

	default @Nullable SocketAddress localAddress() {
		return null;
	}

	/**
	 * Say whether what goes through is encrypted.
	 */
	default boolean isSecured() {
		return false;
	}

	/**
	 * Return the peer, {@code null} while there is none.
	 */
	default @Nullable SocketAddress remoteAddress() {
		return null;
	}

	/**
	 * Return the state of a dispatcher that is given this endpoint as it is.
	 */
	ChannelState state();

	/**
	 * Say whether data arrives and leaves even without a peer to be connected to.
	 */
	default boolean isConnectionless() {
		return false;
	}

	/**
	 * Say whether a transfer that fails means that somebody at the other end has gone.
	 */
	default boolean hasPeer() {
		return !isConnectionless();
	}

	/**
	 * Say whether closing takes back what was sent if something was not read.
	 */
	default boolean isResetByUnreadInput() {
		return false;
	}

	/**
	 * Return how much was written that this endpoint still holds.
	 */
	default int pending() {
		return 0;
	}

	/**
	 * Say whether what this endpoint holds cannot be written any more, and nobody knows.
	 */
	default boolean isBroken() {
		return false;
	}

	/**
	 * Return why this endpoint {@link #isBroken()}, once.
	 */
	default @Nullable IOException takeFailure() {
		return null;
	}

	/**
	 * Note which holdings free the descriptor when the map that they are of can no longer
	 * be reached, {@code null} for none. An endpoint that sees to that itself needs none.
	 */
	default void heldBy(@Nullable Holdings holdings) {
	}

	/**
	 * Free the descriptor, at the latest when the poller has let go of it. Does not wait
	 * for what was sent and has not arrived.
	 */
	default void close() throws IOException {
		SelectableChannel channel = channel();
		if (channel != null) {
			channel.close();
		}
	}

	private UnsupportedOperationException unsupported(String method) {
		SelectableChannel channel = channel();
		return new UnsupportedOperationException(
				method + " is not possible on " + ((channel != null) ? channel : this));
	}

	/**
	 * Ask a channel for an address: {@code null} if another thread has closed it.
	 */
	static @Nullable SocketAddress ask(AddressQuestion question) {
		try {
			return question.address();
		}
		catch (IOException ex) {
			return null;
		}
	}

	/**
	 * Open the socket that {@link Dispatcher#createSocket} asks for.
	 */
	static Endpoint open(ProtocolFamily family, SocketType type) throws IOException {
		return switch (type) {
			case STREAM -> stream(SocketChannel.open(family), family);
			case DATAGRAM -> datagrams(DatagramChannel.open(family), family);
		};
	}

	/**
	 * Use a new socket for a stream.
	 */
	static Endpoint stream(SocketChannel socket, @Nullable ProtocolFamily family) throws IOException {
		socket.configureBlocking(false);
		if (socket.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
			socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
		}
		return new StreamEndpoint(socket, family);
	}

	/**
	 * Use a new socket for datagrams.
	 */
	static Endpoint datagrams(DatagramChannel socket, @Nullable ProtocolFamily family) throws IOException {
		socket.configureBlocking(false);
		return new DatagramEndpoint(socket, family);
	}

	/**
	 * Use a channel of the caller, which is made non-blocking.
	 */
	static Endpoint of(SelectableChannel channel) throws IOException {
		channel.configureBlocking(false);
		if (channel instanceof SocketChannel socket) {
			return new StreamEndpoint(socket, null);
		}
		if (channel instanceof ServerSocketChannel listener) {
			return new ListenerEndpoint(listener, ListenerEndpoint.CONNECTION_OPTIONS);
		}
		if (channel instanceof DatagramChannel datagrams) {
			return new DatagramEndpoint(datagrams, null);
		}
		if (channel instanceof Pipe.SourceChannel || channel instanceof Pipe.SinkChannel) {
			return new PipeEndpoint(channel);
		}
		throw new IllegalArgumentException("A dispatcher needs a SocketChannel, ServerSocketChannel, DatagramChannel "
				+ "or an end of a Pipe, not " + channel);
	}

	/**
	 * One of the addresses of a channel.
	 */
	@FunctionalInterface
	interface AddressQuestion {

		@Nullable SocketAddress address() throws IOException;

	}

}
