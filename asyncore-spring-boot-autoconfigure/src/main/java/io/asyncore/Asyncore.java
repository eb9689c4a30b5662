package io.asyncore;

import java.io.IOException;
import java.time.Duration;

import io.asyncore.loop.TimerTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The functions of Python's {@code asyncore} module: run a loop by hand over a
 * {@link ChannelMap}. A managed loop uses {@link EventLoop#run()} instead.
 */
public final class Asyncore {

	private static final Logger logger = LoggerFactory.getLogger(Asyncore.class);

	private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

	private Asyncore() {
	}

	/**
	 * Return the process-wide default map, {@code asyncore.socket_map}. Channels made on
	 * a thread that runs no loop join it unless they are given another one.
	 * @return the default map
	 */
	public static ChannelMap socketMap() {
		return ChannelMap.DEFAULT;
	}

	/**
	 * Serve the {@linkplain #socketMap() default map} until it is empty, in select order,
	 * waiting up to 30 seconds in a pass.
	 * @throws IOException if the system can no longer be asked for events
	 */
	public static void loop() throws IOException {
		loop(ChannelMap.DEFAULT);
	}

	/**
	 * Serve a map until it is empty, in select order, waiting up to 30 seconds in a pass.
	 * @param map the map to serve
	 * @throws IOException if the system can no longer be asked for events
	 */
	public static void loop(ChannelMap map) throws IOException {
		loop(DEFAULT_TIMEOUT, false, map);
	}

	/**
	 * Serve a map until it is empty.
	 * @param timeout the longest time one pass waits; zero does not wait
	 * @param usePoll {@code false} delivers a pass in select order (all reads, then all
	 * writes), {@code true} in poll order (channel by channel)
	 * @param map the map to serve
	 * @throws IOException if the system can no longer be asked for events
	 */
	public static void loop(Duration timeout, boolean usePoll, ChannelMap map) throws IOException {
		map.engine().passes(TimerTask.nanos(timeout), usePoll, () -> !isDone(map));
	}

	/**
	 * Serve a map until it is empty or {@code count} passes are done. Stands for
	 * {@code asyncore.loop(timeout, use_poll, map, count)}. May be called by a handler of
	 * the same map, which is then served by the inner loop.
	 * @param timeout the longest time one pass waits; zero does not wait
	 * @param usePoll {@code false} delivers a pass in select order (all reads, then all
	 * writes), {@code true} in poll order (channel by channel)
	 * @param map the map to serve
	 * @param count the number of passes; none if not positive
	 * @throws IOException if the system can no longer be asked for events
	 * @throws IllegalArgumentException if {@code timeout} is negative
	 * @throws IllegalStateException if another thread is running the loop of the map
	 */
	public static void loop(Duration timeout, boolean usePoll, ChannelMap map, int count) throws IOException {
		int[] remaining = { count };
		map.engine().passes(TimerTask.nanos(timeout), usePoll, () -> !isDone(map) && remaining[0]-- > 0);
	}

	// what was written by channels that are closed is to leave
	private static boolean isDone(ChannelMap map) {
		return map.isEmpty() && map.engine().closings().isEmpty();
	}

	/**
	 * Make one pass over a map, in select order. Stands for
	 * {@code asyncore.poll(timeout, map)}. With an empty map only what is due is run,
	 * without waiting.
	 * @param timeout the longest time the pass waits; zero does not wait
	 * @param map the map to serve
	 * @throws IOException if the system can no longer be asked for events
	 */
	public static void poll(Duration timeout, ChannelMap map) throws IOException {
		int[] remaining = { 1 };
		map.engine().passes(map.isEmpty() ? 0 : TimerTask.nanos(timeout), false, () -> remaining[0]-- > 0);
	}

	/**
	 * Close every channel of the {@linkplain #socketMap() default map} and empty it.
	 * @throws IOException never by this version
	 */
	public static void closeAll() throws IOException {
		closeAll(ChannelMap.DEFAULT, false);
	}

	/**
	 * Close every channel of a map and empty it, whatever a {@code close()} throws.
	 * Connections that servers of other loops have handed over to its loop, and that wait
	 * to come in, are closed too. Stands for {@code asyncore.close_all(map, ignore_all)}.
	 * May be called from any thread.
	 * @param map the map to empty
	 * @param ignoreAll whether to log the failures of {@code close()}; otherwise the
	 * first one is thrown in the end, the others being suppressed by it; {@link ExitNow}
	 * is thrown in the end in any case
	 * @throws IOException never by this version
	 */
	public static void closeAll(ChannelMap map, boolean ignoreAll) throws IOException {
		@Nullable Throwable failure = null;
		map.loop().arrivals().drop();
		for (Dispatcher channel : map) {
			channel.channel().counters().inferReason(CloseReason.SHUTDOWN);
			try {
				channel.close();
			}
			catch (RuntimeException | Error ex) {
				if (ignoreAll && !ExitNow.isExit(ex)) {
					logger.warn("Closing a channel failed: {}", channel.channel(), LogText.shown(ex));
				}
				else {
					failure = join(failure, ex);
				}
			}
			// an overridden close() may have left it open
			channel.channel().close();
		}
		map.engine().tellOverIfIdle();
		if (failure instanceof Error error) {
			throw error;
		}
		if (failure instanceof RuntimeException exception) {
			throw exception;
		}
	}

	private static Throwable join(@Nullable Throwable first, Throwable next) {
		if (first == null || first == next) {
			return next;
		}
		boolean exit = ExitNow.isExit(next) && !ExitNow.isExit(first);
		Throwable thrown = exit ? next : first;
		thrown.addSuppressed(exit ? first : next);
		return thrown;
	}

	/**
	 * Describe where a failure comes from in one line. Stands for
	 * {@code asyncore.compact_traceback()}.
	 * @param failure the failure to describe
	 * @return its frames, innermost last, as
	 * {@code [file|method|line] [file|method|line]}
	 */
	public static String compactTraceback(Throwable failure) {
		StringBuilder text = new StringBuilder();
		StackTraceElement[] frames = failure.getStackTrace();
		for (int i = frames.length - 1; i >= 0; i--) {
			StackTraceElement frame = frames[i];
			String file = (frame.getFileName() != null) ? frame.getFileName() : frame.getClassName();
			text.append('[').append(file).append('|').append(frame.getMethodName()).append('|');
			text.append(frame.getLineNumber()).append(']').append((i > 0) ? " " : "");
		}
		return text.toString();
	}

}
