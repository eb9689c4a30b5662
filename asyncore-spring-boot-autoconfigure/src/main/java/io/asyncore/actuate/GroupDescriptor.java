package io.asyncore.actuate;

import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.asyncore.ChannelFailure;
import io.asyncore.ChannelSnapshot;
import io.asyncore.ChannelState;
import io.asyncore.ChannelStats;
import io.asyncore.CloseReason;
import io.asyncore.ConnectOutcome;
import io.asyncore.Dispatcher;
import io.asyncore.Hook;
import io.asyncore.RejectReason;
import org.jspecify.annotations.Nullable;

/**
 * Description of the channels of a name. Amounts are in bytes; what counts, counts since
 * the start and for channels that are closed too.
 *
 * @param name the name of the bean or server, else of the class; {@code other} for all
 * channels whose names are too many
 * @param loop the name of the loop
 * @param listening how many channels listen
 * @param bound how many channels take datagrams and have no peer
 * @param connecting how many channels are being connected
 * @param connected how many channels have a connection
 * @param queued how much waits to be sent
 * @param offload the work that the channels have given to other threads
 * @param connects how many attempts to connect are over, by outcome
 * @param opened how many connections were put into service
 * @param closed how many of those were closed, by reason
 * @param rejected how many connections were closed when they were accepted, by reason
 * @param received how much has come
 * @param sent how much has gone
 * @param handlers the handlers that were called
 * @param lastFailure what one of the channels has failed with last, if one has
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GroupDescriptor(String name, String loop, int listening, int bound, int connecting, int connected,
		long queued, Offload offload, Map<String, Long> connects, long opened, Map<String, Long> closed,
		Map<String, Long> rejected, long received, long sent, List<Handler> handlers, @Nullable Failure lastFailure) {

	static GroupDescriptor of(ChannelStats group, Collection<Dispatcher> channels) {
		int listening = 0;
		int bound = 0;
		int connecting = 0;
		int connected = 0;
		long queued = 0;
		for (Dispatcher channel : channels) {
			listening += channel.accepting() ? 1 : 0;
			bound += (ChannelSnapshot.state(channel) == ChannelState.BOUND) ? 1 : 0;
			connecting += channel.connecting() ? 1 : 0;
			connected += channel.connected() ? 1 : 0;
			queued += ChannelSnapshot.queued(channel);
		}
		return new GroupDescriptor(group.name(), group.loop().name(), listening, bound, connecting, connected, queued,
				Offload.of(group), connects(group), group.opened(), closed(group), rejected(group), group.received(),
				group.sent(), handlers(group), Failure.of(group.lastFailure()));
	}

	private static Map<String, Long> closed(ChannelStats group) {
		Map<String, Long> closed = new LinkedHashMap<>();
		for (CloseReason reason : CloseReason.values()) {
			closed.put(reason.label(), group.closed(reason));
		}
		return closed;
	}

	private static Map<String, Long> connects(ChannelStats group) {
		Map<String, Long> connects = new LinkedHashMap<>();
		for (ConnectOutcome outcome : ConnectOutcome.values()) {
			connects.put(outcome.label(), group.connects(outcome));
		}
		return connects;
	}

	private static Map<String, Long> rejected(ChannelStats group) {
		Map<String, Long> rejected = new LinkedHashMap<>();
		for (RejectReason reason : RejectReason.values()) {
			rejected.put(reason.label(), group.rejected(reason));
		}
		return rejected;
	}

	private static List<Handler> handlers(ChannelStats group) {
		List<Handler> handlers = new ArrayList<>();
		for (Hook hook : Hook.values()) {
			if (group.calls(hook) > 0) {
				handlers.add(new Handler(hook.label(), group.calls(hook), group.failures(hook),
						Millis.of(group.totalNanos(hook)), Millis.of(group.longestNanos(hook))));
			}
		}
		return handlers;
	}

	/**
	 * Description of a failure.
	 *
	 * @param type the class of what was thrown
	 * @param message its message, if it has one
	 * @param time when that was
	 * @param count how many failures there were up to this one
	 */
	@JsonInclude(JsonInclude.Include.NON_NULL)
	public record Failure(String type, @Nullable String message, String time, long count) {

		static @Nullable Failure of(@Nullable ChannelFailure failure) {
			return (failure != null) ? new Failure(failure.type(), failure.message(),
					failure.time().truncatedTo(ChronoUnit.MILLIS).toString(), failure.count()) : null;
		}

	}

	/**
	 * Description of a handler.
	 *
	 * @param handler which handler
	 * @param count how often it was called
	 * @param errors how often it has thrown something
	 * @param totalMillis how long all calls took
	 * @param maxMillis how long the longest call took
	 */
	public record Handler(String handler, long count, long errors, double totalMillis, double maxMillis) {

	}

	/**
	 * The work that channels have given to other threads.
	 *
	 * @param queued how much of it waits
	 * @param active how much of it is under way
	 * @param succeeded how much of it was done
	 * @param failed how much of it has thrown something
	 * @param rejected how much of it was never begun
	 */
	public record Offload(int queued, int active, long succeeded, long failed, long rejected) {

		static Offload of(ChannelStats group) {
			return new Offload(group.offloadsQueued(), group.offloadsActive(), group.offloadsSucceeded(),
					group.offloadsFailed(), group.offloadsRejected());
		}

	}

}
