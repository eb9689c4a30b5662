package io.asyncore;

import io.asyncore.loop.LoopEngine;

/**
 * What tests in other packages need to know of a loop.
 */
public final class LoopInsight {

	private LoopInsight() {
	}

	/**
	 * Say whether a loop has something to do that need not be waited for.
	 */
	public static boolean isWorkWaiting(EventLoop loop) {
		LoopEngine engine = loop.parts().engine();
		return engine.changes().isDue() || engine.tasks().isDue() || engine.departures().isDue();
	}

}
