package io.asyncore.context;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

import io.asyncore.ChannelFactory;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.EventLoopGroup;
import io.asyncore.ServerDispatcher;
import io.asyncore.chat.AsyncChat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.ApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;

/**
 * The servers that an application is configured to have.
 */
public class Servers {

	private static final Logger logger = LoggerFactory.getLogger(Servers.class);

	// the one that holds the ports of Spring Boot's own servers
	private static final String PORTS = "server.ports";

	private final Map<String, ServerSettings> settings = new LinkedHashMap<>();

	private final EventLoop loop;

	private final EventLoopGroup group;

	private final ApplicationContext context;

	private volatile Map<String, ServerDispatcher> servers = Map.of();

	private volatile Map<String, DatagramServer> datagramServers = Map.of();

	private volatile Map<String, Dispatcher> dispatchers = Map.of();

	private @Nullable ChannelBeans channelBeans;

	// on which loops each server was listening when it had been opened
	private final Map<String, Set<EventLoop>> opened = new ConcurrentHashMap<>();

	private final AtomicInteger starts = new AtomicInteger();

	/**
	 * Create a new instance.
	 * @param settings what the servers are to be
	 * @param loop the loop that is to serve them
	 * @param context where to find the beans that make their channels, and which is told
	 * of their ports
	 */
	public Servers(Collection<ServerSettings> settings, EventLoop loop, ApplicationContext context) {
		this(settings, new EventLoopGroup(List.of(loop)), context);
	}

	/**
	 * Create a new instance whose servers for connections are served by several loops.
	 * @param settings what the servers are to be
	 * @param group the loops that share the connections; the first one has the servers
	 * @param context where to find the beans that make their channels, and which is told
	 * of their ports
	 */
	public Servers(Collection<ServerSettings> settings, EventLoopGroup group, ApplicationContext context) {
		settings.forEach((server) -> this.settings.put(server.name(), server));
		this.loop = group.first();
		this.group = group;
		this.context = context;
	}

	/**
	 * Return the servers for connections, which are those over TCP and Unix domain
	 * sockets.
	 * @return the servers by name, in the order in which they are configured; none before
	 * the application has started
	 */
	public Map<String, ServerDispatcher> all() {
		return this.servers;
	}

	/**
	 * Return the servers of all protocols.
	 * @return the servers by name, in the order in which they are configured: for
	 * connections a {@link ServerDispatcher}, for datagrams the dispatcher that receives
	 * them; none before the application has started
	 */
	public Map<String, Dispatcher> dispatchers() {
		return this.dispatchers;
	}

	/**
	 * Return a server for connections.
	 * @param name the name of the server
	 * @return the server, {@code null} if there is none of that name, or the application
	 * has not started
	 */
	public @Nullable ServerDispatcher get(String name) {
		return this.servers.get(name);
	}

	/**
	 * Say whether a server is configured here.
	 * @param name the name of the server
	 * @return whether there is one of that name
	 */
	public boolean contains(String name) {
		return this.settings.containsKey(name);
	}

	/**
	 * Return the servers that have been opened and do not listen any more, or not on all
	 * loops on which they did. May be called from any thread.
	 * @return the loops that are missing, by the names of the servers. They do not listen
	 * either when the application stops, and until it has {@linkplain #starts() started}
	 * again
	 */
	public Map<String, Set<EventLoop>> deaf() {
		Map<String, Set<EventLoop>> deaf = new LinkedHashMap<>();
		this.dispatchers.forEach((name, server) -> {
			Set<EventLoop> missing = new LinkedHashSet<>(this.opened.getOrDefault(name, Set.of()));
			missing.removeAll(listeningOn(server));
			if (!missing.isEmpty()) {
				deaf.put(name, missing);
			}
		});
		return deaf;
	}

	/**
	 * Return how often the application has begun to start.
	 * @return the number of starts, which changes before a server listens again
	 */
	public int starts() {
		return this.starts.get();
	}

	/**
	 * Return the names of the beans that make channels of servers, or are such.
	 */
	Set<String> channelBeans() {
		return this.settings.values().stream().map(ServerSettings::channel).collect(Collectors.toSet());
	}

	private static Set<EventLoop> listeningOn(Dispatcher server) {
		if (server instanceof ServerDispatcher listener) {
			return listener.listeningOn();
		}
		return (server.localAddress() != null) ? Set.of(server.map().eventLoop()) : Set.of();
	}

	/**
	 * Make the servers, which are still to be opened, if that has not been done.
	 */
	void create() {
		this.starts.incrementAndGet();
		this.opened.clear();
		if (!this.dispatchers.isEmpty()) {
			return;
		}
		ChannelBeans beans = new ChannelBeans(this.context);
		this.channelBeans = beans;
		Map<String, ServerDispatcher> servers = new LinkedHashMap<>();
		Map<String, DatagramServer> datagramServers = new LinkedHashMap<>();
		Map<String, Dispatcher> dispatchers = new LinkedHashMap<>();
		this.settings.forEach((name, settings) -> {
			if (settings.socket().protocol() == ServerProtocol.UDP) {
				DatagramServer server = new DatagramServer(settings, beans.datagrams(name, settings.channel()));
				datagramServers.put(name, server);
				dispatchers.put(name, server.dispatcher());
				makeGroup(this.loop, name);
			}
			else {
				ServerDispatcher server = create(settings, beans);
				servers.put(name, server);
				dispatchers.put(name, server);
				this.group.loops().forEach((loop) -> makeGroup(loop, name));
			}
			dispatchers.get(name).setChannelName(name);
		});
		this.servers = Collections.unmodifiableMap(servers);
		this.datagramServers = datagramServers;
		this.dispatchers = Collections.unmodifiableMap(dispatchers);
	}

	// known to those who count before there is something to count
	private static void makeGroup(EventLoop loop, String name) {
		loop.monitor().group(name);
	}

	private ServerDispatcher create(ServerSettings settings, ChannelBeans beans) {
		ChannelFactory factory = beans.factory(settings.name(), settings.channel());
		ServerDispatcher server = new ServerDispatcher(settings.address(),
				(socket, peer) -> limit(factory.create(socket, peer), settings), this.loop.map());
		server.setEventLoopGroup(this.group);
		server.setBacklog(settings.backlog());
		server.setMaxConnections(settings.maxConnections());
		server.setChannelIdleTimeout(settings.idleTimeout());
		set(server, settings.socket());
		return server;
	}

	private static void set(ServerDispatcher server, SocketSettings settings) {
		if (settings.family() != null) {
			server.setProtocolFamily(settings.family());
		}
		if (settings.permissions() != null) {
			server.setSocketPermissions(settings.permissions());
		}
		try {
			for (SocketSettings.Option<?> option : settings.options()) {
				option.set(server);
			}
		}
		catch (IOException ex) {
			// it is not open, so this cannot fail
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Say whether a dispatcher is a server, to be opened by {@link #open} only.
	 */
	boolean isServer(Dispatcher dispatcher) {
		return this.dispatchers.values().stream().anyMatch((server) -> server == dispatcher);
	}

	/**
	 * Say whether a dispatcher is a channel of connections, to be opened by its server
	 * when there is one.
	 */
	boolean isChannel(Dispatcher dispatcher) {
		return this.channelBeans != null && this.channelBeans.isSpy(dispatcher);
	}

	/**
	 * Open a server, on the loop.
	 */
	void open(String name, Dispatcher server) throws Exception {
		DatagramServer datagrams = this.datagramServers.get(name);
		if (datagrams != null) {
			datagrams.open(this.loop);
		}
		else {
			this.loop.open(server);
		}
		this.opened.put(name, listeningOn(server));
	}

	private static Dispatcher limit(Dispatcher channel, ServerSettings settings) {
		if (channel instanceof AsyncChat chat) {
			Integer maxFrameLength = settings.maxFrameLength();
			if (maxFrameLength != null) {
				chat.setMaxFrameLength(maxFrameLength);
			}
			if (chat.maxOutBuffered() == Integer.MAX_VALUE) {
				chat.setMaxOutBuffered(settings.maxOutBuffered());
			}
		}
		return channel;
	}

	ServerOpenException failure(String name, Throwable cause) {
		ServerSettings server = this.settings.get(name);
		if (server == null) {
			throw new IllegalArgumentException("There is no server '" + name + "'");
		}
		return new ServerOpenException(name, server.address(), cause);
	}

	/**
	 * Put the ports of the servers, which are open, into the environment.
	 */
	void publishPorts() {
		this.dispatchers.forEach((name, server) -> {
			if (server.localAddress() instanceof InetSocketAddress address) {
				publishPort("local.asyncore." + name + ".port", address.getPort());
			}
		});
	}

	/**
	 * Say where the servers are listening.
	 */
	void announce() {
		this.dispatchers.forEach((name, server) -> {
			SocketAddress address = server.localAddress();
			if (address != null) {
				boolean udp = ServerProtocol.of(server) == ServerProtocol.UDP;
				logger.info("Server '{}' is listening on {}{}", name, text(address), udp ? " (udp)" : "");
				this.context.publishEvent(new ServerListeningEvent(server, name, address));
			}
		});
	}

	private static String text(SocketAddress address) {
		if (address instanceof InetSocketAddress inet) {
			return "port " + inet.getPort()
					+ (inet.getAddress().isAnyLocalAddress() ? "" : " of " + inet.getAddress().getHostAddress());
		}
		return address.toString();
	}

	private void publishPort(String property, int port) {
		for (ApplicationContext context = this.context; context != null; context = context.getParent()) {
			if (context.getEnvironment() instanceof ConfigurableEnvironment environment) {
				ports(environment.getPropertySources()).put(property, port);
			}
		}
	}

	@SuppressWarnings("unchecked")
	private static Map<String, Object> ports(MutablePropertySources sources) {
		PropertySource<?> source = sources.get(PORTS);
		if (source == null) {
			source = new MapPropertySource(PORTS, new ConcurrentHashMap<>());
			sources.addFirst(source);
		}
		return (Map<String, Object>) source.getSource();
	}

}
