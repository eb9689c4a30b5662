package io.asyncore.connect;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionStage;

import io.asyncore.loop.TimerTask;
import io.asyncore.transport.Backoff;
import io.asyncore.transport.Endpoint;
import io.asyncore.transport.SocketEndpoint;
import io.asyncore.transport.UnixFailures;
import org.jspecify.annotations.Nullable;

/**
 * The way of a channel to its peer: the name is looked up elsewhere, then its addresses
 * are tried in the manner of RFC 8305: the families by turns, the next one as soon as one
 * has failed or lets wait for too long, until the first connection is there.
 * <p>
 * The attempt that was begun last has the endpoint of the owner; what is known of the
 * earlier ones is guarded by the lock of the owner, for any thread may close it.
 */
public final class Connector {

	// the connection attempt delay of RFC 8305, section 8
	static final Duration ATTEMPT_DELAY = Duration.ofMillis(250);

	private static final Duration FIRST_RETRY = Duration.ofMillis(5);

	private static final Duration LONGEST_RETRY = Duration.ofMillis(200);

	private final Owner owner;

	private final Queue<SocketAddress> candidates = new ArrayDeque<>();

	private final List<Attempt> earlier = new ArrayList<>();

	// set by another thread, taken by the loop
	private volatile Candidates.@Nullable Lookup lookup;

	private boolean started;

	// the system has been asked to connect the endpoint and will report the outcome
	private boolean pending;

	private boolean connected;

	// there is a next step to take without waiting for the system
	private boolean due;

	private boolean timedOut;

	private boolean patienceOver;

	private @Nullable IOException failure;

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
		this.started = pending;
		this.pending = pending;
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
			this.due = true;
			this.owner.touch();
		});
	}

	private void to(SocketAddress address) {
		this.pending = false;
		try {
			this.owner.renewIfSpent();
		}
		catch (IOException ex) {
			failed(ex);
			return;
		}
		SocketEndpoint endpoint = socket();
		if (endpoint == null) {
			return;
		}
		try {
			this.connected = endpoint.connect(address) && isToAnother(endpoint);
			this.pending = !this.connected;
			this.due = this.connected;
			startPatience(endpoint);
		}
		catch (UnsupportedAddressTypeException ex) {
			failed(new IOException("The socket's family has no address like " + address, ex));
		}
		catch (IOException ex) {
			if (address instanceof UnixDomainSocketAddress && UnixFailures.isBacklogFull(ex)) {
				this.full = address;
				later(this.retry.nextSpread(), () -> {
				});
			}
			else {
				failed(ex);
			}
		}
		catch (RuntimeException ex) {
			failed(new IOException("No connection can be made to " + address, ex));
		}
	}

	private void startPatience(SocketEndpoint endpoint) {
		if (this.pending && !this.candidates.isEmpty() && !endpoint.isBound()) {
			this.patience = later(ATTEMPT_DELAY, () -> this.patienceOver = true);
		}
	}

	private void failed(IOException failure) {
		this.pending = false;
		note(failure);
	}

	/**
	 * Note what was wrong with an attempt.
	 */
	private void note(IOException failure) {
		this.due = true;
		IOException first = this.failure;
		if (first == null) {
			this.failure = failure;
		}
		else {
			// what was wrong with the first address tells most
			first.addSuppressed(failure);
		}
	}

	/**
	 * Say whether the loop can go on with {@link #finish()} without waiting.
	 * @return whether it can
	 */
	public boolean isDecided() {
		return this.due || (!this.started && this.lookup != null);
	}

	/**
	 * Say whether the system will report that there is something to {@link #finish()}.
	 * @return whether an attempt is under way with the endpoint of the owner
	 */
	public boolean isPending() {
		return this.pending;
	}

	/**
	 * Take the next step.
	 * @return whether the connection is there; otherwise there is more to come
	 * @throws IOException if there is nothing left to try
	 */
	public boolean finish() throws IOException {
		this.due = false;
		Candidates.Lookup lookup = this.lookup;
		if (lookup != null && !this.started) {
			this.started = true;
			start(lookup);
		}
		SocketEndpoint endpoint = socket();
		if (endpoint == null) {
			// closed by another thread
			return false;
		}
		if (isConnected(endpoint)) {
			abandon();
			return true;
		}
		if (this.timedOut) {
			throw timeout();
		}
		tryNext();
		if (this.connected) {
			abandon();
		}
		return this.connected;
	}

	private boolean isConnected(SocketEndpoint endpoint) {
		if (this.connected || finishEarlier()) {
			return true;
		}
		if (this.pending) {
			try {
				this.connected = endpoint.finishConnect() && isToAnother(endpoint);
			}
			catch (IOException ex) {
				failed(ex);
			}
		}
		return this.connected;
	}

	// as if nobody were there, for so it is
	private boolean isToAnother(SocketEndpoint endpoint) throws IOException {
		SocketAddress address = endpoint.remoteAddress();
		if (endpoint.closeIfItsOwnPeer()) {
			throw new ConnectException("Connection refused: nobody listens at " + address
					+ ", and the system had given that address to this very socket");
		}
		return true;
	}

	private boolean finishEarlier() {
		synchronized (this.owner.lock()) {
			for (Attempt attempt : List.copyOf(this.earlier)) {
				try {
					if (attempt.endpoint().finishConnect() && isToAnother(attempt.endpoint())) {
						this.earlier.remove(attempt);
						this.owner.goOnWith(attempt.endpoint(), attempt.waitedFor());
						this.connected = true;
						return true;
					}
				}
				catch (IOException ex) {
					this.earlier.remove(attempt);
					this.owner.closeQuietly(attempt.endpoint());
					note(ex);
				}
			}
		}
		return false;
	}

	private void start(Candidates.Lookup lookup) throws IOException {
		SocketEndpoint endpoint = socket();
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
		while (!this.connected && this.full == null && (!this.pending || this.patienceOver)) {
			SocketAddress next = this.candidates.poll();
			if (next == null) {
				throwIfOver();
				return;
			}
			begin(next);
		}
	}

	private void throwIfOver() throws IOException {
		boolean over;
		synchronized (this.owner.lock()) {
			over = !this.pending && this.earlier.isEmpty() && this.started;
		}
		if (over) {
			IOException failure = this.failure;
			throw (failure != null) ? failure : new IOException("Not connected");
		}
	}

	private void begin(SocketAddress address) {
		this.patienceOver = false;
		cancel(this.patience);
		SocketEndpoint used = socket();
		if (used == null) {
			return;
		}
		try {
			if (!used.outlivesFailure()) {
				renew(used);
			}
		}
		catch (IOException ex) {
			// there are too many open files perhaps, but what is pending may still win
			note(ex);
			startPatience(used);
			return;
		}
		to(address);
	}

	private void renew(SocketEndpoint used) throws IOException {
		synchronized (this.owner.lock()) {
			if (!this.pending) {
				// first, for the next one may need its address
				used.close();
			}
			SocketEndpoint fresh = used.reopen();
			if (this.pending && this.owner.isConnecting()) {
				this.earlier.add(new Attempt(used, true));
			}
			this.owner.tryWith(fresh);
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
		if (this.failure != null) {
			timeout.addSuppressed(this.failure);
		}
		return timeout;
	}

	/**
	 * Give up all attempts but that which has the endpoint of the owner. Safe from any
	 * thread.
	 */
	public void abandon() {
		synchronized (this.owner.lock()) {
			this.earlier.forEach((attempt) -> this.owner.closeQuietly(attempt.endpoint()));
			this.earlier.clear();
		}
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
		synchronized (this.owner.lock()) {
			this.earlier.replaceAll((attempt) -> {
				this.owner.forget(attempt.endpoint());
				attempt.endpoint().heldBy(null);
				return new Attempt(attempt.endpoint(), false);
			});
		}
	}

	/**
	 * Have the loop wait for the earlier attempts too, unless it does.
	 */
	public void join() {
		synchronized (this.owner.lock()) {
			for (Attempt attempt : List.copyOf(this.earlier)) {
				if (!attempt.waitedFor()) {
					join(attempt);
				}
			}
		}
	}

	private void join(Attempt attempt) {
		this.earlier.remove(attempt);
		this.owner.hold(attempt.endpoint());
		try {
			this.owner.waitFor(attempt.endpoint(), Endpoint.CONNECT);
			this.earlier.add(new Attempt(attempt.endpoint(), true));
		}
		catch (IOException ex) {
			this.owner.closeQuietly(attempt.endpoint());
			note(ex);
			this.owner.touch();
		}
	}

	/**
	 * Say whether an endpoint is that of an earlier attempt.
	 * @param endpoint the endpoint
	 * @return whether it is
	 */
	public boolean isAttempt(Endpoint endpoint) {
		synchronized (this.owner.lock()) {
			return this.earlier.stream().anyMatch((attempt) -> attempt.endpoint().wire() == endpoint);
		}
	}

	private @Nullable SocketEndpoint socket() {
		return (this.owner.endpoint() instanceof SocketEndpoint socket) ? socket : null;
	}

	/**
	 * An attempt that has not come to an end.
	 *
	 * @param endpoint its endpoint
	 * @param waitedFor whether the loop waits for it
	 */
	private record Attempt(SocketEndpoint endpoint, boolean waitedFor) {

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
