package io.asyncore.autoconfigure;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.asyncore.ChannelDistribution;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * {@link ConfigurationProperties Properties} for event loops.
 *
 * @param connectTimeout Maximum time that a connection may take which a dispatcher makes,
 * the lookup of the name and all addresses included, unless the dispatcher says so
 * itself; zero for no limit.
 * @param loop Properties of the event loop.
 * @param servers Servers by name.
 * @param lifecycle Properties of the start and the stop among those of other beans.
 * @param shutdown Properties of the graceful stop.
 * @param offload Properties of the work that channels have done on other threads.
 * @param watchdog Properties of the watch over the loop.
 * @param logging Properties of logging.
 * @param metrics Properties of meters.
 * @param observation Properties of observations.
 * @param dashboard Properties of the page that shows loops, servers and channels.
 */
@ConfigurationProperties("asyncore")
public record AsyncoreProperties(@DefaultValue("30s") Duration connectTimeout, @DefaultValue Loop loop,
		@DefaultValue Map<String, Server> servers, @DefaultValue Lifecycle lifecycle, @DefaultValue Shutdown shutdown,
		@DefaultValue Offload offload, @DefaultValue Watchdog watchdog, @DefaultValue Logging logging,
		@DefaultValue Metrics metrics, @DefaultValue Observation observation, @DefaultValue Dashboard dashboard) {

	/**
	 * Properties of the event loop.
	 *
	 * @param threads Number of loops, each with a thread of its own, that share the
	 * connections of servers; 'auto' for as many as there are processors.
	 * @param distribution How the loop of a connection is chosen, if there are several.
	 * @param timeout Maximum time one pass waits for a channel to become ready.
	 * @param usePoll Whether a pass is delivered in poll order, channel by channel,
	 * rather than in select order, which is all reads first and then all writes.
	 */
	public record Loop(@DefaultValue("1") LoopThreads threads,
			@DefaultValue("round-robin") ChannelDistribution distribution, @DefaultValue("30s") Duration timeout,
			@DefaultValue("false") boolean usePoll) {

	}

	/**
	 * Properties of a server.
	 *
	 * @param protocol What the server speaks: tcp for connections, over TCP or a Unix
	 * domain socket, or udp for datagrams.
	 * @param address Network address to listen on, by default all interfaces. 0.0.0.0
	 * stands for all of IPv4.
	 * @param port Port to listen on; 0 takes any free port.
	 * @param unixPath Path of the Unix domain socket to listen on, in place of a port.
	 * @param unixPermissions Permissions of the file of the Unix domain socket such as
	 * 'rw-rw----', by default those of other files that the process makes.
	 * @param channel Name of the bean that makes one channel for each connection, a
	 * prototype-scoped dispatcher or a channel factory, or for datagrams of the
	 * dispatcher that receives them, by default that of the server's name.
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
	 * @param tcpNoDelay Whether what a connection sends leaves at once rather than
	 * together with what follows, by default it does.
	 * @param keepAlive Properties of the probes of idle connections.
	 * @param receiveBuffer Size of the buffer that the system receives into, for each
	 * connection, by default what the system finds right.
	 * @param sendBuffer Size of the buffer that the system sends from, for each
	 * connection, by default what the system finds right.
	 * @param reuseAddress Whether the port can be had while connections of an earlier
	 * server linger, or for datagrams together with others who say so, by default what
	 * the system does.
	 * @param reusePort Whether to share the port with other sockets of the same user who
	 * say so, by default it is not shared. If there are several loops, each of them
	 * listens on a TCP port that is.
	 * @param trafficClass Traffic class of the packets that are sent, or type of service,
	 * from 0 to 255.
	 * @param broadcast Whether datagrams may be sent to broadcast addresses, by default
	 * they may not.
	 * @param multicast Properties of multicast.
	 */
	public record Server(@DefaultValue("tcp") Protocol protocol, @Nullable InetAddress address, @Nullable Integer port,
			@Nullable Path unixPath, @Nullable String unixPermissions, @Nullable String channel,
			@DefaultValue("128") int backlog, @Nullable Integer maxConnections, @Nullable Duration idleTimeout,
			@Nullable DataSize maxFrameLength, @DefaultValue("16MB") DataSize maxOutBuffered,
			@Nullable Boolean tcpNoDelay, @DefaultValue KeepAlive keepAlive, @Nullable DataSize receiveBuffer,
			@Nullable DataSize sendBuffer, @Nullable Boolean reuseAddress, @Nullable Boolean reusePort,
			@Nullable Integer trafficClass, @Nullable Boolean broadcast, @DefaultValue Multicast multicast) {

		/**
		 * What a server speaks.
		 */
		public enum Protocol {

			/** Connections, over TCP or a Unix domain socket. */
			TCP,

			/** Datagrams. */
			UDP

		}

		/**
		 * Properties of the probes of idle connections.
		 *
		 * @param enabled Whether the system probes connections on which nothing is
		 * received, by default only if another of these properties is set.
		 * @param idle Time without input after which the probes begin, in whole seconds.
		 * @param interval Time between two probes, in whole seconds.
		 * @param count Number of probes without an answer after which a connection is
		 * given up.
		 */
		public record KeepAlive(@Nullable Boolean enabled, @Nullable Duration idle, @Nullable Duration interval,
				@Nullable Integer count) {

			/**
			 * Bind a value in place of the properties: {@code keep-alive: true}.
			 * @param enabled {@code true} or {@code false}
			 * @return properties of which only that is set
			 * @throws IllegalArgumentException if it is neither
			 */
			public static KeepAlive of(String enabled) {
				return switch (enabled.strip().toLowerCase(Locale.ROOT)) {
					case "true" -> new KeepAlive(true, null, null, null);
					case "false" -> new KeepAlive(false, null, null, null);
					default ->
						throw new IllegalArgumentException("It must be true or false, or have properties of its own");
				};
			}

		}

		/**
		 * Properties of multicast.
		 *
		 * @param groups Comma-separated list of the addresses of the multicast groups to
		 * join.
		 * @param networkInterface Name of the network interface on which to join the
		 * groups and to send to groups, by default that which the system chooses.
		 */
		public record Multicast(@DefaultValue List<InetAddress> groups, @Nullable String networkInterface) {

		}

	}

	/**
	 * Properties of the start and the stop among those of other beans.
	 *
	 * @param phase Phase in which the loop starts and stops: lower ones start before it
	 * and stop after it. By default it starts after a web server is there, and stops when
	 * the requests in flight are answered.
	 */
	public record Lifecycle(@DefaultValue("2147482111") int phase) {

	}

	/**
	 * Properties of the graceful stop.
	 *
	 * @param gracePeriod Maximum time to wait for queued output and offloaded work to be
	 * finished when the application stops. Has to be shorter than
	 * 'spring.lifecycle.timeout-per-shutdown-phase', or is cut short.
	 */
	public record Shutdown(@DefaultValue("20s") Duration gracePeriod) {

	}

	/**
	 * Properties of the work that channels have done on other threads.
	 *
	 * @param executor Name of the bean that does the work, an Executor. By default
	 * virtual threads where the JDK has them, otherwise 'applicationTaskExecutor'.
	 * @param maxQueued Number of pieces of work that may wait for each channel, which are
	 * done one after the other. With so many the channel is not read.
	 */
	public record Offload(@Nullable String executor, @DefaultValue("16") int maxQueued) {

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
	 * Properties of meters.
	 *
	 * @param closeRegistriesLast Whether registries of meters are closed when the loop
	 * has stopped, rather than when the application begins to, so that what is pushed
	 * last has the connections closed by the stop.
	 */
	public record Metrics(@DefaultValue("true") boolean closeRegistriesLast) {

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
