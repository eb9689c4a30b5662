package io.asyncore.autoconfigure;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * {@link ConfigurationProperties Properties} for event loops.
 *
 * @param loop Properties of the event loop.
 * @param servers Servers by name.
 * @param shutdown Properties of the graceful stop.
 * @param watchdog Properties of the watch over the loop.
 * @param logging Properties of logging.
 * @param observation Properties of observations.
 * @param dashboard Properties of the page that shows loops, servers and channels.
 */
@ConfigurationProperties("asyncore")
public record AsyncoreProperties(@DefaultValue Loop loop, @DefaultValue Map<String, Server> servers,
		@DefaultValue Shutdown shutdown, @DefaultValue Watchdog watchdog, @DefaultValue Logging logging,
		@DefaultValue Observation observation, @DefaultValue Dashboard dashboard) {

	/**
	 * Properties of the event loop.
	 *
	 * @param threads Number of loops, each with a thread of its own. There is one.
	 * @param timeout Maximum time one pass waits for a channel to become ready.
	 * @param usePoll Whether a pass is delivered in poll order, channel by channel,
	 * rather than in select order, which is all reads first and then all writes.
	 */
	public record Loop(@DefaultValue("1") int threads, @DefaultValue("30s") Duration timeout,
			@DefaultValue("false") boolean usePoll) {

	}

	/**
	 * Properties of a server.
	 *
	 * @param address Network address to listen on, by default all interfaces.
	 * @param port Port to listen on; 0 takes any free port.
	 * @param unixPath Path of the Unix domain socket to listen on, in place of a port.
	 * @param channel Name of the bean that makes one channel for each connection, a
	 * prototype-scoped dispatcher or a channel factory, by default that of the server's
	 * name.
	 * @param backlog Maximum number of connections that wait to be accepted.
	 * @param maxConnections Maximum number of connections at a time, by default any
	 * number. More wait in the backlog.
	 * @param idleTimeout Time after which a connection on which nothing was received or
	 * sent is closed, by default or if it is zero never.
	 * @param maxFrameLength Maximum number of bytes that a peer may send without the
	 * terminator to an AsyncChat, by default what its class allows. The class can change
	 * it later.
	 * @param maxOutBuffered Number of bytes waiting to be sent above which an AsyncChat
	 * does not read, unless its class sets a limit of its own.
	 */
	public record Server(@Nullable InetAddress address, @Nullable Integer port, @Nullable Path unixPath,
			@Nullable String channel, @DefaultValue("128") int backlog, @Nullable Integer maxConnections,
			@Nullable Duration idleTimeout, @Nullable DataSize maxFrameLength,
			@DefaultValue("16MB") DataSize maxOutBuffered) {

	}

	/**
	 * Properties of the graceful stop.
	 *
	 * @param gracePeriod Maximum time to wait for queued output and offloaded work to be
	 * finished when the application stops.
	 */
	public record Shutdown(@DefaultValue("20s") Duration gracePeriod) {

	}

	/**
	 * Properties of the watch over the loop.
	 *
	 * @param enabled Whether to watch for handlers that hold the loop, from a thread of
	 * its own.
	 * @param warn Time for which a handler may hold the loop before that is logged and
	 * counted.
	 * @param down Time for which a pass may be at work before the health of the loop is
	 * down.
	 */
	public record Watchdog(@DefaultValue("true") boolean enabled, @DefaultValue("100ms") Duration warn,
			@DefaultValue("5s") Duration down) {

	}

	/**
	 * Properties of logging.
	 *
	 * @param mdc Whether the mapped diagnostic context holds the name, the peer and the
	 * handler of a channel while one of its handlers runs.
	 */
	public record Logging(@DefaultValue("false") boolean mdc) {

	}

	/**
	 * Properties of observations.
	 *
	 * @param enabled Whether each call of a handler is an observation, if there is an
	 * ObservationRegistry.
	 */
	public record Observation(@DefaultValue("false") boolean enabled) {

	}

	/**
	 * Properties of the page that shows loops, servers and channels.
	 *
	 * @param enabled Whether the Actuator endpoint has a page, at 'asyncore/dashboard'
	 * below its base path.
	 */
	public record Dashboard(@DefaultValue("false") boolean enabled) {

	}

}
