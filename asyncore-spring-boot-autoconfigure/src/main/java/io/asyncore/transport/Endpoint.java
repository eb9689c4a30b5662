package io.asyncore.transport;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectableChannel;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * What a channel reads from and writes to: a socket, an end of a pipe, a file, or one of
 * these with a filter before it. Nothing above knows which.
 * <p>
 * No method blocks. The thread of the loop calls them; {@link #close()}, the addresses
 * and {@link #held()} may be called by any. Buffers are the caller's, and used during the
 * call only.
 */
public interface Endpoint {

	/** There is something to read, or the end. */
	int READ = 1;

	/** There is room to write. */
	int WRITE = 1 << 2;

	/** An attempt to connect has come to its end. */
	int CONNECT = 1 << 3;

	/** There is a connection to accept. */
	int ACCEPT = 1 << 4;

	// readiness: a plain socket keeps the defaults

	/**
	 * Tell what somebody waits for, whenever that changes.
	 * @param wanted the operations
	 * @return what the {@link Poller} has to wait for, so that these become possible; 0
	 * if it cannot help
	 */
	default int interest(int wanted) {
		return wanted;
	}

	/**
	 * Return the endpoint that the poller knows: that below a filter.
	 * @return the endpoint, which is this one if there is no filter
	 */
	default Endpoint wire() {
		return this;
	}

	/**
	 * Say whether the poller reports this endpoint. One that it does not says itself when
	 * it has become {@link #ready()}, by what it was given for that; or the poller
	 * reports its {@link #wire()}.
	 * @return whether it does
	 */
	default boolean isPolled() {
		return true;
	}

	/**
	 * Note what the poller has found of the {@link #wire()}. What comes of it is said by
	 * {@link #ready()}, which is asked then.
	 * @param ready what the wire is ready for
	 */
	default void found(int ready) {
	}

	/**
	 * Return the operations that are possible now though no poller says so: what is to be
	 * read is here already, for instance. A filter does then what needs no dispatcher.
	 * @return the operations, 0 for none
	 */
	default int ready() {
		return 0;
	}

	/**
	 * Return what this endpoint can do at all.
	 * @return one of {@link #READ} and {@link #WRITE}, or both
	 */
	default int operations() {
		return READ | WRITE;
	}

	// bytes

	/**
	 * Read what is there.
	 * @param buffer where to put it
	 * @return the number of bytes, 0 for nothing, -1 at the orderly end
	 * @throws IOException if nothing more can be read, ever: the peer has gone, or has
	 * cut the stream off
	 */
	int read(ByteBuffer buffer) throws IOException;

	/**
	 * Write what is taken now.
	 * @param data the data, whose position is advanced by what was taken
	 * @return the number of bytes; less than all of it means that the endpoint is full
	 * @throws IOException if nothing more can be written, ever
	 */
	int write(ByteBuffer data) throws IOException;

	/**
	 * Write part of a file, which the system does without this process seeing it if it
	 * can.
	 * @param file the file, whose own position stays
	 * @param position where the part begins
	 * @param count how long it is, in bytes
	 * @return the number of bytes; less than all of it means that the endpoint is full or
	 * the file has ended
	 * @throws IOException if the file cannot be read, or nothing more can be written
	 */
	default long write(FileChannel file, long position, long count) throws IOException {
		throw unsupported("send");
	}

	/**
	 * Return how much was written that this endpoint still holds.
	 * @return the number of bytes
	 */
	default int held() {
		return 0;
	}

	/**
	 * Say whether what this endpoint holds cannot be written any more, and nobody knows.
	 * @return whether that is so; not any more when {@link #takeFailure()} has told why
	 */
	default boolean isBroken() {
		return false;
	}

	/**
	 * Return why this endpoint {@link #isBroken()}, once.
	 * @return the failure, {@code null} if there is none or it was told already
	 */
	default @Nullable IOException takeFailure() {
		return null;
	}

	/**
	 * Say whether a failure of this endpoint means more than that somebody has gone: that
	 * the peer has broken the rules of a filter, which the dispatcher is to be told.
	 * @param failure what was thrown, or taken
	 * @return whether it does; once
	 */
	default boolean isViolation(IOException failure) {
		return false;
	}

	// its end

	/**
	 * End this direction of the stream, behind what was written.
	 * @throws IOException if the system refuses, or the endpoint is closed
	 */
	default void shutdownOutput() throws IOException {
		throw unsupported("shutdownOutput");
	}

	/**
	 * Return how long {@link #finish} may take before this endpoint is closed.
	 * @return the time; zero if there is never anything to finish
	 */
	default Duration lingering() {
		return Duration.ZERO;
	}

	/**
	 * Go on to the end of the stream, for one that is to be closed: what was written
	 * leaves, and says that no more comes. Safe from any thread.
	 * @param again called by any thread when it is worth trying again; besides that it is
	 * whenever the poller finds what this endpoint has {@link #interest} in
	 * @return whether there is nothing left to do but to {@link #close()}
	 */
	default boolean finish(Runnable again) {
		return true;
	}

	/**
	 * Free the descriptor, at the latest when the poller has let go of it. Does not wait
	 * for what was written and has not arrived. Once more does nothing.
	 * @throws IOException if the system says that something was lost; it is closed all
	 * the same
	 */
	void close() throws IOException;

	/**
	 * Note which holdings free the descriptor when the map that they are of can no longer
	 * be reached. An endpoint that sees to that itself needs none.
	 * @param holdings the holdings, {@code null} for none
	 */
	default void heldBy(@Nullable Holdings holdings) {
	}

	// what it is

	/**
	 * Return how far this endpoint is.
	 * @return the stage, as the system says
	 */
	Stage stage();

	/**
	 * Return the socket, that behind a filter too.
	 * @return the socket, {@code null} if there is none
	 */
	default @Nullable SocketEndpoint socket() {
		return null;
	}

	/**
	 * Return the JDK's channel, for whoever uses it without the library.
	 * @return the channel, {@code null} if there is none
	 */
	default @Nullable SelectableChannel channel() {
		return null;
	}

	/**
	 * Return the address on this side.
	 * @return the address, {@code null} if there is none
	 */
	default @Nullable SocketAddress localAddress() {
		return null;
	}

	/**
	 * Return the address of the peer.
	 * @return the address, {@code null} while there is no peer
	 */
	default @Nullable SocketAddress remoteAddress() {
		return null;
	}

	/**
	 * Say whether data arrives and leaves even without a peer to be connected to.
	 * @return whether it does, as with datagrams
	 */
	default boolean isConnectionless() {
		return false;
	}

	/**
	 * Say whether a transfer that fails means that somebody at the other end has gone.
	 * @return whether it does; not of a stored file, for instance
	 */
	default boolean hasPeer() {
		return !isConnectionless();
	}

	/**
	 * Say whether closing takes back what was sent if something was not read.
	 * @return whether it does
	 */
	default boolean isResetByUnreadInput() {
		return false;
	}

	/**
	 * Say whether what goes through is encrypted.
	 * @return whether it is
	 */
	default boolean isSecured() {
		return false;
	}

	/**
	 * Return what is thrown by a method that an endpoint of this kind does not have.
	 * @param method the name of the method, as the user knows it
	 * @return the exception, to be thrown by the caller
	 */
	default UnsupportedOperationException unsupported(String method) {
		return new UnsupportedOperationException(method + " is not possible on " + this);
	}

	/**
	 * How far an endpoint is.
	 */
	enum Stage {

		/** Nothing was done with it. */
		CREATED,

		/** It sends and receives datagrams at an address of its own, without a peer. */
		BOUND,

		/** It can accept. */
		LISTENING,

		/** The system tries to connect it. */
		CONNECTING,

		/** There is a peer, or was; a file has this stage from the beginning. */
		CONNECTED

	}

}
