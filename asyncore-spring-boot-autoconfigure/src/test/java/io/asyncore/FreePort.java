package io.asyncore;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds a port for tests that have to know it beforehand.
 */
public final class FreePort {

	// below those that the system itself gives to sockets that ask for any port
	private static final int FIRST = 20000;

	private static final int LAST = 30000;

	private static final int MOST_ATTEMPTS = 100;

	private FreePort() {
	}

	/**
	 * Return a port that is free both for connections and for datagrams.
	 */
	public static int find() throws IOException {
		BindException failure = new BindException();
		for (int i = 0; i < MOST_ATTEMPTS; i++) {
			int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
			try (ServerSocket connections = new ServerSocket(port);
					DatagramSocket datagrams = new DatagramSocket(port)) {
				return Math.max(connections.getLocalPort(), datagrams.getLocalPort());
			}
			catch (BindException ex) {
				failure = ex;
			}
		}
		throw failure;
	}

}
