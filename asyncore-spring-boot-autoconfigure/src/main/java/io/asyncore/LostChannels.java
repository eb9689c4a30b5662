package io.asyncore;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds channels that were made on a thread which runs no loop, so that they have joined
 * {@link Asyncore#socketMap()}, while nobody runs the loop of that. A program that makes
 * its channels first and calls {@link Asyncore#loop()} then does nothing wrong: so only
 * while another loop is run by {@link EventLoop#run()}, which sees to what it has itself,
 * and that one looks again after a moment. May be used by any thread.
 */
final class LostChannels {

	static final Duration MOMENT = Duration.ofSeconds(2);

	private static final Set<EventLoop> RUNNING = ConcurrentHashMap.newKeySet();

	private LostChannels() {
	}

	/**
	 * Note that a thread is in {@link EventLoop#run()}.
	 */
	static void begins(EventLoop loop) {
		RUNNING.add(loop);
		for (Dispatcher channel : ChannelMap.DEFAULT) {
			look(channel.channel(), loop);
		}
	}

	/**
	 * Note that no thread is any more.
	 */
	static void ends(EventLoop loop) {
		RUNNING.remove(loop);
	}

	/**
	 * Note that a channel has a socket in its map.
	 */
	static void joined(Channel channel) {
		if (channel.map() == ChannelMap.DEFAULT) {
			RUNNING.forEach((loop) -> look(channel, loop));
		}
	}

	private static void look(Channel channel, EventLoop running) {
		EventLoop own = channel.loop();
		if (own.thread() == null && channel.type().isLostWarningDue()) {
			long passes = own.monitor().passes();
			running.callLater(MOMENT, (Housekeeping) () -> lookAgain(channel, own, passes));
		}
	}

	private static void lookAgain(Channel channel, EventLoop own, long passes) {
		boolean run = own.thread() != null || own.monitor().passes() != passes;
		if (!run && channel.isServedBy(own.engine()) && channel.endpoint() != null) {
			channel.type().warnOfLost(channel);
		}
	}

}
