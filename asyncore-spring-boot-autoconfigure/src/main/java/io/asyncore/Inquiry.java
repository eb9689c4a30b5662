package io.asyncore;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * Which channels are asked in the next pass what they wait for: those to which something
 * has happened, and those whose predicates may depend on anything. Belongs to the thread
 * of the loop, except for what says otherwise.
 */
final class Inquiry {

	private final EventLoop loop;

	// channels that other threads want to be looked at
	private final Queue<Attachment> changed = new ConcurrentLinkedQueue<>();

	// channels that no selector reports and that say themselves that they are ready
	private final Queue<Attachment> announced = new ConcurrentLinkedQueue<>();

	// channels that this thread wants to be looked at
	private final Queue<Attachment> touched = new ArrayDeque<>();

	private final List<Attachment> everyPass = new ArrayList<>();

	// how many have gone since those were forgotten, and how many were kept then
	private int gone;

	private int kept;

	// who wants to know to which channels something happens
	private @Nullable Consumer<Attachment> listener;

	Inquiry(EventLoop loop) {
		this.loop = loop;
	}

	/**
	 * Have a channel asked in the next pass.
	 */
	void touch(Attachment attachment) {
		if (this.listener != null) {
			this.listener.accept(attachment);
		}
		if (!attachment.touched) {
			this.touched.add(attachment);
			// not if there was no memory for that
			attachment.touched = true;
		}
	}

	/**
	 * Have a channel asked in the next pass, by another thread.
	 */
	void touchFromElsewhere(Attachment attachment) {
		if (attachment.sendIn(this.loop)) {
			this.changed.add(attachment);
		}
	}

	/**
	 * Say whether a channel is to be asked to which something has happened. Safe from any
	 * thread as far as other threads have made it happen.
	 */
	boolean isDue() {
		return !this.changed.isEmpty() || !this.announced.isEmpty() || !this.touched.isEmpty();
	}

	/**
	 * Note that a channel says it is ready. Safe from any thread.
	 */
	void announce(Attachment attachment) {
		this.announced.add(attachment);
	}

	/**
	 * Take what has become ready that no selector reports, as far as somebody waits for
	 * it.
	 */
	void takeAnnounced(Batch batch) {
		for (Attachment attachment = this.announced.poll(); attachment != null; attachment = this.announced.poll()) {
			if (attachment.isServedBy(this.loop)) {
				attachment.service().announced(batch);
				// its answers may depend on what it has not written yet
				touch(attachment);
			}
		}
	}

	/**
	 * Tell somebody of each channel to which something happens, from now on, as far as it
	 * is not one of those that {@link #find} looks at.
	 */
	void tell(Consumer<Attachment> listener) {
		this.listener = listener;
	}

	/**
	 * Tell nobody any more.
	 */
	void tellNobody() {
		this.listener = null;
	}

	/**
	 * Find a channel among those that have not been asked since something has happened to
	 * them, or that have to be asked in each pass.
	 */
	@Nullable Attachment find(Predicate<Attachment> condition) {
		for (Attachment attachment : this.changed) {
			if (condition.test(attachment)) {
				return attachment;
			}
		}
		for (Attachment attachment : this.announced) {
			if (condition.test(attachment)) {
				return attachment;
			}
		}
		// there may be less of them when one has been asked
		for (int i = 0; i < this.everyPass.size(); i++) {
			Attachment attachment = this.everyPass.get(i);
			if (condition.test(attachment)) {
				return attachment;
			}
		}
		return null;
	}

	void ask(Batch batch) {
		for (Attachment attachment = this.changed.poll(); attachment != null; attachment = this.changed.poll()) {
			attachment.takenIn(this.loop);
			askTouched(attachment, batch);
		}
		// what is touched by a predicate waits for the next pass
		for (int count = this.touched.size(); count > 0 && !this.touched.isEmpty(); count--) {
			Attachment attachment = this.touched.remove();
			untouch(attachment);
			askTouched(attachment, batch);
		}
		if (!this.everyPass.isEmpty()) {
			askEveryPass(batch);
		}
	}

	// there may be ten thousand of them, and each nanosecond is one for each
	private void askEveryPass(Batch batch) {
		Progress progress = this.loop.monitor().progress();
		Attachment outerChannel = progress.channel();
		Hook outerHook = progress.hook();
		progress.asks(this.everyPass.get(0));
		try {
			for (int i = 0; i < this.everyPass.size(); i++) {
				Attachment attachment = this.everyPass.get(i);
				if (attachment.isServedBy(this.loop)) {
					progress.goesOnWith(attachment);
					attachment.service().askAgain(batch);
				}
				else {
					int last = this.everyPass.size() - 1;
					this.everyPass.set(i--, this.everyPass.get(last));
					this.everyPass.remove(last);
					leaveEveryPass(attachment);
				}
			}
		}
		finally {
			progress.answered(outerChannel, outerHook);
		}
	}

	private void askTouched(Attachment attachment, Batch batch) {
		if (!attachment.isServedBy(this.loop)) {
			return;
		}
		if (this.listener != null) {
			this.listener.accept(attachment);
		}
		boolean done = false;
		try {
			attachment.service().unsettle();
			if (!attachment.service().isAskedEveryPass()) {
				attachment.service().ask(batch);
			}
			else if (!attachment.inEveryPass) {
				attachment.inEveryPass = true;
				this.everyPass.add(attachment);
			}
			done = true;
		}
		finally {
			if (!done) {
				// its predicate leaves the loop, which may come back
				touch(attachment);
			}
		}
	}

	/**
	 * Forget a channel that other threads wanted to be looked at. Safe from any thread.
	 */
	void forgetChanged(Attachment attachment) {
		this.changed.remove(attachment);
	}

	/**
	 * Do not ask a channel in every pass any more.
	 */
	void forgetEveryPass(Attachment attachment) {
		this.everyPass.remove(attachment);
		leaveEveryPass(attachment);
	}

	// the marks of one that has moved are those of its new loop
	private void leaveEveryPass(Attachment attachment) {
		if (attachment.loop() == this.loop) {
			attachment.inEveryPass = false;
		}
	}

	private void untouch(Attachment attachment) {
		if (attachment.loop() == this.loop) {
			attachment.touched = false;
		}
	}

	/**
	 * Forget those that have gone, for there may be no next pass: now and then, so that
	 * it costs each of them little.
	 */
	void forgetSomeGone() {
		this.gone++;
		if (this.gone > this.kept) {
			forgetGone();
		}
	}

	/**
	 * Forget those that have gone.
	 */
	void forgetGone() {
		this.everyPass.removeIf((attachment) -> isGone(attachment, this::leaveEveryPass));
		this.touched.removeIf((attachment) -> isGone(attachment, this::untouch));
		this.announced.removeIf((attachment) -> !attachment.isServedBy(this.loop));
		this.gone = 0;
		this.kept = this.everyPass.size() + this.touched.size() + forgetChanged();
	}

	private boolean isGone(Attachment attachment, Consumer<Attachment> then) {
		boolean gone = !attachment.isServedBy(this.loop);
		if (gone) {
			then.accept(attachment);
		}
		return gone;
	}

	// returns how many are left
	private int forgetChanged() {
		int left = 0;
		for (Iterator<Attachment> all = this.changed.iterator(); all.hasNext();) {
			Attachment attachment = all.next();
			if (attachment.isServedBy(this.loop)) {
				left++;
			}
			else {
				all.remove();
				attachment.takenIn(this.loop);
				if (attachment.isServedBy(this.loop)) {
					// it has come back, and whoever wanted it looked at took it for known
					touchFromElsewhere(attachment);
				}
			}
		}
		return left;
	}

}
