package io.asyncore.connect;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.regex.Pattern;

import io.asyncore.transport.DaemonThreads;

/**
 * Asks the system for the addresses of hosts without holding up a loop. Literal addresses
 * are answered at once; names go to a small bounded pool, with one lookup at a time for a
 * name.
 */
public final class NameResolver {

	private static final int THREADS = 4;

	private static final int QUEUED = 1000;

	private static final long IDLE_SECONDS = 1;

	private static final NameResolver SHARED = new NameResolver(InetAddress::getAllByName,
			DaemonThreads.pool("asyncore-resolver-", THREADS, QUEUED, IDLE_SECONDS));

	// stricter than the JDK, which also takes 1.2.3 for an address
	private static final Pattern IPV4 = Pattern
		.compile("(OCTET)(\\.(OCTET)){3}".replace("OCTET", "\\d|[1-9]\\d|1\\d\\d|2[0-4]\\d|25[0-5]"));

	private static final Pattern IPV6 = Pattern.compile("[\\[:0-9a-fA-F].*:.*");

	// what the JDK takes for an address and others do not, or for another one
	private static final Pattern AMBIGUOUS = Pattern.compile("[0-9.]+");

	private final Lookup lookup;

	private final Executor executor;

	private final Map<String, CompletableFuture<List<InetAddress>>> underWay = new ConcurrentHashMap<>();

	/**
	 * Create a new instance.
	 * @param lookup asks the system, by the threads of the executor
	 * @param executor where to look names up
	 */
	public NameResolver(Lookup lookup, Executor executor) {
		this.lookup = lookup;
		this.executor = executor;
	}

	/**
	 * Return the resolver of all loops that have none of their own.
	 * @return the resolver, with its own threads
	 */
	public static NameResolver shared() {
		return SHARED;
	}

	/**
	 * Find the addresses of a host. Safe from any thread. A future that is abandoned
	 * costs its thread until the system gives up: a lookup cannot be cancelled.
	 * @param host the name, or a literal address
	 * @return the addresses, or an {@link UnknownHostException}; completed by whichever
	 * thread finds out
	 */
	public CompletableFuture<List<InetAddress>> resolve(String host) {
		CompletableFuture<List<InetAddress>> fresh = new CompletableFuture<>();
		if (isLiteral(host)) {
			look(host, fresh, InetAddress::getAllByName);
			return fresh;
		}
		if (AMBIGUOUS.matcher(host).matches()) {
			fresh.completeExceptionally(new UnknownHostException(
					host + ": neither a name nor an address, which has four numbers without leading zeros"));
			return fresh;
		}
		CompletableFuture<List<InetAddress>> present = this.underWay.putIfAbsent(host, fresh);
		if (present != null) {
			return present.copy();
		}
		try {
			this.executor.execute(() -> {
				try {
					look(host, fresh, this.lookup);
				}
				finally {
					this.underWay.remove(host);
				}
			});
		}
		catch (RejectedExecutionException ex) {
			refuse(host, fresh, "too many names are being looked up", ex);
		}
		catch (OutOfMemoryError ex) {
			refuse(host, fresh, "there is no thread to look it up, allow the process more of them", ex);
		}
		return fresh.copy();
	}

	// others may wait for the same answer by now
	private void refuse(String host, CompletableFuture<List<InetAddress>> result, String reason, Throwable cause) {
		this.underWay.remove(host);
		UnknownHostException failure = new UnknownHostException(host + ": " + reason);
		failure.initCause(cause);
		result.completeExceptionally(failure);
	}

	private static void look(String host, CompletableFuture<List<InetAddress>> result, Lookup lookup) {
		try {
			result.complete(List.of(lookup.addresses(host)));
		}
		catch (UnknownHostException | RuntimeException | Error ex) {
			result.completeExceptionally(ex);
		}
	}

	/**
	 * Say whether a host is an address, so that the JDK answers without asking anybody.
	 * @param host the name, or a literal address
	 * @return whether it is an address
	 */
	public static boolean isLiteral(String host) {
		return IPV4.matcher(host).matches() || IPV6.matcher(host).matches();
	}

	/**
	 * Asks the system for the addresses of a host.
	 */
	@FunctionalInterface
	public interface Lookup {

		/**
		 * Ask for the addresses of a host, which may take long.
		 * @param host the name, or a literal address
		 * @return the addresses, at least one
		 * @throws UnknownHostException if there are none
		 */
		InetAddress[] addresses(String host) throws UnknownHostException;

	}

}
