package io.asyncore;

import java.util.Arrays;
import java.util.function.Consumer;

import io.asyncore.transport.Endpoint;
import io.asyncore.transport.Poller;
import org.jspecify.annotations.Nullable;

/**
 * The channels that one pass has something to tell, and what. Collects first and delivers
 * then, so that handlers may do as they like: close each other, open channels, run the
 * loop again.
 */
final class Batch implements Poller.Sink {

	/** The channel wants to write, and its socket is not known to be full. */
	static final int WRITE_AT_ONCE = 1 << 30;

	/** What the channel has sent could not be written in the end. */
	static final int BROKEN = 1 << 29;

	private static final int INITIAL_CAPACITY = 64;

	private final EventLoop loop;

	private @Nullable Attachment[] attachments = new Attachment[INITIAL_CAPACITY];

	private int[] lives = new int[INITIAL_CAPACITY];

	private int[] ops = new int[INITIAL_CAPACITY];

	private int size;

	Batch(EventLoop loop) {
		this.loop = loop;
	}

	/**
	 * Say whether a channel is served by the loop that this batch belongs to.
	 */
	boolean isFor(Attachment attachment) {
		return attachment.isServedBy(this.loop);
	}

	boolean isEmpty() {
		return this.size == 0;
	}

	@Override
	public void ready(Endpoint endpoint, Object owner, int operations) {
		Attachment attachment = (Attachment) owner;
		if (attachment.isEndpoint(endpoint)) {
			count(operations);
			add(attachment, operations);
		}
	}

	/**
	 * Add what an endpoint without a selector says itself.
	 */
	void announce(Attachment attachment, int ops) {
		count(contains(attachment) ? ops & ~this.ops[attachment.slot] : ops);
		add(attachment, ops);
	}

	// nearly always just one
	private void count(int ops) {
		LoopMonitor monitor = this.loop.monitor();
		if ((ops & Endpoint.READ) != 0) {
			monitor.ready(Hook.READ);
		}
		if ((ops & Endpoint.WRITE) != 0) {
			monitor.ready(Hook.WRITE);
		}
		if ((ops & Endpoint.CONNECT) != 0) {
			monitor.ready(Hook.CONNECT);
		}
		if ((ops & Endpoint.ACCEPT) != 0) {
			monitor.ready(Hook.ACCEPT);
		}
	}

	boolean contains(Attachment attachment) {
		return attachment.slot < this.size && this.attachments[attachment.slot] == attachment;
	}

	void add(Attachment attachment, int ops) {
		if (contains(attachment)) {
			this.ops[attachment.slot] |= ops;
			return;
		}
		if (this.size == this.ops.length) {
			this.attachments = Arrays.copyOf(this.attachments, 2 * this.size);
			this.lives = Arrays.copyOf(this.lives, 2 * this.size);
			this.ops = Arrays.copyOf(this.ops, 2 * this.size);
		}
		attachment.slot = this.size;
		this.attachments[this.size] = attachment;
		this.lives[this.size] = attachment.life();
		this.ops[this.size++] = ops;
	}

	void deliver(boolean usePoll) {
		if (usePoll) {
			for (int i = 0; i < this.size; i++) {
				deliverRead(i);
				deliverWrite(i);
			}
		}
		else {
			for (int i = 0; i < this.size; i++) {
				deliverRead(i);
			}
			for (int i = 0; i < this.size; i++) {
				deliverWrite(i);
			}
		}
	}

	private void deliverRead(int index) {
		Attachment attachment = addressee(index);
		if (attachment != null) {
			attachment.service().deliverRead(this.ops[index]);
		}
	}

	private void deliverWrite(int index) {
		Attachment attachment = addressee(index);
		if (attachment != null) {
			attachment.service().deliverWrite(this.ops[index]);
		}
	}

	private @Nullable Attachment addressee(int index) {
		Attachment attachment = this.attachments[index];
		// an event of this pass may have closed it, given it another socket, or moved it
		boolean present = attachment != null && attachment.isServedBy(this.loop)
				&& attachment.isAlive(this.lives[index]);
		return present ? attachment : null;
	}

	/**
	 * Note for the channels that are watched for being idle that they were active until
	 * now: the time that handlers took is not that of the peer.
	 * @param since when delivering has begun
	 */
	void noteActivity(long since) {
		long now = since;
		for (int i = 0; i < this.size; i++) {
			Attachment attachment = this.attachments[i];
			if (attachment != null && attachment.isWatched() && attachment.tally().activeAt() - since >= 0) {
				now = (now == since) ? this.loop.now() : now;
				attachment.tally().setActive(now);
			}
		}
	}

	/**
	 * Name the channels for a loop that runs inside the pass which delivers this batch:
	 * it is that one that asks them now. Not all of what they wait for is reported by a
	 * selector, and a handler that runs the loop until the application ends never comes
	 * back to this pass.
	 */
	void passOn(Consumer<Attachment> target) {
		for (int i = 0; i < this.size; i++) {
			Attachment attachment = addressee(i);
			if (attachment != null) {
				this.ops[i] &= ~WRITE_AT_ONCE;
				target.accept(attachment);
			}
		}
	}

	void drainTo(Consumer<Attachment> target) {
		for (int i = 0; i < this.size; i++) {
			Attachment attachment = this.attachments[i];
			if (attachment != null) {
				target.accept(attachment);
			}
			this.attachments[i] = null;
		}
		this.size = 0;
	}

}
