package io.asyncore.context;

import java.net.SocketAddress;

/**
 * Thrown when the application starts and a server cannot listen at its address, with the
 * failure as its cause.
 */
public class ServerOpenException extends RuntimeException {

	private final String serverName;

	private final transient SocketAddress address;

	/**
	 * Create a new instance.
	 * @param serverName the name of the server
	 * @param address where it was to listen
	 * @param cause what has failed
	 */
	public ServerOpenException(String serverName, SocketAddress address, Throwable cause) {
		super("Server '" + serverName + "' cannot listen on " + address + ": " + cause.getMessage(), cause);
		this.serverName = serverName;
		this.address = address;
	}

	/**
	 * Return the name of the server.
	 * @return the name
	 */
	public String getServerName() {
		return this.serverName;
	}

	/**
	 * Return where it was to listen.
	 * @return the address
	 */
	public SocketAddress getAddress() {
		return this.address;
	}

}
