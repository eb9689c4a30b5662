package io.asyncore;

import org.jspecify.annotations.Nullable;

/**
 * Is told how long the handlers of the channels of one {@link ChannelStats} take. Called
 * by the thread of the loop, for each call of a handler, so it has to be quick; what it
 * throws is logged whatever it is.
 */
@FunctionalInterface
public interface HookObserver {

	/**
	 * Note that a handler was called.
	 * @param hook which handler
	 * @param nanos how long it took, in nanoseconds, with the handlers called within it
	 * @param failure what it has thrown, {@code null} if nothing
	 */
	void handled(Hook hook, long nanos, @Nullable Throwable failure);

}
