package io.asyncore.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * Changes bytes between a dispatcher and the wire: encrypts them, logs them, takes a
 * header off. Does no I/O and knows no loop: it is given what has come, and asked for
 * what is to go.
 * <p>
 * A {@link FilteredEndpoint} calls it, one call at a time: nearly always by the thread of
 * the loop, and by another one if that closes the channel. While a {@link #task()} is
 * under way nothing is called. Buffers are the caller's and used during the call only;
 * what a filter has to keep it copies. A failure of any method ends the channel; one that
 * throws an {@link IOException} says that the peer has broken the rules, and any other
 * that the filter itself is wrong: nothing of it is called then but {@link #close()}.
 */
public interface Filter {

	// the wire

	/**
	 * Take bytes of the wire. What is left in the buffer is offered again when
	 * {@link #read} has made room. Takes at least one byte unless it is {@link #ready()}
	 * to be read, or has a {@link #task()}.
	 * @param wire what has come
	 * @throws IOException if the peer breaks the rules; what tells it so is given by
	 * {@link #transmit}, and what was received before can still be read
	 */
	void received(ByteBuffer wire) throws IOException;

	/**
	 * Note that the wire has ended. Whether that is the end of the input or fails it is
	 * said by {@link #read}, for which this filter is {@link #ready()} from now on.
	 */
	void receivedEnd();

	/**
	 * Put bytes for the wire. They are on their way, or kept by the caller, before the
	 * dispatcher can write again.
	 * @param wire where to put them, with room for 32,768 bytes when it is empty
	 * @return whether there are more, for which there was no room
	 * @throws IOException if there can be none, ever
	 */
	boolean transmit(ByteBuffer wire) throws IOException;

	/**
	 * Say whether something of the wire is waited for even if the dispatcher wants
	 * nothing: the answer of a handshake, or after {@link #endInput()} the end.
	 * @return whether it is; not any more after {@link #receivedEnd()}
	 */
	default boolean awaitsInput() {
		return false;
	}

	// the dispatcher

	/**
	 * Read input for the dispatcher.
	 * @param target where to put it, with room for at least one byte
	 * @return the number of bytes, 0 if there is nothing yet, -1 at the orderly end, and
	 * each time from then on
	 * @throws IOException if the input is cut off, or the peer breaks the rules
	 */
	int read(ByteBuffer target) throws IOException;

	/**
	 * Take output of the dispatcher.
	 * @param source the output, whose position is advanced by what is taken
	 * @return the number of bytes; 0 means not now, and then {@link #ready()} has no
	 * {@link Endpoint#WRITE}, or the loop would spin
	 * @throws IOException if nothing more can be written, ever
	 */
	int write(ByteBuffer source) throws IOException;

	/**
	 * Return what the dispatcher can do without the wire.
	 * @return {@link Endpoint#READ} if {@link #read} has bytes, the end or a failure,
	 * {@link Endpoint#WRITE} if {@link #write} takes something
	 */
	int ready();

	// the rest

	/**
	 * Return work that takes long. It is done by another thread.
	 * @return the work, once; {@code null} if there is none
	 */
	default @Nullable Runnable task() {
		return null;
	}

	/**
	 * Say to the peer that no more output comes. {@link #transmit} gives it, behind all
	 * that was written; if that is not possible yet, this filter
	 * {@linkplain #awaitsInput() awaits input}.
	 */
	default void endOutput() {
	}

	/**
	 * Note that nobody reads any more: the channel was closed. Comes after
	 * {@link #endOutput()}. The wire is closed when everything was given by
	 * {@link #transmit} and this filter does not {@linkplain #awaitsInput() await input}.
	 */
	default void endInput() {
	}

	/**
	 * Return how long closing may take, in which the wire has room for what is held and
	 * the peer does what is awaited. May be called by any thread, also while a task is
	 * under way.
	 * @return the time; the wire is closed then in any case
	 */
	default Duration patience() {
		return Duration.ofSeconds(5);
	}

	/**
	 * Say whether what goes over the wire is encrypted. May be called by any thread, also
	 * while a task is under way.
	 * @return whether it is
	 */
	default boolean isSecured() {
		return false;
	}

	/**
	 * Let go of all buffers. Nothing is called any more.
	 */
	default void close() {
	}

}
