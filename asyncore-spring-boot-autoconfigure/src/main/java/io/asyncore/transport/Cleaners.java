package io.asyncore.transport;

import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the one cleaner of the library, whose thread is started when it is first needed.
 * If the system has no thread to give then, the next one who needs it tries again: what
 * is registered meanwhile is cleaned by hand only.
 */
public final class Cleaners {

	private static final Logger logger = LoggerFactory.getLogger(Cleaners.class);

	private static final Cleaners SHARED = new Cleaners(Cleaner::create);

	private final Supplier<Cleaner> maker;

	private @Nullable Cleaner cleaner;

	Cleaners(Supplier<Cleaner> maker) {
		this.maker = maker;
	}

	/**
	 * Have something done when an object can no longer be reached, by the thread of the
	 * cleaner, or before by hand. Safe from any thread.
	 * @param object the object
	 * @param action what to do, which must not lead to the object
	 * @return does it by hand; once it is done that does nothing
	 */
	public static Cleaner.Cleanable register(Object object, Runnable action) {
		return SHARED.registerHere(object, action);
	}

	Cleaner.Cleanable registerHere(Object object, Runnable action) {
		Cleaner cleaner = cleaner();
		return (cleaner != null) ? cleaner.register(object, action) : new ByHand(action);
	}

	private synchronized @Nullable Cleaner cleaner() {
		if (this.cleaner == null) {
			try {
				this.cleaner = this.maker.get();
			}
			catch (OutOfMemoryError ex) {
				logger.warn("There is no thread to clean up after what is not closed: {}", ex.toString());
			}
		}
		return this.cleaner;
	}

	/**
	 * Does what is to be done once, and only if it is told to.
	 */
	private static final class ByHand implements Cleaner.Cleanable {

		private final AtomicReference<@Nullable Runnable> action;

		ByHand(Runnable action) {
			this.action = new AtomicReference<>(action);
		}

		@Override
		public void clean() {
			Runnable action = this.action.getAndSet(null);
			if (action != null) {
				action.run();
			}
		}

	}

}
