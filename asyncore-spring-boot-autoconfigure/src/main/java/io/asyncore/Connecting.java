package io.asyncore;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SelectionKey;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ThreadLocalRandom;

import org.jspecify.annotations.Nullable;

/**
 * The way of a dispatcher to its peer: the name is looked up elsewhere, then its
 * addresses are tried in the manner of RFC 8305: the families by turns, the next one as
 * soon as one has failed or lets wait for too long, until the first connection is there.
 * <p>
 * The attempt that was begun last has the endpoint of the dispatcher; what is known of
 * the earlier ones is guarded by the lock of the attachment, for any thread may close it.
 */
final class Connecting {

	// the connection attempt delay of RFC 8305, section 8
	static final Duration ATTEMPT_DELAY = Duration.ofMillis(250);

	private static final Duration FIRST_RETRY = Duration.ofMillis(5);

	private static final Duration LONGEST_RETRY = Duration.ofMillis(200);

	private final Attachment attachment;

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

	private @Nullable ScheduledTask deadline;

	private @Nullable ScheduledTask patience;

	// the address of a listener whose backlog is full
	private @Nullable SocketAddress full;

	private Duration retry = FIRST_RETRY;

	/**
	 * Create a new instance.
	 * @param attachment the dispatcher that connects
	 * @param pending whether its socket is connecting already
	 */
	Connecting(Attachment attachment, boolean pending) {
		this.attachment = attachment;
		this.started = pending;
		this.pending = pending;
	}

	/**
	 * Connect to an address. Does not throw: failures are found by {@link #finish()}.
	 */
	void toAddress(SocketAddress address) {
		this.started = true;
		startDeadline();
		to(address);
	}

	/**
	 * Connect to a host. Returns at once.
	 */
	void toHost(String host, int port) {
		startDeadline();
		// which nobody has to be asked for
		Resolver resolver = NameResolver.isLiteral(host) ? Resolver.system() : this.attachment.loop().resolver();
		try {
			resolver.resolve(host)
				.whenComplete((addresses, failure) -> answered(new Candidates.Lookup(port, addresses, failure)));
		}
		catch (RuntimeException | Error ex) {
			answered(new Candidates.Lookup(port, null, ex));
		}
	}

	private void answered(Candidates.Lookup lookup) {
		if (this.lookup == null) {
			this.lookup = lookup;
		}
		this.attachment.touch();
	}

	private void startDeadline() {
		Duration timeout = this.attachment.connectTimeout();
		if (!timeout.isZero()) {
			this.deadline = later(timeout, () -> this.timedOut = true);
		}
	}

	private ScheduledTask later(Duration delay, Runnable then) {
		return this.attachment.callLater(delay, (Housekeeping) () -> {
			then.run();
			this.due = true;
			this.attachment.touch();
		});
	}

	private void to(SocketAddress address) {
		this.pending = false;
		try {
			this.attachment.renewIfSpent();
		}
		catch (IOException ex) {
			failed(ex);
			return;
		}
		Endpoint endpoint = this.attachment.endpoint();
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
				later(spread(this.retry), () -> {
				});
				Duration doubled = this.retry.multipliedBy(2);
				this.retry = (doubled.compareTo(LONGEST_RETRY) < 0) ? doubled : LONGEST_RETRY;
			}
			else {
				failed(ex);
			}
		}
		catch (RuntimeException ex) {
			failed(new IOException("No connection can be made to " + address, ex));
		}
	}

	// so that those who were refused together do not all come back together
	private static Duration spread(Duration longest) {
		long nanos = longest.toNanos();
		return Duration.ofNanos(nanos - ThreadLocalRandom.current().nextLong(nanos / 2));
	}

	private void startPatience(Endpoint endpoint) {
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
	 */
	boolean isDecided() {
		return this.due || (!this.started && this.lookup != null);
	}

	/**
	 * Say whether the system will report that there is something to {@link #finish()}.
	 */
	boolean isPending() {
		return this.pending;
	}

	/**
	 * Take the next step.
	 * @return whether the connection is there; otherwise there is more to come
	 * @throws IOException if there is nothing left to try
	 */
	boolean finish() throws IOException {
		this.due = false;
		Candidates.Lookup lookup = this.lookup;
		if (lookup != null && !this.started) {
			this.started = true;
			start(lookup);
		}
		Endpoint endpoint = this.attachment.endpoint();
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

	private boolean isConnected(Endpoint endpoint) {
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
	private boolean isToAnother(Endpoint endpoint) throws IOException {
		SocketAddress address = endpoint.remoteAddress();
		if (endpoint.closeIfItsOwnPeer()) {
			throw new ConnectException("Connection refused: nobody listens at " + address
					+ ", and the system had given that address to this very socket");
		}
		return true;
	}

	private boolean finishEarlier() {
		synchronized (this.attachment) {
			for (Attempt attempt : List.copyOf(this.earlier)) {
				try {
					if (attempt.endpoint().finishConnect() && isToAnother(attempt.endpoint())) {
						this.earlier.remove(attempt);
						this.attachment.goOnWith(attempt.endpoint(), attempt.key());
						this.connected = true;
						return true;
					}
				}
				catch (IOException ex) {
					this.earlier.remove(attempt);
					this.attachment.closeQuietly(attempt.endpoint());
					note(ex);
				}
			}
		}
		return false;
	}

	private void start(Candidates.Lookup lookup) throws IOException {
		Endpoint endpoint = this.attachment.endpoint();
		if (endpoint != null) {
			this.candidates.addAll(lookup.candidates(endpoint));
		}
		if (this.candidates.isEmpty()) {
			throw new UnknownHostException(
					this.attachment.addr() + " has no address of the socket's family: " + lookup.addresses()
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
		synchronized (this.attachment) {
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
		Endpoint used = this.attachment.endpoint();
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

	private void renew(Endpoint used) throws IOException {
		synchronized (this.attachment) {
			if (!this.pending) {
				// first, for the next one may need its address
				used.close();
			}
			Endpoint fresh = used.reopen();
			if (this.pending && this.attachment.state() == ChannelState.CONNECTING) {
				this.earlier.add(new Attempt(used, this.attachment.key));
			}
			this.attachment.tryWith(fresh);
		}
	}

	/**
	 * Say whether it is known which addresses to try.
	 */
	boolean isResolved() {
		Candidates.Lookup lookup = this.lookup;
		return (lookup != null) ? lookup.addresses() != null : this.started;
	}

	private SocketTimeoutException timeout() {
		String phase = (this.started || this.lookup != null) ? "No connection to " : "No addresses for ";
		SocketTimeoutException timeout = new SocketTimeoutException(
				phase + this.attachment.addr() + " within " + this.attachment.connectTimeout().toMillis() + " ms");
		if (this.failure != null) {
			timeout.addSuppressed(this.failure);
		}
		return timeout;
	}

	/**
	 * Give up all attempts but that which has the endpoint of the dispatcher. Safe from
	 * any thread.
	 */
	void abandon() {
		synchronized (this.attachment) {
			this.earlier.forEach((attempt) -> this.attachment.closeQuietly(attempt.endpoint()));
			this.earlier.clear();
		}
		cancel(this.deadline);
		cancel(this.patience);
	}

	private static void cancel(@Nullable ScheduledTask task) {
		if (task != null) {
			task.cancel();
		}
	}

	/**
	 * Have no loop wait for the earlier attempts any more.
	 */
	void leave() {
		synchronized (this.attachment) {
			this.earlier.replaceAll((attempt) -> {
				if (attempt.key() != null) {
					attempt.key().cancel();
				}
				attempt.endpoint().heldBy(null);
				return new Attempt(attempt.endpoint(), null);
			});
		}
	}

	/**
	 * Have the loop wait for the earlier attempts too, unless it does.
	 */
	void join() {
		synchronized (this.attachment) {
			for (Attempt attempt : List.copyOf(this.earlier)) {
				if (attempt.key() == null) {
					join(attempt);
				}
			}
		}
	}

	private void join(Attempt attempt) {
		this.earlier.remove(attempt);
		this.attachment.loop().hold(attempt.endpoint());
		try {
			this.earlier.add(new Attempt(attempt.endpoint(),
					this.attachment.loop().register(this.attachment, attempt.endpoint(), SelectionKey.OP_CONNECT)));
		}
		catch (IOException ex) {
			this.attachment.closeQuietly(attempt.endpoint());
			note(ex);
			this.attachment.touch();
		}
	}

	/**
	 * Say whether a key is that of an earlier attempt.
	 */
	boolean isAttempt(SelectionKey key) {
		synchronized (this.attachment) {
			return this.earlier.stream().anyMatch((attempt) -> attempt.key() == key);
		}
	}

	/**
	 * Note that a selector has taken the place of another one.
	 */
	void replace(SelectionKey before, SelectionKey after) {
		synchronized (this.attachment) {
			this.earlier
				.replaceAll((attempt) -> (attempt.key() == before) ? new Attempt(attempt.endpoint(), after) : attempt);
		}
	}

	/**
	 * An attempt that has not come to an end.
	 */
	private record Attempt(Endpoint endpoint, @Nullable SelectionKey key) {

	}

}
