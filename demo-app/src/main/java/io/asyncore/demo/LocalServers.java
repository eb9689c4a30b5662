package io.asyncore.demo;

import java.net.InetAddress;
import java.net.InetSocketAddress;

import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Where the servers of this application listen, for the clients that it has as well.
 */
@Component
public class LocalServers {

	private final Environment environment;

	LocalServers(Environment environment) {
		this.environment = environment;
	}

	/**
	 * Return where a server listens. It must have been started.
	 * @param name its name below {@code asyncore.servers}
	 * @return its address on the loopback interface, with the real port
	 */
	public InetSocketAddress address(String name) {
		// known from the start of the server on, so it cannot be injected as a value
		int port = this.environment.getRequiredProperty("local.asyncore." + name + ".port", Integer.class);
		return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
	}

}
