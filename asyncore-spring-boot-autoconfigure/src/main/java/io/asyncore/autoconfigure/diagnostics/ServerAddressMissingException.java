package io.asyncore.autoconfigure.diagnostics;

/**
 * Thrown when a server is configured with neither a port nor a path.
 */
public class ServerAddressMissingException extends RuntimeException {

	private final String serverName;

	/**
	 * Create a new instance.
	 * @param serverName the name of the server
	 */
	public ServerAddressMissingException(String serverName) {
		super("Server '" + serverName + "' has neither a port nor a path");
		this.serverName = serverName;
	}

	String getServerName() {
		return this.serverName;
	}

}
