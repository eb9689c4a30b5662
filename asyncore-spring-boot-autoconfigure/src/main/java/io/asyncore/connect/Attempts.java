package io.asyncore.connect;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.ArrayList;
import java.util.List;

import io.asyncore.transport.Endpoint;
import io.asyncore.transport.SocketEndpoint;
import io.asyncore.transport.UnixFailures;
import org.jspecify.annotations.Nullable;

/**
 * The attempts to reach one peer, each with a socket of its own. The one that was begun
 * last has the endpoint of the owner; what is known of the earlier ones is guarded by the
 * lock of the owner, for any thread may close it.
 */
final class Attempts {

	private final Connector.Owner owner;

	private final List<Attempt> earlier = new ArrayList<>();

	// the system has been asked to connect the endpoint of the owner
	private boolean pending;

	private boolean connected;

	private boolean due;

	private @Nullable IOException failure;

	Attempts(Connector.Owner owner, boolean pending) {
		this.owner = owner;
		this.pending = pending;
	}

	/**
	 * Say whether the system will report the outcome of the last attempt.
	 */
	boolean isPending() {
		return this.pending;
	}

	/**
	 * Say whether one of them has brought the connection, which the owner has then.
	 */
	boolean isConnected() {
		return this.connected;
	}

	/**
	 * Say whether there is a next step to take without waiting for the system.
	 */
	boolean isDue() {
		return this.due;
	}

	void setDue(boolean due) {
		this.due = due;
	}

	/**
	 * Return what was wrong with the first one that has failed, which tells of the others
	 * too.
	 */
	@Nullable IOException failure() {
		return this.failure;
	}

	/**
	 * Begin to connect the endpoint of the owner.
	 * @return whether that has been begun, or has failed; not if the backlog of the
	 * listener is full, which is no failure
	 */
	boolean to(SocketAddress address) {
		this.pending = false;
		try {
			this.owner.renewIfSpent();
		}
		catch (IOException ex) {
			failed(ex);
			return true;
		}
		SocketEndpoint endpoint = socket();
		return endpoint == null || connect(endpoint, address);
	}

	private boolean connect(SocketEndpoint endpoint, SocketAddress address) {
		try {
			this.connected = endpoint.connect(address) && isToAnother(endpoint);
			this.pending = !this.connected;
			this.due = this.connected;
		}
		catch (UnsupportedAddressTypeException ex) {
			failed(new IOException("The socket's family has no address like " + address, ex));
		}
		catch (IOException ex) {
			if (address instanceof UnixDomainSocketAddress && UnixFailures.isBacklogFull(ex)) {
				return false;
			}
			failed(ex);
		}
		catch (RuntimeException ex) {
			failed(new IOException("No connection can be made to " + address, ex));
		}
		return true;
	}

	private void failed(IOException failure) {
		this.pending = false;
		note(failure);
	}

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
	 * Say whether one of them has brought the connection by now.
	 */
	boolean finish(SocketEndpoint endpoint) {
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

	// as if nobody were there, for so it is
	private static boolean isToAnother(SocketEndpoint endpoint) throws IOException {
		SocketAddress address = endpoint.remoteAddress();
		if (endpoint.closeIfItsOwnPeer()) {
			throw new ConnectException("Connection refused: nobody listens at " + address
					+ ", and the system had given that address to this very socket");
		}
		return true;
	}

	/**
	 * Say whether none is left that may still succeed.
	 */
	boolean isOver() {
		synchronized (this.owner.lock()) {
			return !this.pending && this.earlier.isEmpty();
		}
	}

	/**
	 * Give the owner an endpoint that has not been used, and go on waiting for the one it
	 * had if that is pending.
	 * @return whether it has one; if not that is the failure of an attempt
	 */
	boolean renew(SocketEndpoint used) {
		try {
			if (!used.outlivesFailure()) {
				replace(used);
			}
			return true;
		}
		catch (IOException ex) {
			// there are too many open files perhaps, but what is pending may still win
			note(ex);
			return false;
		}
	}

	private void replace(SocketEndpoint used) throws IOException {
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
	 * Give up all but that which has the endpoint of the owner. Safe from any thread.
	 */
	void abandon() {
		synchronized (this.owner.lock()) {
			this.earlier.forEach((attempt) -> this.owner.closeQuietly(attempt.endpoint()));
			this.earlier.clear();
		}
	}

	/**
	 * Have no loop wait for the earlier ones any more.
	 */
	void leave() {
		synchronized (this.owner.lock()) {
			this.earlier.replaceAll((attempt) -> {
				this.owner.forget(attempt.endpoint());
				attempt.endpoint().heldBy(null);
				return new Attempt(attempt.endpoint(), false);
			});
		}
	}

	/**
	 * Have the loop wait for the earlier ones too, unless it does.
	 */
	void join() {
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
	 * Say whether an endpoint is that of an earlier one.
	 */
	boolean isAttempt(Endpoint endpoint) {
		synchronized (this.owner.lock()) {
			return this.earlier.stream().anyMatch((attempt) -> attempt.endpoint().wire() == endpoint);
		}
	}

	/**
	 * Return the endpoint that the owner has now, {@code null} if it was closed.
	 */
	@Nullable SocketEndpoint socket() {
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

}
