package io.asyncore.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a filter, and nothing of it while a task of it is under way, after it has failed
 * by a fault of its own, or when it is closed. What it throws goes to nobody who has only
 * asked: it is kept until whoever reads or writes is told.
 */
final class GuardedFilter {

	private static final Logger logger = LoggerFactory.getLogger(GuardedFilter.class);

	private final Filter filter;

	private final Endpoint wire;

	private @Nullable IOException violation;

	private boolean told;

	// reading has failed, or anything else by a fault of the filter
	private boolean unreadable;

	private boolean faulty;

	private boolean away;

	private boolean closed;

	GuardedFilter(Filter filter, Endpoint wire) {
		this.filter = filter;
		this.wire = wire;
	}

	// how it is

	/**
	 * Say whether it is here: no task of it is under way, and it was not closed.
	 */
	boolean isHere() {
		return !this.away && !this.closed;
	}

	boolean isClosed() {
		return this.closed;
	}

	private boolean isUsable() {
		return !this.faulty && isHere();
	}

	boolean isReadable() {
		return (ready() & Endpoint.READ) != 0;
	}

	int ready() {
		int ready = 0;
		if (isUsable()) {
			try {
				ready = this.filter.ready();
			}
			catch (RuntimeException | Error ex) {
				failed(ex);
			}
		}
		return this.unreadable ? ready & ~Endpoint.READ : ready;
	}

	boolean awaitsInput() {
		if (this.violation == null && isUsable()) {
			try {
				return this.filter.awaitsInput();
			}
			catch (RuntimeException | Error ex) {
				failed(ex);
			}
		}
		return false;
	}

	// while a task is under way too
	Duration patience() {
		try {
			return Objects.requireNonNull(this.filter.patience(), "patience() has returned null");
		}
		catch (RuntimeException | Error ex) {
			failed(ex);
			return Duration.ZERO;
		}
	}

	boolean isSecured() {
		return this.filter.isSecured();
	}

	// what goes through

	// no lambda, which would be garbage for each read
	void received(ByteBuffer data) {
		if (isUsable()) {
			try {
				this.filter.received(data);
			}
			catch (IOException | RuntimeException | Error ex) {
				failed(ex);
			}
		}
	}

	void receivedEnd() {
		attempt(this.filter::receivedEnd);
	}

	void endOutput() {
		attempt(this.filter::endOutput);
	}

	void endInput() {
		attempt(this.filter::endInput);
	}

	private void attempt(Runnable call) {
		if (isUsable()) {
			try {
				call.run();
			}
			catch (RuntimeException | Error ex) {
				failed(ex);
			}
		}
	}

	/**
	 * Have it put bytes for the wire, those that say what was wrong too.
	 * @return whether there are more
	 */
	boolean transmit(ByteBuffer target) {
		if (isUsable()) {
			try {
				return this.filter.transmit(target);
			}
			catch (IOException | RuntimeException | Error ex) {
				failed(ex);
			}
		}
		return false;
	}

	/**
	 * Read what it has for the dispatcher, what has come before a violation too.
	 */
	int read(ByteBuffer target) {
		if (isUsable() && (this.violation == null || isReadable())) {
			try {
				return this.filter.read(target);
			}
			catch (IOException | RuntimeException | Error ex) {
				this.unreadable = true;
				failed(ex);
			}
		}
		return 0;
	}

	int write(ByteBuffer data) {
		if (this.violation == null && isUsable()) {
			try {
				return this.filter.write(data);
			}
			catch (IOException | RuntimeException | Error ex) {
				failed(ex);
			}
		}
		return 0;
	}

	// its tasks

	/**
	 * Have a task of it done, if there is one.
	 * @param owner does it
	 * @param over called by another thread when it is done, which has to say that it has
	 * {@link #returned}
	 */
	void startTask(FilterOwner owner, Consumer<@Nullable Throwable> over) {
		Runnable task = (this.violation == null) ? task() : null;
		if (task == null) {
			return;
		}
		this.away = true;
		try {
			owner.execute(() -> over.accept(failure(task)));
		}
		catch (RejectedExecutionException ex) {
			returned(ex);
		}
	}

	private static @Nullable Throwable failure(Runnable task) {
		try {
			task.run();
			return null;
		}
		catch (RuntimeException | Error ex) {
			return ex;
		}
	}

	private @Nullable Runnable task() {
		if (isUsable()) {
			try {
				return this.filter.task();
			}
			catch (RuntimeException | Error ex) {
				failed(ex);
			}
		}
		return null;
	}

	/**
	 * Note that a task is over.
	 * @param failure why it has failed, {@code null} if it has not
	 */
	void returned(@Nullable Throwable failure) {
		this.away = false;
		if (failure != null) {
			failed(failure);
		}
		if (this.closed) {
			release();
		}
	}

	/**
	 * Have it let go of its buffers, after the task that is under way.
	 */
	void close() {
		if (!this.closed) {
			this.closed = true;
			if (!this.away) {
				release();
			}
		}
	}

	private void release() {
		try {
			this.filter.close();
		}
		catch (RuntimeException | Error ex) {
			failed(ex);
		}
		if (this.faulty && !this.told) {
			logger.warn("A filter has failed, and its channel was closed before anybody was told", this.violation);
		}
	}

	// its failures

	void failed(Throwable failure) {
		this.faulty |= !(failure instanceof IOException);
		this.unreadable |= this.faulty;
		if (this.violation == null) {
			this.violation = (failure instanceof IOException expected) ? expected
					: new IOException("The filter of " + this.wire + " has failed", failure);
		}
	}

	/**
	 * Return why nothing goes through any more.
	 */
	@Nullable IOException violation() {
		return this.violation;
	}

	/**
	 * Return whether a failure is the violation, once.
	 */
	boolean tellViolation(IOException failure) {
		boolean violation = failure == this.violation && !this.told;
		this.told |= violation;
		return violation;
	}

}
