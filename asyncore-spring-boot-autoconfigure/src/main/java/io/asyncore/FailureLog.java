package io.asyncore;

import java.net.ProtocolException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.asyncore.loop.LoopEngine;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * How failures get into the log: the first five of a kind in a minute as they are, and
 * when the minute is over how many there were besides. A kind is who has failed, the type
 * of what was thrown, and where: a peer that makes a handler fail for each message must
 * not fill a disk. The loops of a group share one. May be used by any thread, and throws
 * nothing: whoever has to tell of a failure has to go on, be it that there is no memory
 * to say anything.
 */
final class FailureLog {

	private static final int MOST_WHOLE = 5;

	private static final long MINUTE = Duration.ofMinutes(1).toNanos();

	// far more than an application has; the one that was quiet for longest is forgotten
	static final int MOST_KINDS = 300;

	// whose frames say little of where an application has failed
	private static final List<String> OTHERS = List.of("java.", "javax.", "jdk.", "sun.", "com.sun.", "io.asyncore.");

	// in the order of their last use
	private final Map<Kind, Count> counts = new LinkedHashMap<>(16, 0.75f, true);

	private final Set<String> callers;

	/**
	 * Create a new instance.
	 * @param callers the classes that call what an application has written
	 */
	FailureLog(Class<?>... callers) {
		this.callers = Stream.of(callers).map(Class::getName).collect(Collectors.toUnmodifiableSet());
	}

	/**
	 * Log what a channel has thrown.
	 * @param loop by whose clock the minute is counted
	 * @param connecting whether it is that no connection could be made
	 * @param survives whether the channel goes on
	 */
	void channelFailed(LoopEngine loop, Logger logger, Subject channel, Throwable failure, boolean connecting,
			boolean survives) {
		String what = (survives ? "keeping" : "closing") + " channel {}";
		if (connecting) {
			report(loop, logger, Level.WARN, "cannot connect, " + what, channel, failure);
		}
		else if (failure instanceof ProtocolException || failure instanceof LimitExceededException) {
			// what its peer does wrong
			report(loop, logger, Level.WARN, what, channel, failure);
		}
		else {
			report(loop, logger, Level.ERROR, "uncaught exception, " + what, channel, failure);
		}
	}

	/**
	 * Log a failure with its stack trace.
	 * @param loop by whose clock the minute is counted
	 * @param message what has failed, in which <code>{}</code> stands for {@code subject}
	 * @param subject who has: a channel, or what it is called
	 */
	void report(LoopEngine loop, Logger logger, String message, Object subject, Throwable failure) {
		report(loop, logger, Level.ERROR, message, subject, failure);
	}

	private void report(LoopEngine loop, Logger logger, Level level, String message, Object subject,
			Throwable failure) {
		try {
			Kind kind = Kind.of(message, subject, failure, this.callers);
			if (isDue(loop, logger, level, kind)) {
				boolean traced = level == Level.ERROR;
				logger.atLevel(level)
					.setCause(traced ? LogText.shown(failure) : null)
					.log(message.replace("{}", text(subject)) + ": " + LogText.escape(failure));
			}
		}
		catch (Throwable ex) {
			reportBriefly(logger, message, failure);
		}
	}

	private static void reportBriefly(Logger logger, String message, Throwable failure) {
		try {
			logger.error("{}: {}, which cannot be described", message, failure.getClass().getName());
		}
		catch (Throwable ex) {
			// whoever reports has to go on, and there is nobody else to tell
		}
	}

	private static String text(Object subject) {
		return (subject instanceof Subject channel) ? channel.toString() : LogText.escape(subject);
	}

	/**
	 * Count a failure.
	 * @return whether it is to be logged as it is
	 */
	private boolean isDue(LoopEngine loop, Logger logger, Level level, Kind kind) {
		long now = loop.now();
		List<Count> past = new ArrayList<>(0);
		Count count;
		int number;
		synchronized (this) {
			count = this.counts.get(kind);
			if (count == null || now - count.since >= MINUTE) {
				count = begin(new Count(kind, logger, level, now), past);
			}
			number = ++count.failures;
		}
		past.forEach(Count::log);
		if (number == MOST_WHOLE + 1) {
			Count begun = count;
			LoopTask.started(loop, (Housekeeping) () -> end(begun), Duration.ofNanos(MINUTE - (now - count.since)),
					false, null);
		}
		return number <= MOST_WHOLE;
	}

	private Count begin(Count count, List<Count> past) {
		Count before = this.counts.put(count.kind, count);
		if (before != null) {
			past.add(before);
		}
		if (this.counts.size() > MOST_KINDS) {
			Iterator<Count> eldest = this.counts.values().iterator();
			past.add(eldest.next());
			eldest.remove();
		}
		return count;
	}

	private void end(Count count) {
		boolean present;
		synchronized (this) {
			present = this.counts.remove(count.kind, count);
		}
		if (present) {
			count.log();
		}
	}

	/**
	 * Say how many failures were not logged, for nobody may do so when their minute is
	 * over.
	 */
	void flush() {
		List<Count> past;
		synchronized (this) {
			past = List.copyOf(this.counts.values());
			this.counts.clear();
		}
		past.forEach(Count::log);
	}

	/**
	 * A channel that has failed, which describes itself.
	 */
	interface Subject {

		/**
		 * Return what the failures of it and of others like it are counted by.
		 */
		Class<?> kind();

	}

	/**
	 * Who has failed, how, and where.
	 *
	 * @param message what is said of it
	 * @param subject the class of the channel, or what has failed otherwise
	 * @param type the class of what was thrown
	 * @param place where in the application, or else at all; {@code null} if that is not
	 * known
	 */
	private record Kind(String message, String subject, String type, @Nullable StackTraceElement place) {

		static Kind of(String message, Object subject, Throwable failure, Set<String> callers) {
			String who = (subject instanceof Subject channel) ? channel.kind().getName() : LogText.escape(subject);
			return new Kind(message, who, failure.getClass().getName(), place(failure.getStackTrace(), callers));
		}

		private static @Nullable StackTraceElement place(StackTraceElement[] frames, Set<String> callers) {
			for (StackTraceElement frame : frames) {
				if (callers.contains(frame.getClassName())) {
					break;
				}
				if (OTHERS.stream().noneMatch(frame.getClassName()::startsWith)) {
					return frame;
				}
			}
			return (frames.length > 0) ? frames[0] : null;
		}

		@Override
		public String toString() {
			return this.message.replace("{}", "<" + this.subject + ">") + ": " + this.type
					+ ((this.place != null) ? " at " + this.place : "");
		}

	}

	/**
	 * How many failures of a kind there were since some time.
	 */
	private static final class Count {

		private final Kind kind;

		private final Logger logger;

		private final Level level;

		private final long since;

		private int failures;

		Count(Kind kind, Logger logger, Level level, long since) {
			this.kind = kind;
			this.logger = logger;
			this.level = level;
			this.since = since;
		}

		// when nobody counts any more
		void log() {
			int more = this.failures - MOST_WHOLE;
			if (more > 0) {
				try {
					this.logger.atLevel(this.level).log(more + " more like this in the last minute: " + this.kind);
				}
				catch (Throwable ex) {
					// then nobody knows
				}
			}
		}

	}

}
