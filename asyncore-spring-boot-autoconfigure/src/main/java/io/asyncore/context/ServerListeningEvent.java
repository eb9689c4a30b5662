package io.asyncore.context;

import java.net.InetSocketAddress;
import java.net.SocketAddress;

import io.asyncore.Dispatcher;
import io.asyncore.ServerDispatcher;

import org.springframework.context.ApplicationEvent;

/**
 * Published at each start for each server, when all of them are listening.
 */
public class ServerListeningEvent extends ApplicationEvent {

	private final String serverName;

	private final transient SocketAddress address;

	/**
	 * Create a new instance.
	 * @param server the server
	 * @param serverName its name
	 * @param address where it listens
	 */
	public ServerListeningEvent(ServerDispatcher server, String serverName, SocketAddress address) {
		this((Dispatcher) server, serverName, address);
	}

	/**
	 * Create a new instance.
	 * @param server the server, or the dispatcher that is one for datagrams
	 * @param serverName its name
	 * @param address where it listens
	 */
	public ServerListeningEvent(Dispatcher server, String serverName, SocketAddress address) {
		super(server);
		this.serverName = serverName;
		this.address = address;
	}

	/**
	 * Return the server.
	 * @return the server
	 * @throws IllegalStateException if it is one for datagrams, which is no
	 * {@code ServerDispatcher}: {@link #getDispatcher()} returns that
	 */
	public ServerDispatcher getServer() {
		if (getSource() instanceof ServerDispatcher server) {
			return server;
		}
		throw new IllegalStateException(
				"Server '" + this.serverName + "' is one for datagrams: use getDispatcher() instead of getServer()");
	}

	/**
	 * Return the server, of whatever protocol.
	 * @return a {@link ServerDispatcher}, or the dispatcher that receives the datagrams
	 */
	public Dispatcher getDispatcher() {
		return (Dispatcher) getSource();
	}

	/**
	 * Return what the server speaks.
	 * @return the protocol
	 */
	public ServerProtocol getProtocol() {
		return ServerProtocol.of(getDispatcher());
	}

	/**
	 * Return the name of the server.
	 * @return the name
	 */
	public String getServerName() {
		return this.serverName;
	}

	/**
	 * Return where the server listens.
	 * @return the address, with the real port
	 */
	public SocketAddress getAddress() {
		return this.address;
	}

	/**
	 * Return the port on which the server listens.
	 * @return the real port, -1 if the server has none
	 */
	public int getPort() {
		return (this.address instanceof InetSocketAddress inet) ? inet.getPort() : -1;
	}

}
