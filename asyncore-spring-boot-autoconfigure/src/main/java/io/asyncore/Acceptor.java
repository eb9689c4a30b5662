package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;

import io.asyncore.transport.Backoff;
import io.asyncore.transport.SocketEndpoint;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * What a listening dispatcher does besides: it accepts, and holds back while the system
 * has no descriptor left.
 */
final class Acceptor {

	/** How many connections are accepted in one pass, so that others get their turn. */
	static final int BATCH = 64;

	private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

	private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

	private final Owner channel;

	private final Backoff backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);

	// read by other threads too
	private volatile boolean paused;

	// since it could not accept, until it can again
	private volatile boolean failing;

	private @Nullable ScheduledTask resume;

	// the loop that lets it try again early, which it may have left
	private volatile @Nullable PausedListeners pausedIn;

	Acceptor(Owner channel) {
		this.channel = channel;
	}

	boolean isPaused() {
		return this.paused;
	}

	@Nullable Accepted accept() {
		if (this.channel.socket().endpoint() == null || this.channel.socket().state() != ChannelState.LISTENING) {
			return null;
		}
		this.channel.served();
		return accept(this.channel.socket().requireSocket("accept"));
	}

	private @Nullable Accepted accept(SocketEndpoint listener) {
		Newcomer newcomer = Newcomer.of(this);
		if (newcomer != null) {
			// the one before is no concern of what happens from now on
			newcomer.release();
		}
		SocketEndpoint accepted;
		try {
			accepted = listener.accept();
		}
		catch (IOException ex) {
			if (this.channel.socket().endpoint() == listener) {
				pause(ex);
			}
			return null;
		}
		SocketAddress peer = (accepted != null) ? accepted.remoteAddress() : null;
		if (accepted == null || peer == null) {
			return null;
		}
		if (newcomer != null) {
			newcomer.next(accepted);
		}
		totals().addAccepted();
		Trail.accepted(this.channel, peer);
		this.backoff.reset();
		if (this.failing) {
			this.failing = false;
			this.channel.logger().info("{} accepts connections again", this.channel);
			this.channel.tellAccepting(true);
		}
		return new Accepted((SocketChannel) accepted.channel(), peer);
	}

	// an open listener that cannot accept is short of something that will come back; the
	// text of the failure is in the language of the system, so it is not looked at
	private void pause(IOException failure) {
		if (!this.failing) {
			this.failing = true;
			this.channel.logger()
				.warn("{} cannot accept connections for now, they wait in its backlog; allow the process more "
						+ "open files, or have fewer connections: {}", this.channel, failure.toString());
			this.channel.tellAccepting(false);
		}
		this.paused = true;
		PausedListeners paused = this.channel.pausedListeners();
		this.pausedIn = paused;
		paused.add(this);
		this.resume = this.channel.tasks().callLater(this.backoff.next(), (Housekeeping) this::resume);
	}

	/**
	 * End the pause because the listener is closed.
	 */
	void end() {
		leaveLoop();
		if (this.failing) {
			this.failing = false;
			this.channel.tellAccepting(true);
		}
	}

	void resume() {
		ScheduledTask resume = this.resume;
		if (resume != null) {
			resume.cancel();
		}
		leaveLoop();
		this.paused = false;
		this.channel.touch();
	}

	// once, whatever has ended the pause
	private void leaveLoop() {
		PausedListeners paused = this.pausedIn;
		if (paused != null) {
			this.pausedIn = null;
			paused.remove(this);
		}
	}

	/**
	 * Call {@code handleAccept()}. If that fails, the connection it failed over is
	 * closed.
	 */
	void event() throws Exception {
		call(null, null);
	}

	/**
	 * Serve a connection that another listener has accepted. If that fails, it is closed.
	 */
	void received(SocketChannel socket, Step step) throws Exception {
		call(socket, step);
	}

	private void call(@Nullable SocketChannel socket, @Nullable Step step) throws Exception {
		Newcomer newcomer = Newcomer.enter(this, socket);
		try {
			this.channel.callAccept(step);
		}
		catch (Throwable ex) {
			newcomer.failed(ex);
			throw ex;
		}
		finally {
			newcomer.leave();
		}
	}

	/**
	 * Return where it is counted what becomes of the connections.
	 */
	ChannelTotals totals() {
		return this.channel.totals();
	}

	Logger logger() {
		return this.channel.logger();
	}

	/**
	 * What is done with a connection.
	 */
	@FunctionalInterface
	interface Step {

		void take() throws Exception;

	}

	/**
	 * The channel that listens. Called by the thread of its loop.
	 */
	interface Owner extends Trail.Subject {

		ChannelTasks tasks();

		Logger logger();

		/**
		 * Return where it is counted what becomes of the connections.
		 */
		ChannelTotals totals();

		/**
		 * Return the listeners of its loop that accept nothing.
		 */
		PausedListeners pausedListeners();

		/**
		 * Have the loop look at it again.
		 */
		void touch();

		/**
		 * Note that the hook which is running does what it is for.
		 */
		void served();

		/**
		 * Tell the observers that it accepts nothing for now, or does so again.
		 */
		void tellAccepting(boolean again);

		/**
		 * Call {@code handleAccept()}, or take a step in its place.
		 */
		void callAccept(@Nullable Step step) throws Exception;

	}

}
