package io.asyncore.actuate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

import io.asyncore.ChannelSnapshot;
import io.asyncore.ChannelState;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.ServerDispatcher;
import io.asyncore.context.EventLoopLifecycle;
import io.asyncore.context.Servers;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/**
 * {@link Endpoint @Endpoint} that shows the loops, servers and channels of an
 * application, and closes channels. It never waits for a loop, so it answers while a
 * handler holds one.
 */
@Endpoint(id = "asyncore")
public class AsyncoreEndpoint {

	/** The part of the endpoint that has the channels. */
	static final String CHANNELS = "channels";

	private static final int DEFAULT_SIZE = 50;

	private static final int MOST_SIZE = 500;

	private final EventLoopLifecycle lifecycle;

	private final Servers servers;

	private final Duration patience;

	/**
	 * Create a new instance.
	 * @param lifecycle who runs the loops
	 * @param servers the servers of the application
	 * @param patience for how long a pass of a loop that is all right may be at work
	 */
	public AsyncoreEndpoint(EventLoopLifecycle lifecycle, Servers servers, Duration patience) {
		this.lifecycle = lifecycle;
		this.servers = servers;
		this.patience = patience;
	}

	/**
	 * Describe the loops, the servers, and the channels by name.
	 * @return the description
	 */
	@ReadOperation
	public AsyncoreDescriptor asyncore() {
		List<Dispatcher> present = present().toList();
		List<ServerDescriptor> servers = new ArrayList<>();
		this.servers.dispatchers().values().forEach((server) -> servers.add(describe(server)));
		// and those that the application has made itself
		present.forEach((channel) -> {
			if (channel instanceof ServerDispatcher server && !this.servers.all().containsValue(server)) {
				servers.add(describe(server));
			}
		});
		return new AsyncoreDescriptor(
				loops().map((loop) -> LoopDescriptor.of(loop, this.lifecycle.state(loop, this.patience))).toList(),
				servers, loops().flatMap(AsyncoreEndpoint::groups).toList());
	}

	private ServerDescriptor describe(Dispatcher server) {
		return ServerDescriptor.of(server, this.lifecycle.group());
	}

	private static Stream<GroupDescriptor> groups(EventLoop loop) {
		Map<String, List<Dispatcher>> channels = new HashMap<>();
		loop.map()
			.forEach((channel) -> channels
				.computeIfAbsent(loop.monitor().countedAs(channel), (name) -> new ArrayList<>())
				.add(channel));
		return loop.monitor()
			.groups()
			.stream()
			.map((group) -> GroupDescriptor.of(group, channels.getOrDefault(group.name(), List.of())));
	}

	private Stream<EventLoop> loops() {
		return this.lifecycle.group().loops().stream();
	}

	private Stream<Dispatcher> present() {
		return loops().flatMap((loop) -> loop.map().channels().stream());
	}

	/**
	 * Describe some channels.
	 * @param section {@code channels}; there is nothing else
	 * @param server the name of the server that has accepted them, {@code null} for any
	 * @param name what the name or the label of the channels contains, {@code null} for
	 * any
	 * @param state their state, {@code null} for any
	 * @param sort by what to sort, {@code null} for the order in which they were made
	 * @param order which comes first, by default the least of numbers, the most of others
	 * @param page which page, from 0
	 * @param size how many channels a page has, from 1 to 500, 50 by default
	 * @return the description, {@code null} if there is no such section
	 */
	@ReadOperation
	public @Nullable ChannelsDescriptor channels(@Selector String section, @Nullable String server,
			@Nullable String name, @Nullable ChannelState state, @Nullable ChannelOrder sort,
			ChannelOrder.@Nullable Direction order, @Nullable Integer page, @Nullable Integer size) {
		if (!CHANNELS.equals(section)) {
			return null;
		}
		int from = (page != null) ? page : 0;
		int most = (size != null) ? size : DEFAULT_SIZE;
		check(from >= 0, "'page' must not be negative");
		check(most >= 1 && most <= MOST_SIZE, "'size' must be between 1 and " + MOST_SIZE);
		ChannelOrder by = (sort != null) ? sort : ChannelOrder.ID;
		// first, for a value that changes while it is sorted by is in no order; and one
		// that
		// changes loops at this moment may be in two of them
		List<Shown> channels = present().distinct()
			.map((channel) -> new Shown(channel, ChannelSnapshot.of(channel)))
			.filter((shown) -> server == null || server.equals(shown.snapshot().server()))
			.filter((shown) -> name == null || contains(shown.snapshot().name(), name)
					|| contains(shown.snapshot().label(), name))
			.filter((shown) -> state == null || state == shown.snapshot().state())
			.sorted(Comparator.comparing(Shown::snapshot, by.comparator((order != null) ? order : by.direction())))
			.toList();
		return new ChannelsDescriptor(channels.size(), from, most,
				channels.stream()
					.skip((long) from * most)
					.limit(most)
					.map((shown) -> ChannelDescriptor.of(shown.snapshot(), shown.channel()))
					.toList());
	}

	private static boolean contains(@Nullable String name, String part) {
		return name != null && name.toLowerCase(Locale.ROOT).contains(part.toLowerCase(Locale.ROOT));
	}

	private static void check(boolean valid, String message) {
		if (!valid) {
			throw new InvalidEndpointRequestException(message, message);
		}
	}

	/**
	 * Describe a channel.
	 * @param section {@code channels}; there is nothing else
	 * @param id the number of the channel
	 * @return the description, {@code null} if there is no such channel
	 */
	@ReadOperation
	public @Nullable ChannelDetails channel(@Selector String section, @Selector long id) {
		Dispatcher channel = find(section, id);
		return (channel != null) ? ChannelDetails.of(channel) : null;
	}

	/**
	 * Close a channel.
	 * @param section {@code channels}; there is nothing else
	 * @param id the number of the channel
	 * @return whether there was such a channel
	 */
	@DeleteOperation
	public boolean close(@Selector String section, @Selector long id) {
		Dispatcher channel = find(section, id);
		if (channel != null) {
			channel.close();
		}
		return channel != null;
	}

	private @Nullable Dispatcher find(String section, long id) {
		return CHANNELS.equals(section) ? find(id) : null;
	}

	private @Nullable Dispatcher find(long id) {
		for (EventLoop loop : this.lifecycle.group().loops()) {
			Dispatcher channel = loop.map().channel(id);
			if (channel != null) {
				return channel;
			}
		}
		return null;
	}

	/**
	 * A channel, and what was known of it at one moment.
	 */
	private record Shown(Dispatcher channel, ChannelSnapshot snapshot) {

	}

}
