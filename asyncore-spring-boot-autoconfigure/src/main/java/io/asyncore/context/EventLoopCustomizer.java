package io.asyncore.context;

import io.asyncore.EventLoop;

/**
 * A bean of this type sets up the loops of its application context before they start, one
 * after the other, in bean order and after the properties were applied. Loops to which it
 * gives the same name get a number behind it each.
 */
@FunctionalInterface
public interface EventLoopCustomizer {

	/**
	 * Set up a loop.
	 * @param loop the loop, which is not running
	 */
	void customize(EventLoop loop);

}
