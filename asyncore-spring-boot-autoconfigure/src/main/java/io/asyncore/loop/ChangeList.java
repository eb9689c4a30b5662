package io.asyncore.loop;

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
public final class ChangeList {

	private final LoopEngine loop;

	// channels that other threads want to be looked at
	private final Queue<Watcher> changed = new ConcurrentLinkedQueue<>();

	// channels that no selector reports and that say themselves that they are ready
	private final Queue<Watcher> announced = new ConcurrentLinkedQueue<>();

	// those below whose filter the poller has found something
	private final Queue<Watcher> found = new ArrayDeque<>();

	// channels that this thread wants to be looked at
	private final Queue<Watcher> touched = new ArrayDeque<>();

	private final List<Watcher> everyPass = new ArrayList<>();

	// how many have gone since those were forgotten, and how many were kept then
	private int gone;

	private int kept;

	// who wants to know to which channels something happens
	private @Nullable Consumer<Watcher> listener;

	ChangeList(LoopEngine loop) {
		this.loop = loop;
	}

	/**
	 * Have a channel asked in the next pass.
	 */
	void touch(Watcher watcher) {
		if (this.listener != null) {
			this.listener.accept(watcher);
		}
		if (!watcher.touched) {
			this.touched.add(watcher);
			// not if there was no memory for that
			watcher.touched = true;
		}
	}

	/**
	 * Have a channel asked in the next pass, by another thread.
	 */
	void touchFromElsewhere(Watcher watcher) {
		if (watcher.sendIn(this.loop)) {
			this.changed.add(watcher);
		}
	}

	/**
	 * Say whether a channel is to be asked to which something has happened. Safe from any
	 * thread as far as other threads have made it happen.
	 * @return whether there is one
	 */
	public boolean isDue() {
		return !this.changed.isEmpty() || !this.announced.isEmpty() || !this.touched.isEmpty();
	}

	/**
	 * Note that a channel says it is ready. Safe from any thread.
	 */
	void announce(Watcher watcher) {
		this.announced.add(watcher);
	}

	/**
	 * Note that the poller has found something of a channel that decides itself what it
	 * is ready for then.
	 */
	void found(Watcher watcher) {
		this.found.add(watcher);
	}

	/**
	 * Take what has become ready that no selector reports, as far as somebody waits for
	 * it.
	 */
	void takeAnnounced(ReadyList ready) {
		for (Watcher watcher = this.found.poll(); watcher != null; watcher = this.found.poll()) {
			takeAnnounced(watcher, ready);
		}
		for (Watcher watcher = this.announced.poll(); watcher != null; watcher = this.announced.poll()) {
			takeAnnounced(watcher, ready);
		}
	}

	private void takeAnnounced(Watcher watcher, ReadyList ready) {
		if (watcher.isServedBy(this.loop)) {
			watcher.announced(ready);
			// its answers may depend on what it has not written yet
			touch(watcher);
		}
	}

	/**
	 * Tell somebody of each channel to which something happens, from now on, as far as it
	 * is not one of those that {@link #find} looks at.
	 * @param listener who is told, before the channel is asked; in place of who was told
	 * before
	 */
	public void tell(Consumer<Watcher> listener) {
		this.listener = listener;
	}

	/**
	 * Tell nobody any more.
	 */
	public void tellNobody() {
		this.listener = null;
	}

	/**
	 * Find a channel among those that have not been asked since something has happened to
	 * them, or that have to be asked in each pass.
	 * @param condition which one
	 * @return the first one that is found, {@code null} if there is none
	 */
	public @Nullable Watcher find(Predicate<Watcher> condition) {
		for (Watcher watcher : this.changed) {
			if (condition.test(watcher)) {
				return watcher;
			}
		}
		for (Watcher watcher : this.announced) {
			if (condition.test(watcher)) {
				return watcher;
			}
		}
		// there may be less of them when one has been asked
		for (int i = 0; i < this.everyPass.size(); i++) {
			Watcher watcher = this.everyPass.get(i);
			if (condition.test(watcher)) {
				return watcher;
			}
		}
		return null;
	}

	void ask(ReadyList ready) {
		for (Watcher watcher = this.changed.poll(); watcher != null; watcher = this.changed.poll()) {
			watcher.takenIn(this.loop);
			askTouched(watcher, ready);
		}
		// what is touched by a predicate waits for the next pass
		for (int count = this.touched.size(); count > 0 && !this.touched.isEmpty(); count--) {
			Watcher watcher = this.touched.remove();
			untouch(watcher);
			askTouched(watcher, ready);
		}
		if (!this.everyPass.isEmpty()) {
			askEveryPass(ready);
		}
	}

	// there may be ten thousand of them, and each nanosecond is one for each
	private void askEveryPass(ReadyList ready) {
		ActivityRecord progress = this.loop.activity();
		Watcher outerChannel = progress.channel();
		int outerHook = progress.hook();
		progress.asks(this.everyPass.get(0));
		try {
			for (int i = 0; i < this.everyPass.size(); i++) {
				Watcher watcher = this.everyPass.get(i);
				if (watcher.isServedBy(this.loop)) {
					progress.goesOnWith(watcher);
					watcher.askAgain(ready);
				}
				else {
					int last = this.everyPass.size() - 1;
					this.everyPass.set(i--, this.everyPass.get(last));
					this.everyPass.remove(last);
					leaveEveryPass(watcher);
				}
			}
		}
		finally {
			progress.answered(outerChannel, outerHook);
		}
	}

	private void askTouched(Watcher watcher, ReadyList ready) {
		if (!watcher.isServedBy(this.loop)) {
			return;
		}
		if (this.listener != null) {
			this.listener.accept(watcher);
		}
		boolean done = false;
		try {
			watcher.invalidate();
			if (!watcher.isAskedEveryPass()) {
				watcher.ask(ready);
			}
			else if (!watcher.inEveryPass) {
				watcher.inEveryPass = true;
				this.everyPass.add(watcher);
			}
			done = true;
		}
		finally {
			if (!done) {
				// its predicate leaves the loop, which may come back
				touch(watcher);
			}
		}
	}

	/**
	 * Forget a channel that other threads wanted to be looked at. Safe from any thread.
	 */
	void forgetChanged(Watcher watcher) {
		this.changed.remove(watcher);
	}

	/**
	 * Do not ask a channel in every pass any more.
	 */
	void forgetEveryPass(Watcher watcher) {
		this.everyPass.remove(watcher);
		leaveEveryPass(watcher);
	}

	// the marks of one that has moved are those of its new loop
	private void leaveEveryPass(Watcher watcher) {
		if (watcher.engine() == this.loop) {
			watcher.inEveryPass = false;
		}
	}

	private void untouch(Watcher watcher) {
		if (watcher.engine() == this.loop) {
			watcher.touched = false;
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
		this.everyPass.removeIf((watcher) -> isGone(watcher, this::leaveEveryPass));
		this.touched.removeIf((watcher) -> isGone(watcher, this::untouch));
		this.announced.removeIf((watcher) -> !watcher.isServedBy(this.loop));
		this.gone = 0;
		this.kept = this.everyPass.size() + this.touched.size() + forgetChanged();
	}

	private boolean isGone(Watcher watcher, Consumer<Watcher> then) {
		boolean gone = !watcher.isServedBy(this.loop);
		if (gone) {
			then.accept(watcher);
		}
		return gone;
	}

	// returns how many are left
	private int forgetChanged() {
		int left = 0;
		for (Iterator<Watcher> all = this.changed.iterator(); all.hasNext();) {
			Watcher watcher = all.next();
			if (watcher.isServedBy(this.loop)) {
				left++;
			}
			else {
				all.remove();
				watcher.takenIn(this.loop);
				if (watcher.isServedBy(this.loop)) {
					// it has come back, and whoever wanted it looked at took it for known
					touchFromElsewhere(watcher);
				}
			}
		}
		return left;
	}

}
