package io.asyncore.connect;

import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionStage;

import io.asyncore.loop.TimerTask;
import io.asyncore.transport.Backoff;
import io.asyncore.transport.Endpoint;
import io.asyncore.transport.SocketEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * The way of a channel to its peer: the name is looked up elsewhere, then its addresses
 * are tried in the manner of RFC 8305: the families by turns, the next one as soon as one
 * has failed or lets wait for too long, until the first connection is there.
 */
public final class Connector {

	// the connection attempt delay of RFC 8305, section 8
	static final Duration ATTEMPT_DELAY = Duration.ofMillis(250);

	private static final Duration FIRST_RETRY = Duration.ofMillis(5);

	private static final Duration LONGEST_RETRY = Duration.ofMillis(200);

	private final Owner owner;

	private final Attempts attempts;

	private final Queue<SocketAddress> candidates = new ArrayDeque<>();

	// set by another thread, taken by the loop
	private volatile Candidates.@Nullable Lookup lookup;

	private boolean started;

	private boolean timedOut;

	private boolean patienceOver;

	private @Nullable TimerTask deadline;

	private @Nullable TimerTask patience;

	// the address of a listener whose backlog is full
	private @Nullable SocketAddress full;

	private final Backoff retry = new Backoff(FIRST_RETRY, LONGEST_RETRY);

	/**
	 * Create a new instance.
	 * @param owner who connects
	 * @param pending whether its socket is connecting already
	 */
	public Connector(Owner owner, boolean pending) {
		this.owner = owner;
		this.attempts = new Attempts(owner, pending);
		this.started = pending;
	}

	/**
	 * Connect to an address. Does not throw: failures are found by {@link #finish()}.
	 * @param address the address
	 */
	public void toAddress(SocketAddress address) {
		this.started = true;
		startDeadline();
		to(address);
	}

	/**
	 * Connect to a host. Returns at once, and does not throw: failures are found by
	 * {@link #finish()}.
	 * @param host the name, or a literal address
	 * @param port the port
	 */
	public void toHost(String host, int port) {
		startDeadline();
		// which nobody has to be asked for
		try {
			CompletionStage<? extends List<InetAddress>> answer = NameResolver.isLiteral(host)
					? NameResolver.shared().resolve(host) : this.owner.resolve(host);
			answer.whenComplete((addresses, failure) -> answered(new Candidates.Lookup(port, addresses, failure)));
		}
		catch (RuntimeException | Error ex) {
			answered(new Candidates.Lookup(port, null, ex));
		}
	}

	private void answered(Candidates.Lookup lookup) {
		if (this.lookup == null) {
			this.lookup = lookup;
		}
		this.owner.touch();
	}

	private void startDeadline() {
		Duration timeout = this.owner.connectTimeout();
		if (!timeout.isZero()) {
			this.deadline = later(timeout, () -> this.timedOut = true);
		}
	}

	private TimerTask later(Duration delay, Runnable then) {
		return this.owner.callAfter(delay, () -> {
			then.run();
			this.attempts.setDue(true);
			this.owner.touch();
		});
	}

	private void to(SocketAddress address) {
		if (this.attempts.to(address)) {
			startPatience();
		}
		else {
			this.full = address;
			later(this.retry.nextSpread(), () -> {
			});
		}
	}

	private void startPatience() {
		SocketEndpoint endpoint = this.attempts.socket();
		if (isPending() && !this.candidates.isEmpty() && endpoint != null && !endpoint.isBound()) {
			this.patience = later(ATTEMPT_DELAY, () -> this.patienceOver = true);
		}
	}

	/**
	 * Say whether the loop can go on with {@link #finish()} without waiting.
	 * @return whether it can
	 */
	public boolean isDecided() {
		return this.attempts.isDue() || (!this.started && this.lookup != null);
	}

	/**
	 * Say whether the system will report that there is something to {@link #finish()}.
	 * @return whether an attempt is under way with the endpoint of the owner
	 */
	public boolean isPending() {
		return this.attempts.isPending();
	}

	/**
	 * Take the next step.
	 * @return whether the connection is there; otherwise there is more to come
	 * @throws IOException if there is nothing left to try
	 */
	public boolean finish() throws IOException {
		this.attempts.setDue(false);
		Candidates.Lookup lookup = this.lookup;
		if (lookup != null && !this.started) {
			this.started = true;
			start(lookup);
		}
		SocketEndpoint endpoint = this.attempts.socket();
		if (endpoint == null) {
			// closed by another thread
			return false;
		}
		if (!this.attempts.finish(endpoint)) {
			if (this.timedOut) {
				throw timeout();
			}
			tryNext();
		}
		boolean connected = this.attempts.isConnected();
		if (connected) {
			abandon();
		}
		return connected;
	}

	private void start(Candidates.Lookup lookup) throws IOException {
		SocketEndpoint endpoint = this.attempts.socket();
		if (endpoint != null) {
			this.candidates.addAll(lookup.candidates(endpoint));
		}
		if (this.candidates.isEmpty()) {
			throw new UnknownHostException(
					this.owner.target() + " has no address of the socket's family: " + lookup.addresses()
							+ "; createSocket(StandardProtocolFamily.INET6) reaches those of IPv4 and IPv6");
		}
		to(this.candidates.remove());
	}

	private void tryNext() throws IOException {
		SocketAddress again = this.full;
		if (again != null) {
			this.full = null;
			begin(again);
		}
		while (!this.attempts.isConnected() && this.full == null && (!isPending() || this.patienceOver)) {
			SocketAddress next = this.candidates.poll();
			if (next == null) {
				throwIfOver();
				return;
			}
			begin(next);
		}
	}

	private void throwIfOver() throws IOException {
		if (this.started && this.attempts.isOver()) {
			IOException failure = this.attempts.failure();
			throw (failure != null) ? failure : new IOException("Not connected");
		}
	}

	private void begin(SocketAddress address) {
		this.patienceOver = false;
		cancel(this.patience);
		SocketEndpoint used = this.attempts.socket();
		if (used == null) {
			return;
		}
		if (this.attempts.renew(used)) {
			to(address);
		}
		else {
			startPatience();
		}
	}

	/**
	 * Say whether it is known which addresses to try.
	 * @return whether it is; not if the name has no address
	 */
	public boolean isResolved() {
		Candidates.Lookup lookup = this.lookup;
		return (lookup != null) ? lookup.addresses() != null : this.started;
	}

	private SocketTimeoutException timeout() {
		String phase = (this.started || this.lookup != null) ? "No connection to " : "No addresses for ";
		SocketTimeoutException timeout = new SocketTimeoutException(
				phase + this.owner.target() + " within " + this.owner.connectTimeout().toMillis() + " ms");
		IOException failure = this.attempts.failure();
		if (failure != null) {
			timeout.addSuppressed(failure);
		}
		return timeout;
	}

	/**
	 * Give up all attempts but that which has the endpoint of the owner. Safe from any
	 * thread.
	 */
	public void abandon() {
		this.attempts.abandon();
		cancel(this.deadline);
		cancel(this.patience);
	}

	private static void cancel(@Nullable TimerTask task) {
		if (task != null) {
			task.cancel();
		}
	}

	/**
	 * Have no loop wait for the earlier attempts any more.
	 */
	public void leave() {
		this.attempts.leave();
	}

	/**
	 * Have the loop wait for the earlier attempts too, unless it does.
	 */
	public void join() {
		this.attempts.join();
	}

	/**
	 * Say whether an endpoint is that of an earlier attempt.
	 * @param endpoint the endpoint
	 * @return whether it is
	 */
	public boolean isAttempt(Endpoint endpoint) {
		return this.attempts.isAttempt(endpoint);
	}

	/**
	 * Who connects, and what is done for it. Called by the thread of the loop, and by
	 * whoever closes the channel.
	 */
	public interface Owner {

		/**
		 * Return the lock under which its endpoint is replaced.
		 * @return the lock, always the same
		 */
		Object lock();

		/**
		 * Return the present endpoint.
		 * @return the endpoint, {@code null} if it was closed
		 */
		@Nullable Endpoint endpoint();

		/**
		 * Say whether it still wants to be connected.
		 * @return whether it does; not if it was closed meanwhile
		 */
		boolean isConnecting();

		/**
		 * Return whom to connect to, for the text of a failure.
		 * @return the address, {@code null} if it is not known
		 */
		@Nullable Object target();

		/**
		 * Return how long it may take to connect.
		 * @return the time, zero for any
		 */
		Duration connectTimeout();

		/**
		 * Begin to look up a name.
		 * @param host the name
		 * @return the addresses, completed by any thread
		 */
		CompletionStage<? extends List<InetAddress>> resolve(String host);

		/**
		 * Replace the endpoint by one like it if it was closed because it could not
		 * connect.
		 * @throws IOException if there is none to be had
		 */
		void renewIfSpent() throws IOException;

		/**
		 * Try with another endpoint from now on. Under the lock.
		 * @param endpoint the endpoint, which is the owner's from now on
		 */
		void tryWith(Endpoint endpoint);

		/**
		 * Take the connection that an earlier attempt has brought. Under the lock.
		 * @param endpoint the endpoint, which is the owner's from now on; it closes the
		 * one it had
		 * @param waitedFor whether the loop waits for it
		 */
		void goOnWith(Endpoint endpoint, boolean waitedFor);

		/**
		 * Close the endpoint of an attempt; that this fails is of no interest.
		 * @param endpoint the endpoint
		 */
		void closeQuietly(Endpoint endpoint);

		/**
		 * Have an endpoint freed if nobody closes it.
		 * @param endpoint the endpoint
		 */
		void hold(Endpoint endpoint);

		/**
		 * Have the loop wait for an endpoint besides the present one.
		 * @param endpoint the endpoint
		 * @param operations what to wait for
		 * @throws IOException if that is not possible, or somebody has closed it
		 */
		void waitFor(Endpoint endpoint, int operations) throws IOException;

		/**
		 * Have the loop wait for an endpoint no longer.
		 * @param endpoint the endpoint
		 */
		void forget(Endpoint endpoint);

		/**
		 * Do something on the loop after a delay, unless the channel is closed before.
		 * @param delay how long to wait
		 * @param task what to do, by the thread of the loop
		 * @return cancels it
		 */
		TimerTask callAfter(Duration delay, Runnable task);

		/**
		 * Have the loop take the next step.
		 */
		void touch();

	}

}
