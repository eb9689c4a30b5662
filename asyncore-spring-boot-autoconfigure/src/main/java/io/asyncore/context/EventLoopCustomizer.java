package io.asyncore.context;

import io.asyncore.EventLoop;

/**
 * A bean of this type sets up the loop of its application context before that starts, in
 * bean order and after the properties were applied.
 */
@FunctionalInterface
public interface EventLoopCustomizer {

	/**
	 * Set up a loop.
	 * @param loop the loop, which is not running
	 */
	void customize(EventLoop loop);

}
