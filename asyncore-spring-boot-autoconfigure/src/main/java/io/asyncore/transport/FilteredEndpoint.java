package io.asyncore.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * A stream with a {@link Filter} before it. The poller waits for the wire below; what
 * that makes possible for the dispatcher is said by {@link #ready()}.
 * <p>
 * Holds nothing as long as the wire has room and what has come is complete: otherwise
 * what the wire did not take, and what the filter had no room for. Reads no more from the
 * wire than the dispatcher wants or the filter awaits.
 * <p>
 * The lock is for {@link #close()} and {@link #finish}, which any thread may call, and
 * for the thread that has done a task.
 */
public final class FilteredEndpoint extends ForwardingEndpoint {

	private final GuardedFilter filter;

	private final FilterOwner owner;

	// one for all tasks, or each write would make one
	private final Consumer<@Nullable Throwable> taskOver = this::returned;

	private final WireInput input;

	private final WireOutput output;

	// what the dispatcher waits for, and what that has come to
	private int wanted;

	private int asked;

	// whether no more output comes, and whether the filter knows
	private boolean outputEnding;

	private boolean outputEnded;

	// whom to tell that closing may go on, and whether the filter knows
	private @Nullable Runnable closing;

	private boolean inputEnded;

	// whether somebody knows that output is lost, and why
	private boolean told;

	/**
	 * Create a new instance.
	 * @param wire what the bytes go through, which is connected; closed with this
	 * endpoint
	 * @param filter what changes them
	 * @param owner whose endpoint it is
	 */
	public FilteredEndpoint(Endpoint wire, Filter filter, FilterOwner owner) {
		super(wire);
		this.filter = new GuardedFilter(filter, wire);
		this.owner = owner;
		this.input = new WireInput(wire, this.filter, owner, this::active);
		this.output = new WireOutput(wire, this.filter, owner, this::active);
	}

	private void active() {
		if (this.closing == null) {
			this.owner.active();
		}
	}

	// readiness

	@Override
	public boolean isPolled() {
		return false;
	}

	@Override
	public synchronized void found(int ready) {
		this.wire.found(ready);
		if ((ready & READ) != 0) {
			this.input.found();
		}
		if ((ready & WRITE) != 0) {
			this.output.found();
		}
	}

	@Override
	public synchronized int interest(int wanted) {
		boolean more = (wanted & ~this.wanted) != 0;
		this.wanted = wanted;
		if (more && (ready() & wanted) != 0) {
			// of that the poller knows nothing
			this.owner.announce();
		}
		this.asked = need();
		return this.wire.interest(this.asked);
	}

	// what to wait for
	private int need() {
		int need = this.output.isFlushed() ? 0 : WRITE;
		boolean input = this.filter.isHere() && !this.input.isOver()
				&& (this.filter.awaitsInput() || ((this.wanted & READ) != 0 && !this.filter.isReadable()));
		return input ? need | READ : need;
	}

	@Override
	public synchronized int ready() {
		try {
			work();
			return possible();
		}
		catch (RuntimeException | Error ex) {
			// here is no hook whose failure it would be
			this.filter.failed(ex);
			return READ | WRITE;
		}
	}

	private int possible() {
		if (!this.filter.isHere()) {
			return 0;
		}
		int ready = this.filter.ready();
		if (this.filter.violation() != null) {
			return READ | WRITE;
		}
		boolean read = (ready & READ) != 0 || this.input.failure() != null;
		boolean write = this.output.failure() != null || (this.output.isFlushed() && (ready & WRITE) != 0);
		return (read ? READ : 0) | (write ? WRITE : 0);
	}

	private boolean isInputAwaited() {
		return !this.input.isOver() && this.filter.awaitsInput();
	}

	/**
	 * Do what needs no dispatcher.
	 * @return whether the wire has all that there is for it
	 */
	private boolean work() {
		if (!this.wire.isPolled()) {
			// it has work of its own
			this.wire.ready();
		}
		boolean flushed = flush(null);
		while (this.filter.isHere() && isInputDue() && this.input.fill(false, null)) {
			flushed = flush(null);
		}
		if (flushed && this.outputEnded && this.closing == null && this.filter.isHere() && !isInputAwaited()) {
			this.output.shut();
		}
		return flushed;
	}

	private boolean isInputDue() {
		if (this.inputEnded) {
			skipInput();
		}
		boolean due = !this.filter.isReadable()
				&& (this.input.isHolding() || this.filter.awaitsInput() || (this.wanted & READ) != 0);
		return due && this.filter.violation() == null;
	}

	// of a channel that is closed
	private void skipInput() {
		ByteBuffer buffer = this.owner.takeBuffer(WireOutput.PIECE);
		try {
			int count = 1;
			while (count > 0) {
				count = this.filter.read(buffer.position(0));
			}
		}
		finally {
			this.owner.giveBack(buffer);
		}
	}

	/**
	 * Give the wire what there is for it.
	 * @param data output of the dispatcher that the filter takes, if any
	 * @return whether the wire has taken all that the filter had for it
	 */
	private boolean flush(@Nullable ByteBuffer data) {
		if (this.output.goOn() && this.filter.isHere()) {
			tellEnds();
			this.output.flush(data);
			this.filter.startTask(this.owner, this.taskOver);
		}
		return this.output.isFlushed() && this.filter.isHere();
	}

	private void tellEnds() {
		if (this.outputEnding && !this.outputEnded) {
			this.outputEnded = true;
			this.filter.endOutput();
		}
		if (this.closing != null && !this.inputEnded) {
			this.inputEnded = true;
			this.filter.endInput();
		}
	}

	// what has changed without the poller or the loop having seen it
	private void tell() {
		if (this.closing == null && (need() != this.asked || (possible() & this.wanted) != 0)) {
			this.owner.touch();
		}
	}

	// tasks

	private void returned(@Nullable Throwable failure) {
		Runnable closing;
		synchronized (this) {
			this.filter.returned(failure);
			if (this.filter.isClosed()) {
				return;
			}
			closing = this.closing;
		}
		if (closing != null) {
			closing.run();
		}
		else {
			this.owner.announce();
		}
	}

	// bytes

	@Override
	public synchronized int read(ByteBuffer buffer) throws IOException {
		int start = buffer.position();
		boolean ended = false;
		boolean asking = true;
		boolean more = this.filter.isHere() && buffer.hasRemaining();
		while (more) {
			int count = this.filter.read(buffer);
			ended = count < 0;
			more = !ended && buffer.hasRemaining() && this.filter.isHere();
			if (more && count == 0) {
				more = this.input.fill(asking, buffer);
				asking = false;
			}
		}
		work();
		tell();
		int count = buffer.position() - start;
		if (count == 0 && !ended && this.filter.isHere() && !this.filter.isReadable()) {
			throwFailure(this.input.failure());
		}
		return (ended && count == 0) ? -1 : count;
	}

	@Override
	public synchronized int write(ByteBuffer data) throws IOException {
		if (this.outputEnding) {
			throw new ClosedChannelException();
		}
		int start = data.position();
		// whoever tries knows why
		this.output.found();
		flush(data);
		work();
		tell();
		IOException failure = this.output.failure();
		if (failure != null || this.filter.violation() != null) {
			this.told |= failure != null;
			// as a socket does, whatever the filter has taken
			data.position(start);
			throwFailure(failure);
		}
		return data.position() - start;
	}

	@Override
	public synchronized long write(FileChannel file, long position, long count) throws IOException {
		// no more at once than is sure to be taken if anything is
		ByteBuffer buffer = this.owner.takeBuffer(WireOutput.PIECE);
		try {
			long sent = 0;
			boolean more = (ready() & WRITE) != 0;
			while (more && sent < count) {
				buffer.position(0).limit((int) Math.min(count - sent, WireOutput.PIECE));
				file.read(buffer, position + sent);
				sent += write(buffer.flip());
				more = buffer.limit() > 0 && !buffer.hasRemaining() && (possible() & WRITE) != 0;
			}
			return sent;
		}
		finally {
			this.owner.giveBack(buffer);
		}
	}

	@Override
	public synchronized int held() {
		return this.output.held() + this.wire.held();
	}

	// failures

	private void throwFailure(@Nullable IOException ofWire) throws IOException {
		IOException violation = this.filter.violation();
		IOException failure = (violation != null) ? violation : ofWire;
		if (failure != null) {
			throw failure;
		}
	}

	@Override
	public synchronized boolean isBroken() {
		boolean broken = this.output.failure() != null
				|| (this.filter.violation() != null && this.filter.isHere() && !this.filter.isReadable());
		return (!this.told && broken) || this.wire.isBroken();
	}

	@Override
	public synchronized @Nullable IOException takeFailure() {
		IOException violation = this.filter.violation();
		IOException failure = (violation != null) ? violation : this.output.failure();
		if (this.told || failure == null) {
			return this.wire.takeFailure();
		}
		this.told = true;
		return failure;
	}

	@Override
	public synchronized boolean isViolation(IOException failure) {
		boolean violation = this.filter.tellViolation(failure);
		this.told |= violation;
		return violation || this.wire.isViolation(failure);
	}

	// its end

	@Override
	public synchronized void shutdownOutput() throws IOException {
		this.outputEnding = true;
		work();
		tell();
		throwFailure(this.output.failure());
	}

	@Override
	public synchronized Duration lingering() {
		return this.filter.patience();
	}

	@Override
	public synchronized boolean finish(Runnable again) {
		if (this.filter.isClosed()) {
			return true;
		}
		this.closing = again;
		this.outputEnding = true;
		this.wanted = 0;
		boolean flushed;
		try {
			flushed = work();
		}
		catch (RuntimeException | Error ex) {
			this.filter.failed(ex);
			return true;
		}
		boolean lost = this.output.failure() != null && this.filter.isHere();
		return lost || (flushed && !isInputAwaited() && this.wire.finish(again));
	}

	@Override
	public void close() throws IOException {
		synchronized (this) {
			this.input.discard();
			this.output.discard();
			this.filter.close();
		}
		this.wire.close();
	}

	@Override
	public boolean isSecured() {
		return this.filter.isSecured() || super.isSecured();
	}

}
