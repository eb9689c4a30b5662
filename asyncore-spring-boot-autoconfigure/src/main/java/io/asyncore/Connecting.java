package io.asyncore;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

import org.jspecify.annotations.Nullable;

/**
 * The way of a dispatcher to its peer: the name is looked up elsewhere, then its
 * addresses are tried one after the other.
 */
final class Connecting {

	private static final Duration NAME_DEADLINE = Duration.ofSeconds(15);

	private final Attachment attachment;

	private final Queue<SocketAddress> candidates = new ArrayDeque<>();

	// set by another thread, taken by the loop
	private volatile @Nullable Lookup lookup;

	// the system has been asked to connect and will report the outcome
	private boolean pending;

	private boolean started;

	private boolean connected;

	private @Nullable IOException failure;

	// there was a failure, but another address is being tried
	private boolean undecided;

	/**
	 * Create a new instance.
	 * @param attachment the dispatcher that connects
	 * @param pending whether its socket is connecting already
	 */
	Connecting(Attachment attachment, boolean pending) {
		this.attachment = attachment;
		this.pending = pending;
	}

	/**
	 * Connect to an address. Does not throw: failures are found by {@link #finish()}.
	 */
	void to(SocketAddress address) {
		this.pending = false;
		Endpoint endpoint = this.attachment.endpoint();
		if (endpoint == null) {
			return;
		}
		try {
			this.connected = endpoint.connect(address);
			this.pending = !this.connected;
		}
		catch (UnsupportedAddressTypeException ex) {
			decide(new IOException("The socket's family has no address like " + address, ex));
		}
		catch (IOException ex) {
			decide(ex);
		}
	}

	/**
	 * Connect to a host. Returns at once.
	 */
	void toHost(String host, int port) {
		CompletableFuture<InetAddress[]> answer = NameResolver.shared().resolve(host);
		if (!answer.isDone()) {
			UnknownHostException late = new UnknownHostException(
					host + ": no answer for " + NAME_DEADLINE.toSeconds() + " s");
			ScheduledTask deadline = this.attachment.callLater(NAME_DEADLINE,
					() -> answered(new Lookup(port, null, late)));
			answer.whenComplete((addresses, failure) -> deadline.cancel());
		}
		answer.whenComplete((addresses, failure) -> answered(new Lookup(port, addresses, failure)));
	}

	private void answered(Lookup lookup) {
		this.lookup = lookup;
		this.attachment.touch();
	}

	/**
	 * Say whether the loop can go on with {@link #finish()} without waiting.
	 */
	boolean isDecided() {
		return this.connected || (this.failure != null && !this.undecided) || (!this.started && this.lookup != null);
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
		Lookup lookup = this.lookup;
		if (lookup != null && !this.started) {
			this.started = true;
			start(lookup);
			return this.connected;
		}
		Endpoint endpoint = this.attachment.endpoint();
		if (endpoint == null) {
			// closed by another thread
			return false;
		}
		if (this.pending) {
			try {
				this.connected = endpoint.finishConnect();
				return this.connected;
			}
			catch (IOException ex) {
				decide(ex);
			}
		}
		return this.connected || tryNext(endpoint);
	}

	private void start(Lookup lookup) throws IOException {
		InetAddress[] addresses = lookup.addresses();
		if (addresses == null) {
			throw lookup.asIOException();
		}
		Endpoint endpoint = this.attachment.endpoint();
		for (InetAddress address : addresses) {
			if (endpoint != null && endpoint.reaches(address)) {
				this.candidates.add(new InetSocketAddress(address, lookup.port()));
			}
		}
		SocketAddress first = this.candidates.poll();
		if (first == null) {
			throw new UnknownHostException("The host has no address of the socket's family");
		}
		to(first);
	}

	private boolean tryNext(Endpoint used) throws IOException {
		SocketAddress next = this.candidates.poll();
		IOException failure = this.failure;
		if (next == null) {
			throw (failure != null) ? failure : new IOException("Not connected");
		}
		used.close();
		this.attachment.tryWith(used.reopen());
		this.undecided = true;
		to(next);
		return this.connected;
	}

	private void decide(IOException failure) {
		this.pending = false;
		this.undecided = false;
		IOException first = this.failure;
		if (first == null) {
			this.failure = failure;
		}
		else {
			// what was wrong with the first address tells most
			first.addSuppressed(failure);
		}
	}

	private record Lookup(int port, InetAddress @Nullable [] addresses, @Nullable Throwable failure) {

		IOException asIOException() {
			Throwable failure = (failure() instanceof CompletionException wrapper) ? wrapper.getCause() : failure();
			return (failure instanceof IOException ex) ? ex : new IOException("The host was not found", failure);
		}

	}

}
