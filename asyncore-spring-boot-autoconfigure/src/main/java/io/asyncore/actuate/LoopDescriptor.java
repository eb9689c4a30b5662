package io.asyncore.actuate;

import java.util.LinkedHashMap;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.asyncore.ChannelSnapshot;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.Hook;
import io.asyncore.LoopActivity;
import io.asyncore.LoopMonitor;
import io.asyncore.context.LoopState;
import org.jspecify.annotations.Nullable;

/**
 * Description of a loop. What counts, counts since the start.
 *
 * @param name the name of the loop
 * @param thread the name of its thread, if it has one
 * @param state {@code running}, {@code stalled}, {@code draining}, {@code stopped},
 * {@code dead}
 * @param busyMillis how long the present pass has been at work, 0 while the loop waits
 * @param running the handler that is running, if one is
 * @param passes how many passes are complete
 * @param waitedMillis how long the loop has waited
 * @param workedMillis how long it has worked
 * @param lagMillis how late the last task or timer ran
 * @param maxLagMillis how late the latest one ran
 * @param tasks how many tasks wait
 * @param timers how many timers wait
 * @param channels how many channels there are
 * @param stalls how often a handler has held the loop for too long
 * @param polls the answers of the predicates
 * @param readiness the events that the system has reported
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LoopDescriptor(String name, @Nullable String thread, String state, double busyMillis,
		@Nullable Running running, long passes, double waitedMillis, double workedMillis, double lagMillis,
		double maxLagMillis, int tasks, int timers, int channels, long stalls, Map<String, Map<String, Long>> polls,
		Map<String, Long> readiness) {

	static LoopDescriptor of(EventLoop loop, LoopState state) {
		LoopMonitor monitor = loop.monitor();
		LoopActivity activity = monitor.activity();
		Thread thread = loop.thread();
		return new LoopDescriptor(loop.name(), (thread != null) ? thread.getName() : null, state.label(),
				Millis.of(activity.busyNanos()), Running.of(activity), monitor.passes(),
				Millis.of(monitor.waitedNanos()), Millis.of(monitor.workedNanos()), Millis.of(monitor.lagNanos()),
				Millis.of(monitor.longestLagNanos()), monitor.tasks(), monitor.timers(), loop.map().size(),
				monitor.stalls(), polls(monitor), readiness(monitor));
	}

	private static Map<String, Map<String, Long>> polls(LoopMonitor monitor) {
		Map<String, Map<String, Long>> polls = new LinkedHashMap<>();
		polls.put("readable", answers(monitor.readable(true), monitor.readable(false)));
		polls.put("writable", answers(monitor.writable(true), monitor.writable(false)));
		return polls;
	}

	private static Map<String, Long> answers(long yes, long no) {
		Map<String, Long> answers = new LinkedHashMap<>();
		answers.put("true", yes);
		answers.put("false", no);
		return answers;
	}

	private static Map<String, Long> readiness(LoopMonitor monitor) {
		Map<String, Long> readiness = new LinkedHashMap<>();
		for (Hook hook : new Hook[] { Hook.READ, Hook.WRITE, Hook.CONNECT, Hook.ACCEPT }) {
			readiness.put(hook.label(), monitor.readiness(hook));
		}
		readiness.put("priority", monitor.readiness(Hook.EXPT));
		return readiness;
	}

	/**
	 * Description of the handler that is running.
	 *
	 * @param channel the name of its channel, absent if it is a task of the loop
	 * @param id the number of its channel, absent if it is a task of the loop
	 * @param handler which handler
	 */
	@JsonInclude(JsonInclude.Include.NON_NULL)
	public record Running(@Nullable String channel, @Nullable Long id, String handler) {

		static @Nullable Running of(LoopActivity activity) {
			Dispatcher channel = activity.channel();
			if (activity.hook() == null) {
				return null;
			}
			return new Running((channel != null) ? channel.channelName() : null,
					(channel != null) ? ChannelSnapshot.id(channel) : null, activity.hook().label());
		}

	}

}
