package io.asyncore;

import io.asyncore.loop.LoopEngine;
import io.asyncore.transport.Endpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes on what happens in a loop to those whom it concerns.
 */
final class LoopListener implements LoopEngine.Listener {

	private static final Logger logger = LoggerFactory.getLogger(EventLoop.class);

	private final EventLoop loop;

	LoopListener(EventLoop loop) {
		this.loop = loop;
	}

	EventLoop loop() {
		return this.loop;
	}

	@Override
	public boolean isEmpty() {
		return this.loop.map().isEmpty();
	}

	@Override
	public boolean isIdle() {
		return this.loop.shutdown().isIdle();
	}

	@Override
	public boolean isExit(Throwable failure) {
		return EventLoop.isExit(failure);
	}

	@Override
	public boolean isLagWanted() {
		return this.loop.monitor().isLagWanted();
	}

	@Override
	public void begins() {
		LostChannels.begins(this.loop);
	}

	@Override
	public void ends(boolean run) {
		if (run) {
			LostChannels.ends(this.loop);
			this.loop.failures().flush();
		}
		this.loop.shutdown().forget();
	}

	@Override
	public void left() {
		this.loop.arrivals().turnAway();
	}

	// nearly always just one
	@Override
	public void ready(int operations) {
		LoopMonitor monitor = this.loop.monitor();
		if ((operations & Endpoint.READ) != 0) {
			monitor.ready(Hook.READ);
		}
		if ((operations & Endpoint.WRITE) != 0) {
			monitor.ready(Hook.WRITE);
		}
		if ((operations & Endpoint.CONNECT) != 0) {
			monitor.ready(Hook.CONNECT);
		}
		if ((operations & Endpoint.ACCEPT) != 0) {
			monitor.ready(Hook.ACCEPT);
		}
	}

	@Override
	public void late(long nanos) {
		this.loop.monitor().late(nanos);
	}

	@Override
	public void found(long waited, long worked) {
		this.loop.monitor().tellFound(waited, worked);
	}

	@Override
	public void passed() {
		this.loop.monitor().passed();
	}

	@Override
	public void failed(String message, Throwable failure) {
		this.loop.report(logger, message, "", failure);
	}

}
