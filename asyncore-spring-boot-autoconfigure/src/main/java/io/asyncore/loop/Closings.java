package io.asyncore.loop;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import io.asyncore.transport.Endpoint;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Endpoints of channels that are closed, as long as they have something to finish: output
 * that the system had no room for, or the peer's answer. Nobody else has them any more.
 * Belongs to the thread of the loop.
 */
public final class Closings {

	private static final Logger logger = LoggerFactory.getLogger(Closings.class);

	private final LoopEngine loop;

	private final Set<Closing> closings = new LinkedHashSet<>();

	// those of which the poller has found something
	private final List<Closing> found = new ArrayList<>();

	// whether endpoints are closed at once, whatever they have to finish
	private volatile boolean impatient;

	Closings(LoopEngine loop) {
		this.loop = loop;
	}

	/**
	 * Say whether there are none.
	 * @return whether nothing is left to finish
	 */
	public boolean isEmpty() {
		return this.closings.isEmpty();
	}

	/**
	 * Close an endpoint that has something to finish first, at once if nobody runs the
	 * loop. Safe from any thread.
	 * @param endpoint the endpoint, which nobody else has any more
	 */
	public void finish(Endpoint endpoint) {
		if (this.impatient || this.loop.owner().runner() == null) {
			close(endpoint);
		}
		else if (this.loop.inLoop()) {
			add(endpoint);
		}
		else {
			this.loop.execute(() -> add(endpoint));
		}
	}

	/**
	 * Close at once what is to be finished, until somebody runs the loop again. Safe from
	 * any thread; what is here already is closed by that of the loop only.
	 */
	public void finishNothing() {
		this.impatient = true;
		if (this.loop.inLoop()) {
			abort();
		}
	}

	/**
	 * Note that somebody runs the loop.
	 */
	void begins() {
		this.impatient = false;
	}

	private void add(Endpoint endpoint) {
		Closing closing = new Closing(endpoint);
		this.closings.add(closing);
		closing.begin();
	}

	/**
	 * Go on with those of which the poller has found something in this pass.
	 */
	void goOn() {
		// called in each pass, of which nearly none finds anything
		if (!this.found.isEmpty()) {
			this.found.forEach(Closing::goOn);
			this.found.clear();
		}
	}

	/**
	 * Wait no longer.
	 */
	void abort() {
		for (Closing closing : List.copyOf(this.closings)) {
			closing.end();
		}
	}

	/**
	 * Close an endpoint at once.
	 */
	static void close(Endpoint endpoint) {
		try {
			endpoint.close();
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("Closing {} failed", endpoint, ex);
		}
	}

	/**
	 * One endpoint, and what the poller knows as its owner.
	 */
	final class Closing {

		private final Endpoint endpoint;

		private @Nullable TimerTask deadline;

		private Closing(Endpoint endpoint) {
			this.endpoint = endpoint;
		}

		private void begin() {
			LoopEngine loop = Closings.this.loop;
			loop.polling().forget(this.endpoint);
			loop.polling().hold(this.endpoint);
			Duration patience = this.endpoint.lingering();
			this.deadline = new TimerTask(loop, this::end, patience, false, null);
			this.deadline.start();
			goOn();
		}

		/**
		 * Note what the poller has found.
		 */
		void found(int operations) {
			this.endpoint.found(operations);
			Closings.this.found.add(this);
		}

		private void goOn() {
			if (!Closings.this.closings.contains(this)) {
				return;
			}
			LoopEngine loop = Closings.this.loop;
			try {
				if (!this.endpoint.finish(() -> loop.execute(this::goOn))) {
					loop.poller().interest(this.endpoint.wire(), this, this.endpoint.interest(0));
					return;
				}
			}
			catch (IOException | RuntimeException ex) {
				logger.debug("{} is closed before all is said", this.endpoint, ex);
			}
			end();
		}

		private void end() {
			if (Closings.this.closings.remove(this)) {
				if (this.deadline != null) {
					this.deadline.cancel();
				}
				Closings.this.loop.polling().forget(this.endpoint);
				close(this.endpoint);
				Closings.this.loop.polling().closedHere();
			}
		}

	}

}
