package io.asyncore;

import java.io.IOException;
import java.nio.ByteBuffer;

import io.asyncore.loop.LoopEngine;

/**
 * The channel whose bytes these are. Called by the thread of its loop.
 */
interface TransferOwner {

	LoopEngine engine();

	/**
	 * Return what is counted of the channel.
	 */
	Counters counters();

	/**
	 * Have the loop look at the channel again.
	 */
	void touch();

	ByteBuffer takeBuffer(int size);

	void giveBack(ByteBuffer buffer);

	/**
	 * Note that the thread which is running now, and not that of the loop, transfers
	 * something.
	 */
	void usedBy(Thread runner);

	/**
	 * Note that the hook which is running does what it is for.
	 */
	void served();

	/**
	 * Say whether the dispatcher reads, and wants to now.
	 */
	boolean isReadingWanted();

	/**
	 * Note that the peer cannot be reached any more.
	 */
	void peerGone(IOException failure);

	/**
	 * Tell the dispatcher that its peer has broken the rules of a filter.
	 */
	void violated(IOException failure);

	/**
	 * Tell the dispatcher that there is nothing more to receive, before it hears what
	 * that means.
	 */
	void inputEnded();

	/**
	 * Tell the dispatcher that its peer has ended its stream.
	 */
	void tellEof();

	/**
	 * Tell the dispatcher, once, that its peer has gone.
	 */
	void tellClose();

	/**
	 * Close, whatever the dispatcher makes of that.
	 */
	void closeForcibly();

}
