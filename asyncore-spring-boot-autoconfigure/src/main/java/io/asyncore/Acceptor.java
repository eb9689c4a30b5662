package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.function.Consumer;

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

	private final ServedChannel channel;

	private final Backoff backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);

	// read by other threads too
	private volatile boolean paused;

	// since it could not accept, until it can again
	private volatile boolean failing;

	private @Nullable ScheduledTask resume;

	// the loop that lets it try again early, which it may have left
	private volatile @Nullable LoopParts pausedIn;

	Acceptor(ServedChannel channel) {
		this.channel = channel;
	}

	boolean isPaused() {
		return this.paused;
	}

	@Nullable Accepted accept() {
		if (this.channel.endpoint() == null || this.channel.state() != ChannelState.LISTENING) {
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
			if (this.channel.endpoint() == listener) {
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
			this.channel.type().logger().info("{} accepts connections again", this.channel);
			tell((observer) -> observer.acceptResumed(this.channel.dispatcher(), PauseReason.DESCRIPTORS));
		}
		return new Accepted((SocketChannel) accepted.channel(), peer);
	}

	// an open listener that cannot accept is short of something that will come back; the
	// text of the failure is in the language of the system, so it is not looked at
	private void pause(IOException failure) {
		if (!this.failing) {
			this.failing = true;
			this.channel.type()
				.logger()
				.warn("{} cannot accept connections for now, they wait in its backlog; allow the process more "
						+ "open files, or have fewer connections: {}", this.channel, failure.toString());
			tell((observer) -> observer.acceptPaused(this.channel.dispatcher(), PauseReason.DESCRIPTORS));
		}
		this.paused = true;
		LoopParts loop = this.channel.loop();
		this.pausedIn = loop;
		loop.pauseAccepting(this);
		this.resume = this.channel.tasks().callLater(this.backoff.next(), (Housekeeping) this::resume);
	}

	private void tell(Consumer<EventLoopObserver> news) {
		this.channel.loop().monitor().tell(news);
	}

	/**
	 * End the pause because the listener is closed.
	 */
	void end() {
		leaveLoop();
		if (this.failing) {
			this.failing = false;
			tell((observer) -> observer.acceptResumed(this.channel.dispatcher(), PauseReason.DESCRIPTORS));
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
		LoopParts loop = this.pausedIn;
		if (loop != null) {
			this.pausedIn = null;
			loop.acceptsAgain(this);
		}
	}

	/**
	 * Call {@code handleAccept()}. If that fails, the connection it failed over is
	 * closed.
	 */
	void event() throws Exception {
		call(null, Dispatcher::handleAccept);
	}

	/**
	 * Serve a connection that another listener has accepted. If that fails, it is closed.
	 */
	void received(SocketChannel socket, Dispatcher.HookCall<Dispatcher> call) throws Exception {
		call(socket, call);
	}

	private void call(@Nullable SocketChannel socket, Dispatcher.HookCall<Dispatcher> call) throws Exception {
		Newcomer newcomer = Newcomer.enter(this, socket);
		try {
			this.channel.observe(Hook.ACCEPT, this.channel.dispatcher(), call);
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
		return this.channel.type().logger();
	}

}
