package io.asyncore.connect;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionException;

import io.asyncore.transport.SocketEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of a host, in the order in which they are tried.
 */
public final class Candidates {

	private Candidates() {
	}

	/**
	 * Return those of the addresses to which an endpoint can connect, with a port.
	 */
	private static List<SocketAddress> of(List<? extends InetAddress> addresses, SocketEndpoint endpoint, int port) {
		List<InetAddress> reachable = new ArrayList<>();
		for (InetAddress address : addresses) {
			// somebody else has made the list
			if (address != null && endpoint.reaches(address)) {
				reachable.add(address);
			}
		}
		List<SocketAddress> candidates = new ArrayList<>();
		byTurns(reachable).forEach((address) -> candidates.add(new InetSocketAddress(address, port)));
		return candidates;
	}

	/**
	 * Put addresses of the two families by turns, beginning with that of the first one.
	 * @param addresses the addresses, in the order of the resolver
	 * @return the addresses, those of one family in the same order as before
	 */
	public static List<InetAddress> byTurns(List<InetAddress> addresses) {
		Queue<InetAddress> same = new ArrayDeque<>();
		Queue<InetAddress> other = new ArrayDeque<>();
		for (InetAddress address : addresses) {
			(addresses.get(0).getClass().isInstance(address) ? same : other).add(address);
		}
		List<InetAddress> mixed = new ArrayList<>();
		while (!same.isEmpty() || !other.isEmpty()) {
			take(same, mixed);
			take(other, mixed);
		}
		return mixed;
	}

	private static void take(Queue<InetAddress> source, List<InetAddress> target) {
		InetAddress address = source.poll();
		if (address != null) {
			target.add(address);
		}
	}

	/**
	 * What was found out about a host: its addresses, or else why there are none.
	 *
	 * @param port the port to connect to
	 * @param addresses the addresses, {@code null} if there are none
	 * @param failure why there are none, {@code null} if there are some
	 */
	record Lookup(int port, @Nullable List<? extends InetAddress> addresses, @Nullable Throwable failure) {

		List<SocketAddress> candidates(SocketEndpoint endpoint) throws IOException {
			List<? extends InetAddress> addresses = addresses();
			if (addresses != null) {
				return of(addresses, endpoint, port());
			}
			Throwable failure = (failure() instanceof CompletionException wrapper) ? wrapper.getCause() : failure();
			throw (failure instanceof IOException ex) ? ex : new IOException("The host was not found", failure);
		}

	}

}
