package io.asyncore;

import java.lang.ref.Cleaner;

/**
 * Holds the one cleaner of the library, whose thread is started when it is first needed.
 */
final class Cleaners {

	private static final Cleaner CLEANER = Cleaner.create();

	private Cleaners() {
	}

	/**
	 * Have something done when an object can no longer be reached.
	 * @param action what to do, which must not lead to the object
	 */
	static Cleaner.Cleanable register(Object object, Runnable action) {
		return CLEANER.register(object, action);
	}

}
