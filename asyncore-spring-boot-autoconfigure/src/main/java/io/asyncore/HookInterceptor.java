package io.asyncore;

/**
 * Stands around the handlers of a loop's channels, to set what they find in their thread
 * for instance. Predicates are not intercepted, nor are {@code handleEof()} and what one
 * handler calls of another.
 *
 * @see LoopMonitor#addInterceptor
 */
@FunctionalInterface
public interface HookInterceptor {

	/**
	 * Call a handler. Called by the thread of the loop; one interceptor of several loops
	 * is called by all their threads.
	 * @param channel the channel whose handler it is
	 * @param hook which handler
	 * @param invocation the handler, or the next interceptor; to be called once
	 * @throws Exception what the invocation throws; what the interceptor throws by itself
	 * counts as a failure of the handler
	 */
	void intercept(Dispatcher channel, Hook hook, Invocation invocation) throws Exception;

	/**
	 * Note that a channel has another label or name. Called by the thread of the loop, so
	 * usually while a handler runs; not if another thread has changed it.
	 * @param channel the channel
	 */
	default void described(Dispatcher channel) {
	}

	/**
	 * The call that is intercepted.
	 */
	@FunctionalInterface
	interface Invocation {

		/**
		 * Go on.
		 * @throws Exception what the handler throws
		 */
		void proceed() throws Exception;

	}

}
