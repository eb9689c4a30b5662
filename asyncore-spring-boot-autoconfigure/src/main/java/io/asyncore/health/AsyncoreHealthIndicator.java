package io.asyncore.health;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.LoopActivity;
import io.asyncore.PauseReason;
import io.asyncore.ServerDispatcher;
import io.asyncore.context.Addresses;
import io.asyncore.context.EventLoopLifecycle;
import io.asyncore.context.LoopState;
import io.asyncore.context.ServerProtocol;
import io.asyncore.context.Servers;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * {@link HealthIndicator} for the loops of an application: up while they make passes, out
 * of service while they drain or are stopped, and down when the thread of one has ended,
 * a handler holds one, or a server of the configuration does not listen any more.
 */
public class AsyncoreHealthIndicator extends AbstractHealthIndicator {

	private static final double NANOS_PER_MILLI = 1_000_000;

	private final EventLoopLifecycle lifecycle;

	private final Servers servers;

	private final Duration patience;

	/**
	 * Create a new instance.
	 * @param lifecycle who runs the loops
	 * @param servers the servers of the application
	 * @param patience for how long a pass may be at work
	 */
	public AsyncoreHealthIndicator(EventLoopLifecycle lifecycle, Servers servers, Duration patience) {
		super("Asyncore health check failed");
		this.lifecycle = lifecycle;
		this.servers = servers;
		this.patience = patience;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		int starts = this.servers.starts();
		Map<String, Set<EventLoop>> missing = this.servers.deaf();
		// asked last: if they are missing because the application stops it says so, or
		// has
		// started again meanwhile
		LoopState state = this.lifecycle.state(this.patience);
		Map<String, Set<EventLoop>> deaf = (this.servers.starts() == starts) ? missing : Map.of();
		switch (state) {
			case RUNNING -> builder.status(deaf.isEmpty() ? Status.UP : Status.DOWN);
			case STALLED, DEAD -> builder.down();
			case DRAINING, STOPPED -> builder.outOfService();
		}
		Map<String, Object> loops = new LinkedHashMap<>();
		this.lifecycle.group()
			.loops()
			.forEach((loop) -> loops.put(loop.name(), loop(loop, this.lifecycle.state(loop, this.patience))));
		builder.withDetail("loops", loops);
		if (!this.servers.dispatchers().isEmpty()) {
			Map<String, Object> servers = new LinkedHashMap<>();
			this.servers.dispatchers()
				.forEach((name, server) -> servers.put(name, server(server, deaf.getOrDefault(name, Set.of()))));
			builder.withDetail("servers", servers);
		}
	}

	private static Map<String, Object> loop(EventLoop loop, LoopState state) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("state", state.label());
		details.put("channels", loop.map().size());
		if (state == LoopState.STALLED) {
			LoopActivity activity = loop.monitor().activity();
			details.put("busy", Math.round(activity.busyNanos() / NANOS_PER_MILLI) + " ms");
			if (activity.hook() != null) {
				details.put("handler", activity.hook().label());
			}
			if (activity.channel() != null) {
				details.put("channel", activity.channel().channelName());
			}
		}
		return details;
	}

	private static Map<String, Object> server(Dispatcher server, Set<EventLoop> deaf) {
		Map<String, Object> details = new LinkedHashMap<>();
		SocketAddress address = server.localAddress();
		details.put("listening", (address != null) ? Addresses.text(address) : "no");
		if (address != null && !deaf.isEmpty()) {
			// the others go on
			details.put("deaf", deaf.stream().map(EventLoop::name).toList());
		}
		details.put("protocol", ServerProtocol.of(server).label());
		if (server instanceof ServerDispatcher listener) {
			details.put("connections", listener.connections());
		}
		PauseReason paused = server.acceptPaused();
		if (paused != null) {
			details.put("paused", paused.label());
		}
		return details;
	}

}
