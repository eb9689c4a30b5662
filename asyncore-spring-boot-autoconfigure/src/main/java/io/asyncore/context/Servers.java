package io.asyncore.context;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.asyncore.ChannelFactory;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
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

	private final ApplicationContext context;

	private volatile Map<String, ServerDispatcher> servers = Map.of();

	/**
	 * Create a new instance.
	 * @param settings what the servers are to be
	 * @param loop the loop that is to serve them
	 * @param context where to find the beans that make their channels, and which is told
	 * of their ports
	 */
	public Servers(Collection<ServerSettings> settings, EventLoop loop, ApplicationContext context) {
		settings.forEach((server) -> this.settings.put(server.name(), server));
		this.loop = loop;
		this.context = context;
	}

	/**
	 * Return the servers.
	 * @return the servers by name, in the order in which they are configured; none before
	 * the application has started
	 */
	public Map<String, ServerDispatcher> all() {
		return this.servers;
	}

	/**
	 * Return a server.
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
	 * Make the servers, which are still to be opened, if that has not been done.
	 */
	void create() {
		if (this.servers.isEmpty()) {
			ChannelBeans beans = new ChannelBeans(this.context);
			Map<String, ServerDispatcher> servers = new LinkedHashMap<>();
			this.settings.forEach((name, server) -> servers.put(name, create(server, beans)));
			this.servers = Collections.unmodifiableMap(servers);
		}
	}

	private ServerDispatcher create(ServerSettings settings, ChannelBeans beans) {
		ChannelFactory factory = beans.factory(settings.name(), settings.channel());
		ServerDispatcher server = new ServerDispatcher(settings.address(),
				(socket, peer) -> limit(factory.create(socket, peer), settings), this.loop.map());
		server.setChannelName(settings.name());
		this.loop.monitor().group(settings.name());
		server.setBacklog(settings.backlog());
		server.setMaxConnections(settings.maxConnections());
		server.setChannelIdleTimeout(settings.idleTimeout());
		return server;
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
		this.servers.forEach((name, server) -> {
			if (server.localAddress() instanceof InetSocketAddress address) {
				publishPort("local.asyncore." + name + ".port", address.getPort());
			}
		});
	}

	/**
	 * Say where the servers are listening.
	 */
	void announce() {
		this.servers.forEach((name, server) -> {
			SocketAddress address = server.localAddress();
			if (address != null) {
				logger.info("Server '{}' is listening on {}", name, text(address));
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
