package io.asyncore.transport;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;

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
public final class FilteredEndpoint implements Endpoint {

	/** What there is room for when a filter is asked for bytes of the wire. */
	static final int PIECE = 32 * 1024;

	// what the wire is given at once, and what is kept at most if it takes nothing of it
	private static final int BATCH = 3 * PIECE;

	private final Endpoint wire;

	private final Filter filter;

	private final Owner owner;

	// what has come that the filter had no room for
	private @Nullable ByteBuffer rest;

	// what is to go that the wire had no room for
	private @Nullable ByteBuffer out;

	// what the dispatcher waits for, and what that has come to
	private int wanted;

	private int asked;

	// the poller has found something to read, and room to write
	private boolean found;

	private boolean room = true;

	private boolean wireEnded;

	// a task is under way: the filter is not to be called
	private boolean away;

	// whether no more output comes, the filter knows, and the wire
	private boolean outputEnding;

	private boolean outputEnded;

	private boolean wireShut;

	// whom to tell that closing may go on
	private @Nullable Runnable closing;

	private boolean inputEnded;

	private boolean closed;

	// of the wire, or those of the filter
	private @Nullable IOException inputFailure;

	private @Nullable IOException outputFailure;

	private @Nullable IOException violation;

	// whether somebody knows that output is lost, and why
	private boolean told;

	private boolean violationTold;

	// whether reading from the filter has failed, or anything else by its own fault: then
	// it is not called any more
	private boolean unreadable;

	private boolean faulty;

	/**
	 * Create a new instance.
	 * @param wire what the bytes go through, which is connected; closed with this
	 * endpoint
	 * @param filter what changes them
	 * @param owner whose endpoint it is
	 */
	public FilteredEndpoint(Endpoint wire, Filter filter, Owner owner) {
		this.wire = wire;
		this.filter = filter;
		this.owner = owner;
	}

	// readiness

	@Override
	public Endpoint wire() {
		return this.wire.wire();
	}

	@Override
	public boolean isPolled() {
		return false;
	}

	@Override
	public synchronized void found(int ready) {
		this.wire.found(ready);
		this.found |= (ready & READ) != 0;
		this.room |= (ready & WRITE) != 0;
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
		int need = (this.out != null) ? WRITE : 0;
		boolean input = isCallable() && !isInputOver()
				&& (isInputAwaited() || ((this.wanted & READ) != 0 && !isReadable()));
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
			violated(ex);
			return READ | WRITE;
		}
	}

	private int possible() {
		if (!isCallable()) {
			return 0;
		}
		if (this.violation != null) {
			return READ | WRITE;
		}
		boolean read = isReadable() || this.inputFailure != null;
		boolean write = this.outputFailure != null || (this.out == null && (this.filter.ready() & WRITE) != 0);
		return (read ? READ : 0) | (write ? WRITE : 0);
	}

	private boolean isCallable() {
		return !this.away && !this.closed;
	}

	private boolean isReadable() {
		return !this.unreadable && (this.filter.ready() & READ) != 0;
	}

	private boolean isInputAwaited() {
		return !isInputOver() && this.filter.awaitsInput();
	}

	private boolean isInputOver() {
		return this.wireEnded || this.inputFailure != null || this.violation != null;
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
		while (isCallable() && isInputDue() && fill(false, null)) {
			flushed = flush(null);
		}
		if (flushed && this.outputEnded && !this.wireShut && this.closing == null && isCallable()
				&& !isInputAwaited()) {
			shutWire();
		}
		return flushed;
	}

	private boolean isInputDue() {
		if (this.inputEnded) {
			discard();
		}
		return this.violation == null && !isReadable()
				&& (this.rest != null || this.filter.awaitsInput() || (this.wanted & READ) != 0);
	}

	// of a channel that is closed
	private void discard() {
		ByteBuffer buffer = this.owner.takeBuffer(PIECE);
		int count = 1;
		while (count > 0) {
			count = readFiltered(buffer.position(0));
		}
		this.owner.giveBack(buffer);
	}

	// to the wire

	/**
	 * Give the wire what there is for it.
	 * @param data output of the dispatcher that the filter takes, if any
	 * @return whether the wire has taken all that the filter had for it
	 */
	private boolean flush(@Nullable ByteBuffer data) {
		// to write the little that there is room for before the system says so makes the
		// stream slow
		if (this.out != null && (this.room || hasWire(WRITE))) {
			this.out = sent(this.out) ? null : this.out;
		}
		if (this.out != null || !isCallable() || this.outputFailure != null || this.faulty) {
			return this.out == null && !this.away;
		}
		if (this.outputEnding && !this.outputEnded) {
			this.outputEnded = true;
			this.filter.endOutput();
		}
		if (this.closing != null && !this.inputEnded) {
			this.inputEnded = true;
			this.filter.endInput();
		}
		ByteBuffer buffer = this.owner.takeBuffer(BATCH);
		try {
			boolean more = true;
			while (more && this.out == null && this.outputFailure == null) {
				more = gather(buffer.position(0).limit(BATCH), data);
				if (!sent(buffer.flip())) {
					this.out = copy(buffer);
				}
			}
		}
		finally {
			this.owner.giveBack(buffer);
		}
		startTask();
		return this.out == null && !this.away;
	}

	/**
	 * Ask the filter what there is for the wire.
	 * @return whether there may be more
	 */
	private boolean gather(ByteBuffer buffer, @Nullable ByteBuffer data) {
		boolean more = true;
		while (more && buffer.remaining() >= PIECE) {
			int before = buffer.position();
			more = transmit(buffer) && buffer.position() > before;
			if (!more && data != null && data.hasRemaining() && this.violation == null) {
				more = writeFiltered(data) > 0;
			}
		}
		return more;
	}

	private boolean transmit(ByteBuffer buffer) {
		try {
			return this.filter.transmit(buffer);
		}
		catch (IOException | RuntimeException | Error ex) {
			violated(ex);
			return false;
		}
	}

	// as nobody would take the rest if it fails, there is none then
	private boolean sent(ByteBuffer data) {
		if (data.hasRemaining()) {
			try {
				int count = this.wire.write(data);
				active(count);
			}
			catch (IOException ex) {
				this.outputFailure = ex;
				return true;
			}
		}
		this.room = !data.hasRemaining();
		return this.room;
	}

	private void shutWire() {
		this.wireShut = true;
		try {
			this.wire.shutdownOutput();
		}
		catch (IOException ex) {
			this.outputFailure = ex;
		}
	}

	private void active(int count) {
		if (count > 0 && this.closing == null) {
			this.owner.active();
		}
	}

	private static ByteBuffer copy(ByteBuffer data) {
		return ByteBuffer.allocate(data.remaining()).put(data).flip();
	}

	// from the wire

	/**
	 * Give the filter more of the wire.
	 * @param asking whether to ask the wire that is not known to have something
	 * @param target takes what comes of it, if anybody wants that
	 * @return whether the filter got something
	 */
	private boolean fill(boolean asking, @Nullable ByteBuffer target) {
		ByteBuffer rest = this.rest;
		if (rest != null) {
			int before = rest.remaining();
			pass(rest, target);
			this.rest = (rest.hasRemaining() && this.violation == null) ? rest : null;
			return rest.remaining() < before;
		}
		if (isInputOver() || !(asking || this.found || hasWire(READ))) {
			return false;
		}
		// little more than is wanted, for what is left would have to be kept
		int size = (target != null) ? Math.max(PIECE, target.remaining()) : PIECE;
		ByteBuffer buffer = this.owner.takeBuffer(Math.min(size, BufferPool.CAPACITY));
		try {
			return fill(buffer, target);
		}
		catch (IOException ex) {
			this.inputFailure = ex;
			return false;
		}
		finally {
			this.owner.giveBack(buffer);
		}
	}

	private boolean hasWire(int operation) {
		return !this.wire.isPolled() && (this.wire.ready() & operation) != 0;
	}

	private boolean fill(ByteBuffer buffer, @Nullable ByteBuffer target) throws IOException {
		int count = this.wire.read(buffer);
		// otherwise there is no more, or the poller finds it again
		this.found = count > 0 && !buffer.hasRemaining();
		if (count > 0) {
			active(count);
			pass(buffer.flip(), target);
			this.rest = (buffer.hasRemaining() && this.violation == null) ? copy(buffer) : null;
		}
		else if (count < 0) {
			this.wireEnded = true;
			this.filter.receivedEnd();
		}
		return count != 0;
	}

	// through the filter, as far as that and the target have room
	private void pass(ByteBuffer data, @Nullable ByteBuffer target) {
		boolean more = true;
		while (more && data.hasRemaining()) {
			int before = data.remaining();
			received(data);
			int count = (target != null && target.hasRemaining()) ? readFiltered(target) : 0;
			more = this.violation == null && (data.remaining() < before || count > 0);
		}
	}

	private void received(ByteBuffer data) {
		try {
			this.filter.received(data);
		}
		catch (IOException | RuntimeException | Error ex) {
			violated(ex);
		}
	}

	private void violated(Throwable failure) {
		this.faulty |= !(failure instanceof IOException);
		this.unreadable |= this.faulty;
		if (this.violation == null) {
			this.violation = (failure instanceof IOException expected) ? expected
					: new IOException("The filter of " + this.wire + " has failed", failure);
			this.rest = null;
		}
	}

	// tasks

	private void startTask() {
		Runnable task = (this.violation != null) ? null : this.filter.task();
		if (task == null) {
			return;
		}
		this.away = true;
		try {
			this.owner.execute(() -> run(task));
		}
		catch (RejectedExecutionException ex) {
			this.away = false;
			violated(ex);
		}
	}

	private void run(Runnable task) {
		Throwable failure = null;
		try {
			task.run();
		}
		catch (RuntimeException | Error ex) {
			failure = ex;
		}
		returned(failure);
	}

	private void returned(@Nullable Throwable failure) {
		Runnable closing;
		synchronized (this) {
			this.away = false;
			closing = this.closing;
			if (failure != null) {
				violated(failure);
			}
			if (this.closed) {
				this.filter.close();
				return;
			}
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
		boolean more = isCallable() && buffer.hasRemaining();
		while (more) {
			int count = readFiltered(buffer);
			ended = count < 0;
			more = !ended && buffer.hasRemaining() && isCallable();
			if (more && count == 0) {
				more = fill(asking, buffer);
				asking = false;
			}
		}
		work();
		tell();
		int count = buffer.position() - start;
		if (count == 0 && !ended && isCallable() && !isReadable()) {
			throwFailure(this.inputFailure);
		}
		return (ended && count == 0) ? -1 : count;
	}

	private int readFiltered(ByteBuffer buffer) {
		if (this.violation != null && !isReadable()) {
			return 0;
		}
		try {
			return this.filter.read(buffer);
		}
		catch (IOException | RuntimeException | Error ex) {
			this.unreadable = true;
			violated(ex);
			return 0;
		}
	}

	@Override
	public synchronized int write(ByteBuffer data) throws IOException {
		if (this.outputEnding) {
			throw new ClosedChannelException();
		}
		int start = data.position();
		// whoever tries knows why
		this.room = true;
		flush(data);
		work();
		tell();
		if (this.outputFailure != null || this.violation != null) {
			this.told |= this.outputFailure != null;
			// as a socket does, whatever the filter has taken
			data.position(start);
			throwFailure(this.outputFailure);
		}
		return data.position() - start;
	}

	private int writeFiltered(ByteBuffer data) {
		try {
			return this.filter.write(data);
		}
		catch (IOException | RuntimeException | Error ex) {
			violated(ex);
			return 0;
		}
	}

	private void throwFailure(@Nullable IOException ofWire) throws IOException {
		IOException failure = (this.violation != null) ? this.violation : ofWire;
		if (failure != null) {
			throw failure;
		}
	}

	// what has changed without the poller or the loop having seen it
	private void tell() {
		if (this.closing == null && (need() != this.asked || (possible() & this.wanted) != 0)) {
			this.owner.touch();
		}
	}

	@Override
	public synchronized long write(FileChannel file, long position, long count) throws IOException {
		// no more at once than is sure to be taken if anything is
		ByteBuffer buffer = this.owner.takeBuffer(PIECE);
		try {
			long sent = 0;
			boolean more = (ready() & WRITE) != 0;
			while (more && sent < count) {
				buffer.position(0).limit((int) Math.min(count - sent, PIECE));
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
		return ((this.out != null) ? this.out.remaining() : 0) + this.wire.held();
	}

	@Override
	public synchronized boolean isBroken() {
		boolean broken = this.outputFailure != null || (this.violation != null && isCallable() && !isReadable());
		return (!this.told && broken) || this.wire.isBroken();
	}

	@Override
	public synchronized @Nullable IOException takeFailure() {
		IOException failure = (this.violation != null) ? this.violation : this.outputFailure;
		if (this.told || failure == null) {
			return this.wire.takeFailure();
		}
		this.told = true;
		return failure;
	}

	@Override
	public synchronized boolean isViolation(IOException failure) {
		if (failure != this.violation || this.violationTold) {
			return this.wire.isViolation(failure);
		}
		this.told = true;
		this.violationTold = true;
		return true;
	}

	// its end

	@Override
	public synchronized void shutdownOutput() throws IOException {
		this.outputEnding = true;
		work();
		tell();
		throwFailure(this.outputFailure);
	}

	@Override
	public Duration lingering() {
		return this.filter.patience();
	}

	@Override
	public synchronized boolean finish(Runnable again) {
		if (this.closed) {
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
			violated(ex);
			return true;
		}
		boolean lost = this.outputFailure != null && !this.away;
		return lost || (flushed && !isInputAwaited() && this.wire.finish(again));
	}

	@Override
	public void close() throws IOException {
		synchronized (this) {
			if (!this.closed) {
				this.closed = true;
				this.rest = null;
				this.out = null;
				if (!this.away) {
					this.filter.close();
				}
			}
		}
		this.wire.close();
	}

	@Override
	public void heldBy(@Nullable Holdings holdings) {
		this.wire.heldBy(holdings);
	}

	// what it is

	@Override
	public Stage stage() {
		return this.wire.stage();
	}

	@Override
	public @Nullable SocketEndpoint socket() {
		return this.wire.socket();
	}

	@Override
	public @Nullable SelectableChannel channel() {
		return this.wire.channel();
	}

	@Override
	public @Nullable SocketAddress localAddress() {
		return this.wire.localAddress();
	}

	@Override
	public @Nullable SocketAddress remoteAddress() {
		return this.wire.remoteAddress();
	}

	@Override
	public boolean hasPeer() {
		return this.wire.hasPeer();
	}

	@Override
	public boolean isResetByUnreadInput() {
		return this.wire.isResetByUnreadInput();
	}

	@Override
	public boolean isSecured() {
		return this.filter.isSecured() || this.wire.isSecured();
	}

	@Override
	public UnsupportedOperationException unsupported(String method) {
		return this.wire.unsupported(method);
	}

	@Override
	public String toString() {
		return this.wire.toString();
	}

	/**
	 * Whose endpoint it is. Called by the thread of the loop, except for what says
	 * otherwise.
	 */
	public interface Owner {

		/**
		 * Take a buffer. Safe from any thread.
		 * @param size the room needed, in bytes
		 * @return the buffer, limited to that
		 */
		ByteBuffer takeBuffer(int size);

		/**
		 * Give back a buffer that was taken. Safe from any thread.
		 * @param buffer the buffer
		 */
		void giveBack(ByteBuffer buffer);

		/**
		 * Have work done by another thread.
		 * @param task the work
		 * @throws RejectedExecutionException if nobody takes it
		 */
		void execute(Runnable task);

		/**
		 * Note that the endpoint may be {@link Endpoint#ready()} for something that was
		 * waited for. Safe from any thread.
		 */
		void announce();

		/**
		 * Ask again what is waited for. Safe from any thread.
		 */
		void touch();

		/**
		 * Note that bytes have come or gone over the wire.
		 */
		void active();

	}

}
