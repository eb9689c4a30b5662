package io.asyncore;

import java.io.IOException;
import java.nio.channels.SocketChannel;

import io.asyncore.transport.Endpoint;
import io.asyncore.transport.SocketEndpoint;
import io.asyncore.transport.StreamEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * A connection that a listener has accepted, as long as it is not known to be in good
 * hands. If what is done with it fails, it is closed, and so is the channel that has
 * taken it: who that is, is remembered, for a search would take the longer the more
 * channels there are. Belongs to the thread that accepts.
 */
final class Newcomer {

	private static final ThreadLocal<@Nullable Newcomer> CURRENT = new ThreadLocal<>();

	private final Acceptor acceptor;

	// of a handler that runs an inner loop
	private final @Nullable Newcomer outer;

	// null when there is none, or it is in good hands
	private @Nullable SocketChannel socket;

	// which accepting has made of it, if that was done here
	private @Nullable SocketEndpoint endpoint;

	private @Nullable Taker taker;

	private Newcomer(Acceptor acceptor, @Nullable Newcomer outer, @Nullable SocketChannel socket) {
		this.acceptor = acceptor;
		this.outer = outer;
		this.socket = socket;
	}

	/**
	 * Begin to look after what a listener accepts.
	 * @param socket what it has accepted already, if anything
	 * @return who does that, until it {@linkplain #leave() leaves}
	 */
	static Newcomer enter(Acceptor acceptor, @Nullable SocketChannel socket) {
		Newcomer newcomer = new Newcomer(acceptor, CURRENT.get(), socket);
		CURRENT.set(newcomer);
		return newcomer;
	}

	void leave() {
		if (this.outer != null) {
			CURRENT.set(this.outer);
		}
		else {
			CURRENT.remove();
		}
	}

	/**
	 * Return who looks after what a listener accepts, {@code null} if nobody does.
	 */
	static @Nullable Newcomer of(Acceptor acceptor) {
		Newcomer newcomer = CURRENT.get();
		return (newcomer != null && newcomer.acceptor == acceptor) ? newcomer : null;
	}

	/**
	 * Return who looks after a socket, {@code null} if nobody does.
	 */
	static @Nullable Newcomer of(SocketChannel socket) {
		Newcomer newcomer = CURRENT.get();
		while (newcomer != null && newcomer.socket != socket) {
			newcomer = newcomer.outer;
		}
		return newcomer;
	}

	/**
	 * Note that a socket is in good hands.
	 */
	static void release(SocketChannel socket) {
		Newcomer newcomer = of(socket);
		if (newcomer != null) {
			newcomer.release();
		}
	}

	/**
	 * Look after another connection. The one before it is in good hands.
	 */
	void next(SocketEndpoint accepted) {
		this.socket = (SocketChannel) accepted.channel();
		this.endpoint = accepted;
		this.taker = null;
	}

	/**
	 * Return what accepting has made of the socket, {@code null} if that is not known.
	 */
	@Nullable SocketEndpoint endpoint() {
		return this.endpoint;
	}

	/**
	 * Note that it is in good hands.
	 */
	void release() {
		this.socket = null;
		this.endpoint = null;
		this.taker = null;
	}

	/**
	 * Note which channel has it. From then on that counts what becomes of the connection:
	 * it is opened, or else it was rejected. Under the lock of the channel.
	 */
	void takenBy(Taker taker) {
		this.taker = taker;
		taker.counters().accepted(this.acceptor.totals());
	}

	/**
	 * Close it after a failure, unless that is meant to leave the loop and a channel has
	 * it: that may be served by the next one who runs the loop.
	 */
	void failed(Throwable failure) {
		if (this.taker == null || !ExitNow.isExit(failure)) {
			reject(RejectReason.ERROR);
		}
	}

	// which may have another one by now
	private static boolean isWith(Taker taker, SocketChannel socket) {
		Endpoint endpoint = taker.socket().endpoint();
		return endpoint != null && endpoint.channel() == socket;
	}

	/**
	 * Close it, and the channel that has it.
	 */
	void reject(RejectReason reason) {
		SocketChannel socket = this.socket;
		Taker taker = this.taker;
		if (socket == null) {
			return;
		}
		release();
		if (taker == null) {
			this.acceptor.totals().addRejected(reason);
		}
		else if (isWith(taker, socket)) {
			if (reason == RejectReason.ERROR) {
				taker.counters().inferReason(CloseReason.ERROR);
			}
			taker.closeForcibly();
		}
		try {
			StreamEndpoint.close(socket);
		}
		catch (IOException ex) {
			this.acceptor.logger().debug("Closing {} failed", socket, ex);
		}
	}

	/**
	 * A channel that has taken the connection.
	 */
	interface Taker {

		ChannelSocket socket();

		Counters counters();

		/**
		 * Close, whatever the dispatcher makes of that.
		 */
		void closeForcibly();

	}

}
