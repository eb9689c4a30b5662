package io.asyncore;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;

import io.asyncore.loop.Offload;
import io.asyncore.transport.Endpoint;
import io.asyncore.transport.FilterOwner;
import io.asyncore.transport.FilteredEndpoint;
import io.asyncore.transport.NioTransport;
import io.asyncore.transport.Poller;
import io.asyncore.transport.SocketEndpoint;
import io.asyncore.transport.Transports;
import org.junit.jupiter.api.extension.Extension;

/**
 * A transport whose connections have two filters, of which the second one undoes what the
 * first one does: peers without any see what they would see, and all that goes through
 * filters can be tested by the tests of what goes without.
 * <p>
 * With {@code -Dtest.transport=filtered} and
 * {@code -Djunit.jupiter.extensions.autodetection.enabled=true} all maps use it that are
 * not made with another one.
 */
final class FilteredTransport extends NioTransport {

	// not the same, so that they are full at different times
	private static final int INNER_ROOM = 5000;

	private static final int OUTER_ROOM = 3000;

	/** Say whether all maps use it. */
	static boolean isEverywhere() {
		return "filtered".equals(System.getProperty("test.transport"));
	}

	@Override
	public SocketEndpoint open(ProtocolFamily family, boolean datagrams) throws IOException {
		SocketEndpoint socket = super.open(family, datagrams);
		return datagrams ? socket : new Filtered(socket);
	}

	@Override
	public Endpoint of(SelectableChannel channel) throws IOException {
		Endpoint endpoint = super.of(channel);
		boolean stream = channel instanceof SocketChannel || channel instanceof ServerSocketChannel;
		return stream ? new Filtered((SocketEndpoint) endpoint) : endpoint;
	}

	@Override
	public Poller poller() {
		return new KnowingPoller(super.poller());
	}

	/**
	 * A socket that has filters when it is connected.
	 */
	private static final class Filtered implements SocketEndpoint, FilterOwner {

		private static final Map<Endpoint, WeakReference<Filtered>> ALL = Collections
			.synchronizedMap(new WeakHashMap<>());

		private final SocketEndpoint socket;

		private volatile Endpoint filtered;

		private volatile Channel channel;

		Filtered(SocketEndpoint socket) {
			this.socket = socket;
			ALL.put(socket, new WeakReference<>(this));
		}

		static void known(Endpoint socket, Object owner) {
			WeakReference<Filtered> reference = ALL.get(socket);
			Filtered known = (reference != null) ? reference.get() : null;
			if (known != null && owner instanceof Channel channel) {
				known.channel = channel;
			}
		}

		private synchronized Endpoint endpoint() {
			if (this.filtered == null && this.socket.stage() == Stage.CONNECTED) {
				Endpoint inner = new FilteredEndpoint(this.socket, new Complement(INNER_ROOM), this);
				this.filtered = new FilteredEndpoint(inner, new Complement(OUTER_ROOM), this);
			}
			return (this.filtered != null) ? this.filtered : this.socket;
		}

		// what is asked of its owner

		@Override
		public ByteBuffer takeBuffer(int size) {
			return (this.channel != null) ? this.channel.takeBuffer(size) : ByteBuffer.allocate(size);
		}

		@Override
		public void giveBack(ByteBuffer buffer) {
			if (this.channel != null) {
				this.channel.giveBack(buffer);
			}
		}

		@Override
		public void execute(Runnable task) {
			Offload.execute(task);
		}

		@Override
		public void announce() {
			if (this.channel != null) {
				this.channel.announce();
			}
		}

		@Override
		public void touch() {
			if (this.channel != null) {
				this.channel.touch();
			}
		}

		@Override
		public void active() {
			if (this.channel != null) {
				this.channel.active();
			}
		}

		// what goes through filters

		@Override
		public int interest(int wanted) {
			return endpoint().interest(wanted);
		}

		@Override
		public boolean isPolled() {
			return endpoint().isPolled();
		}

		@Override
		public void found(int ready) {
			endpoint().found(ready);
		}

		@Override
		public int ready() {
			return endpoint().ready();
		}

		@Override
		public int read(ByteBuffer buffer) throws IOException {
			return endpoint().read(buffer);
		}

		@Override
		public int write(ByteBuffer data) throws IOException {
			return endpoint().write(data);
		}

		@Override
		public long write(FileChannel file, long position, long count) throws IOException {
			return endpoint().write(file, position, count);
		}

		@Override
		public int held() {
			return endpoint().held();
		}

		@Override
		public boolean isBroken() {
			return endpoint().isBroken();
		}

		@Override
		public IOException takeFailure() {
			return endpoint().takeFailure();
		}

		@Override
		public boolean isViolation(IOException failure) {
			return endpoint().isViolation(failure);
		}

		@Override
		public void shutdownOutput() throws IOException {
			endpoint().shutdownOutput();
		}

		@Override
		public Duration lingering() {
			return endpoint().lingering();
		}

		@Override
		public boolean finish(Runnable again) {
			return endpoint().finish(again);
		}

		@Override
		public void close() throws IOException {
			endpoint().close();
		}

		// what does not

		@Override
		public Endpoint wire() {
			return this.socket;
		}

		@Override
		public Stage stage() {
			return this.socket.stage();
		}

		@Override
		public SelectableChannel channel() {
			return this.socket.channel();
		}

		@Override
		public SocketEndpoint socket() {
			return this;
		}

		@Override
		public SocketAddress localAddress() {
			return this.socket.localAddress();
		}

		@Override
		public SocketAddress remoteAddress() {
			return this.socket.remoteAddress();
		}

		@Override
		public boolean isResetByUnreadInput() {
			return this.socket.isResetByUnreadInput();
		}

		@Override
		public UnsupportedOperationException unsupported(String method) {
			return this.socket.unsupported(method);
		}

		@Override
		public void bind(SocketAddress address) throws IOException {
			this.socket.bind(address);
		}

		@Override
		public boolean isBound() {
			return this.socket.isBound();
		}

		@Override
		public SocketEndpoint listen(int backlog) throws IOException {
			SocketEndpoint listener = this.socket.listen(backlog);
			return (listener != this.socket) ? new Filtered(listener) : this;
		}

		@Override
		public SocketEndpoint accept() throws IOException {
			SocketEndpoint accepted = this.socket.accept();
			return (accepted != null) ? new Filtered(accepted) : null;
		}

		@Override
		public void doNotBlock() throws IOException {
			this.socket.doNotBlock();
		}

		@Override
		public boolean reaches(InetAddress address) {
			return this.socket.reaches(address);
		}

		@Override
		public boolean connect(SocketAddress address) throws IOException {
			return this.socket.connect(address);
		}

		@Override
		public boolean finishConnect() throws IOException {
			return this.socket.finishConnect();
		}

		@Override
		public boolean closeIfItsOwnPeer() throws IOException {
			return this.socket.closeIfItsOwnPeer();
		}

		@Override
		public boolean outlivesFailure() {
			return this.socket.outlivesFailure();
		}

		@Override
		public SocketEndpoint reopen() throws IOException {
			return new Filtered(this.socket.reopen());
		}

		@Override
		public void sendUrgent(int data) throws IOException {
			this.socket.sendUrgent(data);
		}

		@Override
		public <T> void setOption(SocketOption<T> option, T value) throws IOException {
			this.socket.setOption(option, value);
		}

		@Override
		public <T> T getOption(SocketOption<T> option) throws IOException {
			return this.socket.getOption(option);
		}

		@Override
		public String toString() {
			return this.socket.toString();
		}

	}

	/**
	 * Tells sockets whose they are, which filters are told by their channel.
	 *
	 * @param poller who waits
	 */
	private record KnowingPoller(Poller poller) implements Poller {

		@Override
		public void interest(Endpoint endpoint, Object owner, int operations) throws IOException {
			Filtered.known(endpoint, owner);
			this.poller.interest(endpoint, owner, operations);
		}

		@Override
		public void forget(Endpoint endpoint) {
			this.poller.forget(endpoint);
		}

		@Override
		public boolean isReady(Endpoint endpoint, Object owner, int operation) throws IOException {
			return this.poller.isReady(endpoint, owner, operation);
		}

		@Override
		public boolean await(long nanos, Sink sink) throws IOException {
			return this.poller.await(nanos, sink);
		}

		@Override
		public void spun(boolean spun) throws IOException {
			this.poller.spun(spun);
		}

		@Override
		public void wakeup(Thread waiting) {
			this.poller.wakeup(waiting);
		}

		@Override
		public void release() throws IOException {
			this.poller.release();
		}

		@Override
		public void releaseFromElsewhere() {
			this.poller.releaseFromElsewhere();
		}

		@Override
		public void hold(Endpoint endpoint, Object root) {
			this.poller.hold((endpoint instanceof Filtered filtered) ? filtered.socket : endpoint, root);
		}

		@Override
		public void releaseWith(Object root) {
			this.poller.releaseWith(root);
		}

		@Override
		public void close() throws IOException {
			this.poller.close();
		}

	}

	/**
	 * Has all maps use it, if that is wanted. Made before the first test class is
	 * initialized.
	 */
	public static final class Everywhere implements Extension {

		static {
			if (isEverywhere()) {
				Transports.setStandard(new FilteredTransport());
			}
		}

	}

}
