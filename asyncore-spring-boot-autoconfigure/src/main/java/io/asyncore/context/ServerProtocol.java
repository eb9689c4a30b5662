package io.asyncore.context;

import java.net.UnixDomainSocketAddress;
import java.util.Locale;

import io.asyncore.Dispatcher;
import io.asyncore.ServerDispatcher;

/**
 * What a server speaks below the protocol of the application.
 */
public enum ServerProtocol {

	/** Connections over the network. */
	TCP,

	/** Datagrams over the network. */
	UDP,

	/** Connections on this machine, by a Unix domain socket. */
	UNIX;

	private final String label = name().toLowerCase(Locale.ROOT);

	/**
	 * Return the name of this protocol in logs and answers of the endpoint.
	 * @return the name in lower case, such as {@code tcp}
	 */
	public String label() {
		return this.label;
	}

	/**
	 * Return what a server speaks.
	 * @param server the server, or the dispatcher that is one for datagrams
	 * @return the protocol
	 */
	public static ServerProtocol of(Dispatcher server) {
		if (!(server instanceof ServerDispatcher listener)) {
			return UDP;
		}
		return (listener.address() instanceof UnixDomainSocketAddress) ? UNIX : TCP;
	}

}
