package io.asyncore;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntFunction;

import io.asyncore.loop.Interrupts;

/**
 * Those who want to know something, in the order in which they were added. May be used by
 * any thread.
 *
 * @param <T> what they are
 */
final class Listeners<T> {

	private final IntFunction<T[]> arrays;

	// told of one that has failed
	private final BiConsumer<Object, Throwable> failed;

	// an array, which leaves no garbage when it is gone through
	private volatile T[] all;

	Listeners(IntFunction<T[]> arrays, BiConsumer<Object, Throwable> failed) {
		this.arrays = arrays;
		this.failed = failed;
		this.all = arrays.apply(0);
	}

	synchronized void add(T listener) {
		List<T> listeners = new ArrayList<>(List.of(this.all));
		listeners.add(listener);
		this.all = listeners.toArray(this.arrays);
	}

	synchronized void remove(T listener) {
		List<T> listeners = new ArrayList<>(List.of(this.all));
		listeners.remove(listener);
		this.all = listeners.toArray(this.arrays);
	}

	/**
	 * Return them, in an array that nobody may change.
	 */
	T[] all() {
		return this.all;
	}

	/**
	 * Tell them something. What one of them throws hurts nobody, not even if it is an
	 * {@code Error} or an {@link ExitNow}.
	 */
	void tell(Consumer<T> news) {
		for (T listener : this.all) {
			boolean interrupted = Interrupts.arePending();
			try {
				news.accept(listener);
			}
			catch (Throwable ex) {
				this.failed.accept(listener, ex);
			}
			Interrupts.end(interrupted);
		}
	}

}
