package io.asyncore.transport;

import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;

/**
 * Whose a {@link FilteredEndpoint} is. Called by the thread of the loop, except for what
 * says otherwise.
 */
public interface FilterOwner {

	/**
	 * Take a buffer. Safe from any thread.
	 * @param size the room needed, in bytes
	 * @return the buffer, limited to that
	 */
	ByteBuffer takeBuffer(int size);

	/**
	 * Give back a buffer that was taken. Safe from any thread.
	 * @param buffer the buffer
	 */
	void giveBack(ByteBuffer buffer);

	/**
	 * Have work done by another thread.
	 * @param task the work
	 * @throws RejectedExecutionException if nobody takes it
	 */
	void execute(Runnable task);

	/**
	 * Note that the endpoint may be {@link Endpoint#ready()} for something that was
	 * waited for. Safe from any thread.
	 */
	void announce();

	/**
	 * Ask again what is waited for. Safe from any thread.
	 */
	void touch();

	/**
	 * Note that bytes have come or gone over the wire.
	 */
	void active();

}
