package io.asyncore;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server: listens at an address and has a {@link ChannelFactory} make a channel of each
 * connection. The channel joins the map of the server and its {@code handleOpen()} is
 * called before all other events.
 * <p>
 * It opens in {@link #handleOpen()}, which the starter calls for the servers of
 * {@code application.yml}; without Spring by {@link EventLoop#open}, or {@link #open()}
 * before the loop runs.
 */
public class ServerDispatcher extends Dispatcher {

	private static final Logger logger = LoggerFactory.getLogger(ServerDispatcher.class);

	private static final int DEFAULT_BACKLOG = 128;

	private final SocketAddress address;

	private final ChannelFactory factory;

	private final AtomicInteger connections = new AtomicInteger();

	private int backlog = DEFAULT_BACKLOG;

	private volatile int maxConnections = Integer.MAX_VALUE;

	private Duration channelIdleTimeout = Duration.ZERO;

	private volatile boolean fullReported;

	private final Object pauseLock = new Object();

	private boolean paused;

	// the file that bind() has made
	private volatile @Nullable Path socketFile;

	/**
	 * Create a server that is still to be opened. Its map is that of the loop that the
	 * calling thread is running, else {@link Asyncore#socketMap()}.
	 * @param address where to listen: an {@code InetSocketAddress}, of which port 0 takes
	 * any free port and the wildcard address listens on all interfaces, or a
	 * {@code UnixDomainSocketAddress}, whose file is deleted when the server is closed
	 * @param factory makes the channels
	 */
	public ServerDispatcher(SocketAddress address, ChannelFactory factory) {
		this.address = address;
		this.factory = factory;
	}

	/**
	 * Create a server that is still to be opened.
	 * @param address where to listen, see
	 * {@link #ServerDispatcher(SocketAddress, ChannelFactory)}
	 * @param factory makes the channels
	 * @param map the map to join
	 */
	public ServerDispatcher(SocketAddress address, ChannelFactory factory, ChannelMap map) {
		super(map);
		this.address = address;
		this.factory = factory;
	}

	/**
	 * Set how many connections may wait to be accepted; 128 by default. Counts from the
	 * next {@link #open()} on.
	 * @param backlog the number, at least 1; the system may have a lower maximum
	 * @throws IllegalArgumentException if {@code backlog} is less than 1
	 */
	public void setBacklog(int backlog) {
		if (backlog < 1) {
			throw new IllegalArgumentException("'backlog' must be at least 1, not " + backlog);
		}
		this.backlog = backlog;
	}

	/**
	 * Set how many connections there may be at a time; by default there is no limit. More
	 * wait in the backlog until one is closed.
	 * @param maxConnections the number, at least 1
	 * @throws IllegalArgumentException if {@code maxConnections} is less than 1
	 */
	public void setMaxConnections(int maxConnections) {
		if (maxConnections < 1) {
			throw new IllegalArgumentException("'maxConnections' must be at least 1, not " + maxConnections);
		}
		this.maxConnections = maxConnections;
		checkPaused();
		interestChanged();
	}

	/**
	 * Return how many connections there may be at a time.
	 * @return the number, {@code Integer.MAX_VALUE} if there is no limit
	 */
	public int maxConnections() {
		return this.maxConnections;
	}

	@Override
	public @Nullable PauseReason acceptPaused() {
		return (accepting() && isFull()) ? PauseReason.LIMIT : super.acceptPaused();
	}

	/**
	 * Set the {@linkplain Dispatcher#setIdleTimeout idle timeout} of the channels that do
	 * not set one themselves.
	 * @param timeout the time; zero for no limit, which is the default
	 * @throws IllegalArgumentException if {@code timeout} is negative
	 */
	public void setChannelIdleTimeout(Duration timeout) {
		TimerTask.nanos(timeout);
		this.channelIdleTimeout = timeout;
	}

	/**
	 * Return how many connections there are. May be called from any thread.
	 * @return the number of channels made for this server that are not closed
	 */
	public int connections() {
		return this.connections.get();
	}

	/**
	 * Listen, if this server does not do so already.
	 * @throws AddressUnavailableException if the address is taken or none of this
	 * machine's
	 * @throws IOException if the system refuses
	 */
	public void open() throws IOException {
		if (accepting()) {
			return;
		}
		boolean open = false;
		try {
			createSocket(this.address);
			bind(this.address);
			if (this.address instanceof UnixDomainSocketAddress unix) {
				this.socketFile = unix.getPath();
			}
			listen(this.backlog);
			checkPaused();
			open = true;
		}
		finally {
			if (!open) {
				close();
			}
		}
	}

	private void createSocket(SocketAddress address) throws IOException {
		try {
			createSocket(family(address));
		}
		catch (UnsupportedOperationException ex) {
			if (!(address instanceof InetSocketAddress inet) || !inet.getAddress().isAnyLocalAddress()) {
				throw ex;
			}
			// all interfaces of a machine without IPv6
			createSocket(StandardProtocolFamily.INET);
		}
	}

	private static ProtocolFamily family(SocketAddress address) {
		if (address instanceof UnixDomainSocketAddress) {
			return StandardProtocolFamily.UNIX;
		}
		boolean four = address instanceof InetSocketAddress inet && inet.getAddress() instanceof Inet4Address four4
				&& !four4.isAnyLocalAddress();
		return four ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
	}

	@Override
	protected void handleOpen() throws Exception {
		open();
	}

	/**
	 * Answer whether there may be another connection.
	 */
	@Override
	protected boolean readable() {
		return !isFull();
	}

	@Override
	protected boolean predicatesDependOnOwnEventsOnly() {
		return true;
	}

	/**
	 * Accept what is waiting, up to the limit of connections.
	 */
	@Override
	protected void handleAccept() throws Exception {
		for (int i = 0; i < Acceptor.BATCH && readable(); i++) {
			Accepted accepted = accept();
			if (accepted == null) {
				return;
			}
			handleAccepted(accepted.socket(), accepted.address());
		}
	}

	/**
	 * Have the factory make a channel and put it into service.
	 */
	@Override
	protected void handleAccepted(SocketChannel socket, SocketAddress address) throws Exception {
		Dispatcher channel = create(socket, address);
		if (channel == null) {
			throw new IllegalStateException(
					"The channel factory of " + this + " has returned null: it has to make a channel, or throw");
		}
		if (channel.closed()) {
			socket.close();
			attachment().tally().group().addRejected(RejectReason.REFUSED);
			return;
		}
		SelectableChannel present = channel.socket();
		if (present != null && present != socket) {
			throw new IllegalStateException(
					"The channel factory of " + this + " has returned " + channel + ", which has another socket");
		}
		// first, for the loop of another map must not serve it for a moment
		channel.addChannel(map());
		if (present == null) {
			give(socket, channel);
		}
		Attachment attachment = channel.attachment();
		if (attachment.belongTo(this)) {
			attachment.service().guard(Hook.OPEN, (service) -> channel.handleOpen());
		}
	}

	private @Nullable Dispatcher create(SocketChannel socket, SocketAddress address) throws Exception {
		LoopMonitor monitor = map().eventLoop().monitor();
		boolean outer = monitor.setMaking(true);
		try {
			return this.factory.create(socket, address);
		}
		finally {
			monitor.setMaking(outer);
		}
	}

	private static void give(SocketChannel socket, Dispatcher channel) throws IOException {
		try {
			channel.setSocket(socket);
		}
		catch (IOException | RuntimeException ex) {
			channel.close();
			throw ex;
		}
	}

	void connected(Attachment channel) {
		int count = this.connections.incrementAndGet();
		if (!this.channelIdleTimeout.isZero() && !channel.isIdleTimeoutSet()) {
			channel.setIdleTimeout(this.channelIdleTimeout);
		}
		if (count >= this.maxConnections && !this.fullReported) {
			this.fullReported = true;
			// not a "warning", which channels ignore by default
			logger.warn("{} has {} connections, which is its limit: more wait in its backlog", this, count);
		}
		checkPaused();
	}

	private void checkPaused() {
		// one at a time, or the last one told might not be the last one that is true
		synchronized (this.pauseLock) {
			boolean paused = accepting() && isFull();
			if (paused != this.paused) {
				this.paused = paused;
				tell(paused);
			}
		}
	}

	private void tell(boolean paused) {
		map().eventLoop().monitor().tell((observer) -> {
			if (paused) {
				observer.acceptPaused(this, PauseReason.LIMIT);
			}
			else {
				observer.acceptResumed(this, PauseReason.LIMIT);
			}
		});
	}

	private boolean isFull() {
		return this.connections.get() >= this.maxConnections;
	}

	// called by any thread
	void disconnected() {
		int before = this.connections.getAndDecrement();
		if (before >= this.maxConnections) {
			checkPaused();
			interestChanged();
		}
		if (before <= this.maxConnections / 2) {
			// said again if it comes to that again
			this.fullReported = false;
		}
	}

	/**
	 * Stop listening; the connections stay.
	 */
	@Override
	public void close() {
		super.close();
		checkPaused();
		Path file = this.socketFile;
		if (file != null) {
			this.socketFile = null;
			try {
				Files.deleteIfExists(file);
			}
			catch (IOException ex) {
				logInfo("cannot delete " + file + ": " + ex, "error");
			}
		}
	}

}
