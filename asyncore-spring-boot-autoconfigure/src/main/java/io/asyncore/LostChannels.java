package io.asyncore;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.asyncore.loop.LoopEngine;

/**
 * Finds channels that were made on a thread which runs no loop, so that they have joined
 * {@link Asyncore#socketMap()}, while nobody runs the loop of that. A program that makes
 * its channels first and calls {@link Asyncore#loop()} then does nothing wrong: so only
 * while another loop is run by {@link EventLoop#run()}, which sees to what it has itself,
 * and that one looks again after a moment. May be used by any thread.
 */
final class LostChannels {

	static final Duration MOMENT = Duration.ofSeconds(2);

	private static final Set<LoopEngine> RUNNING = ConcurrentHashMap.newKeySet();

	private LostChannels() {
	}

	/**
	 * Note that a thread is in {@link EventLoop#run()}.
	 */
	static void begins(LoopEngine loop) {
		RUNNING.add(loop);
	}

	/**
	 * Note that no thread is any more.
	 */
	static void ends(LoopEngine loop) {
		RUNNING.remove(loop);
	}

	/**
	 * Note that a channel has a socket in that map.
	 */
	static void joined(Suspect channel) {
		RUNNING.forEach((loop) -> look(channel, loop));
	}

	/**
	 * Look at a channel that is in that map.
	 * @param running a loop that is run
	 */
	static void look(Suspect channel, LoopEngine running) {
		LoopEngine own = channel.engine();
		if (own.owner().runner() == null && channel.type().isLostWarningDue()) {
			long passes = channel.passes();
			LoopTask.started(running, (Housekeeping) () -> lookAgain(channel, own, passes), MOMENT, false, null);
		}
	}

	private static void lookAgain(Suspect channel, LoopEngine own, long passes) {
		boolean run = own.owner().runner() != null || channel.passes() != passes;
		if (!run && channel.engine() == own && channel.isWaiting()) {
			channel.type().warnOfLost(channel);
		}
	}

	/**
	 * A channel that may be lost.
	 */
	interface Suspect {

		LoopEngine engine();

		DispatcherClass type();

		/**
		 * Return how many passes its loop has made.
		 */
		long passes();

		/**
		 * Say whether it has a socket, and is to be served.
		 */
		boolean isWaiting();

	}

}
