package io.asyncore.autoconfigure;

/**
 * Thrown when a server is configured with neither a port nor a path.
 */
class ServerAddressMissingException extends RuntimeException {

	private final String serverName;

	ServerAddressMissingException(String serverName) {
		super("Server '" + serverName + "' has neither a port nor a path");
		this.serverName = serverName;
	}

	String getServerName() {
		return this.serverName;
	}

}
