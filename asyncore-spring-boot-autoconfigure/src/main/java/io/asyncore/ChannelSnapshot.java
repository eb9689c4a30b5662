package io.asyncore;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

import io.asyncore.transport.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a channel at a moment. May be taken by any thread and does not wait
 * for the loop, so numbers that change while it is taken may be of the moment before or
 * after.
 *
 * @param id the number by which {@link ChannelMap#channel} finds the channel; no other
 * channel of the process ever has it
 * @param name the {@linkplain Dispatcher#channelName() name} of the channel
 * @param server the name of the {@link ServerDispatcher} that has accepted it,
 * {@code null} if none has
 * @param type the class of the channel
 * @param loop the name of its loop
 * @param state where it is in its life
 * @param peer the address of the peer, {@code null} if there is none
 * @param local the address it is bound to, {@code null} if it is not bound
 * @param age how long it has had its socket
 * @param idle how long nothing has come or gone
 * @param received how much has come through its socket, in bytes
 * @param sent how much its socket has taken, in bytes
 * @param queued how much waits to be sent, in bytes
 * @param interest what the loop waits for, some of {@code READ}, {@code WRITE},
 * {@code CONNECT} and {@code ACCEPT}
 * @param secured whether what it carries is encrypted
 * @param label what an operator {@linkplain Dispatcher#label() knows the channel by},
 * {@code null} if it has no label; it may come from a peer
 */
public record ChannelSnapshot(long id, String name, @Nullable String server, Class<?> type, String loop,
		ChannelState state, @Nullable SocketAddress peer, @Nullable SocketAddress local, Duration age, Duration idle,
		long received, long sent, int queued, Set<Hook> interest, boolean secured, @Nullable String label) {

	/**
	 * Create a snapshot of a channel without a label.
	 * @param id the number of the channel
	 * @param name the name of the channel
	 * @param server the name of the server that has accepted it, {@code null} if none has
	 * @param type the class of the channel
	 * @param loop the name of its loop
	 * @param state where it is in its life
	 * @param peer the address of the peer, {@code null} if there is none
	 * @param local the address it is bound to, {@code null} if it is not bound
	 * @param age how long it has had its socket
	 * @param idle how long nothing has come or gone
	 * @param received how much has come, in bytes
	 * @param sent how much has gone, in bytes
	 * @param queued how much waits to be sent, in bytes
	 * @param interest what the loop waits for
	 * @param secured whether what it carries is encrypted
	 */
	public ChannelSnapshot(long id, String name, @Nullable String server, Class<?> type, String loop,
			ChannelState state, @Nullable SocketAddress peer, @Nullable SocketAddress local, Duration age,
			Duration idle, long received, long sent, int queued, Set<Hook> interest, boolean secured) {
		this(id, name, server, type, loop, state, peer, local, age, idle, received, sent, queued, interest, secured,
				null);
	}

	/**
	 * Take a snapshot.
	 * @param channel the channel
	 * @return what is known of it now
	 */
	public static ChannelSnapshot of(Dispatcher channel) {
		Channel source = channel.channel();
		Counters counters = source.counters();
		Endpoint endpoint = source.endpoint();
		ChannelOwner owner = source.owner();
		long now = source.engine().now();
		return new ChannelSnapshot(source.id(), counters.name(), (owner != null) ? owner.name() : null,
				channel.getClass(), source.loop().name(), source.state(),
				(endpoint != null) ? endpoint.remoteAddress() : null,
				(endpoint != null) ? endpoint.localAddress() : null, since(counters.since(), now),
				since(counters.activeAt(), now), counters.received(), counters.sent(), queued(channel),
				interest(source.interest().operations()), endpoint != null && endpoint.isSecured(), source.label());
	}

	/**
	 * Return the number of a channel.
	 * @param channel the channel
	 * @return the number by which {@link ChannelMap#channel} finds it
	 */
	public static long id(Dispatcher channel) {
		return channel.channel().id();
	}

	/**
	 * Return where a channel is in its life.
	 * @param channel the channel
	 * @return its state now
	 */
	public static ChannelState state(Dispatcher channel) {
		return channel.channel().state();
	}

	private static Duration since(long time, long now) {
		return Duration.ofNanos(Math.max(0, now - time));
	}

	/**
	 * Ask a channel how much waits to be sent, as a thread may that is not the loop's.
	 * @param channel the channel
	 * @return the number of bytes; 0 if its class has a queue of its own that only one
	 * thread may look at
	 */
	public static int queued(Dispatcher channel) {
		return ChannelParts.queued(channel);
	}

	private static Set<Hook> interest(int operations) {
		Set<Hook> interest = EnumSet.noneOf(Hook.class);
		add(interest, operations & Endpoint.READ, Hook.READ);
		add(interest, operations & Endpoint.WRITE, Hook.WRITE);
		add(interest, operations & Endpoint.CONNECT, Hook.CONNECT);
		add(interest, operations & Endpoint.ACCEPT, Hook.ACCEPT);
		return interest;
	}

	private static void add(Set<Hook> interest, int operation, Hook hook) {
		if (operation != 0) {
			interest.add(hook);
		}
	}

}
