package io.asyncore;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;

import io.asyncore.loop.TimerTask;
import io.asyncore.transport.SocketOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server: listens at an address and has a {@link ChannelFactory} make a channel of each
 * connection. The channel joins the map of the server, or that of the loop whose turn it
 * is if {@linkplain #setEventLoopGroup several} share the connections, and its
 * {@code handleOpen()} is called before all other events.
 * <p>
 * It opens in {@link #handleOpen()}, which the starter calls for the servers of
 * {@code application.yml}; without Spring by {@link EventLoop#open}, or {@link #open()}
 * before the loop runs.
 */
public class ServerDispatcher extends Dispatcher {

	private static final Logger logger = LoggerFactory.getLogger(ServerDispatcher.class);

	private static final int DEFAULT_BACKLOG = 128;

	private final SocketAddress address;

	private final Admission admission = new Admission(this);

	private final ConnectionHandover handover;

	private int backlog = DEFAULT_BACKLOG;

	private volatile Duration channelIdleTimeout = Duration.ZERO;

	private @Nullable ProtocolFamily family;

	// the one that open() has made the socket for
	private ProtocolFamily familyInUse = StandardProtocolFamily.INET6;

	private @Nullable Set<PosixFilePermission> socketPermissions;

	private final SocketOptions options = new SocketOptions();

	private final ServerFile socketFile = new ServerFile(this::fileStays);

	/**
	 * Create a server that is still to be opened. Its map is that of the loop that the
	 * calling thread is running, else {@link Asyncore#socketMap()}.
	 * @param address where to listen: an {@code InetSocketAddress}, of which port 0 takes
	 * any free port and the wildcard address listens on all interfaces, or a
	 * {@code UnixDomainSocketAddress}, whose file is deleted when the server is closed;
	 * one on which nobody listens any more is replaced
	 * @param factory makes the channels
	 */
	public ServerDispatcher(SocketAddress address, ChannelFactory factory) {
		this.address = address;
		this.handover = new ConnectionHandover(this, factory, this.admission);
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
		this.handover = new ConnectionHandover(this, factory, this.admission);
	}

	/**
	 * Return where this server listens, or is to listen.
	 * @return the address that the constructor was given
	 */
	public SocketAddress address() {
		return this.address;
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
		this.admission.setLimit(maxConnections);
		interestChanged();
	}

	/**
	 * Return how many connections there may be at a time.
	 * @return the number, {@code Integer.MAX_VALUE} if there is no limit
	 */
	public int maxConnections() {
		return this.admission.limit();
	}

	/**
	 * Have several loops share the connections of this server. It goes on to accept them
	 * by the loop of its map, which serves those itself that fall to it; of each of the
	 * others the socket goes to its loop first, where the factory makes the channel, and
	 * the channel stays there. Then the factory is called by several threads at a time.
	 * <p>
	 * If the option {@code SO_REUSEPORT} is set, and the server is not one of a Unix
	 * domain socket, all loops of the group that are running when it {@linkplain #open()
	 * opens} listen at its address themselves, and the system shares out the connections.
	 * What it has given to a loop that ends is reset.
	 * @param group the loops; best with that of this server among them
	 */
	public void setEventLoopGroup(EventLoopGroup group) {
		this.handover.setGroup(group);
	}

	/**
	 * Return the loops that share the connections of this server.
	 * @return the loops, {@code null} if that was not set, and that of this server serves
	 * them all
	 */
	public @Nullable EventLoopGroup eventLoopGroup() {
		return this.handover.group();
	}

	/**
	 * Return the loops on which this server listens now, paused or not. May be called
	 * from any thread.
	 * @return that of its map, and those that {@linkplain #setEventLoopGroup listen
	 * themselves}; none if it is not open
	 */
	public Set<EventLoop> listeningOn() {
		Set<EventLoop> loops = new LinkedHashSet<>();
		if (accepting()) {
			loops.add(map().eventLoop());
		}
		loops.addAll(this.handover.listeners().listeningOn());
		return loops;
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
	 * Set for which family of addresses to listen; by default that of the address, and on
	 * all interfaces IPv6 and IPv4 where there are both. Counts from the next
	 * {@link #open()} on; means nothing to a Unix domain socket.
	 * @param family {@code INET}, with which the wildcard address stands for all of IPv4,
	 * or {@code INET6}
	 */
	public void setProtocolFamily(ProtocolFamily family) {
		this.family = family;
	}

	/**
	 * Set the permissions of the file of a Unix domain socket; by default it has those
	 * that the process gives to its files. It has them from the moment it is there: the
	 * socket is bound in a directory beside it that nobody else can look into, and linked
	 * to its place then. So the system itself, and {@code getLocalAddress()} of the
	 * channels of {@code java.nio}, know it by a path in that directory;
	 * {@link #localAddress()} tells the right one. Where that is not possible, for a long
	 * path on a system without {@code /proc}, who connects before the permissions are set
	 * is refused. Counts from the next {@link #open()} on, which fails where files have
	 * no such permissions.
	 * @param permissions the permissions; connecting needs that to write
	 */
	public void setSocketPermissions(Set<PosixFilePermission> permissions) {
		this.socketPermissions = Set.copyOf(permissions);
	}

	/**
	 * Set a socket option, now if this server is open, and each time it is opened before
	 * it listens. Options that only connections have are set on the sockets it accepts
	 * from then on.
	 * @throws IOException if the server is open and the system refuses
	 * @throws UnsupportedOperationException if the server is open and sockets of its kind
	 * have no such option
	 */
	@Override
	public <T> void setOption(SocketOption<T> option, T value) throws IOException {
		if (socket() != null) {
			super.setOption(option, value);
			this.handover.listeners().setOption(option, value);
		}
		this.options.put(option, value);
	}

	/**
	 * Return the value of a socket option; before this server is open, what was set.
	 * @throws IllegalStateException if this server is not open and the option was not set
	 */
	@Override
	public <T> T getOption(SocketOption<T> option) throws IOException {
		T set = this.options.get(option);
		if (socket() == null && set == null) {
			throw new IllegalStateException(
					"The option " + option + " was not set: call open() to know that of the system");
		}
		return (socket() == null && set != null) ? set : super.getOption(option);
	}

	/**
	 * Return how many connections there are. May be called from any thread.
	 * @return the number of channels made for this server that are not closed, and of
	 * connections on their way to another loop that is to make theirs
	 */
	public int connections() {
		return this.admission.connections();
	}

	/**
	 * Listen, if this server does not do so already.
	 * @throws AddressUnavailableException if the address is taken or none of this
	 * machine's
	 * @throws IOException if the system refuses
	 * @throws UnsupportedOperationException if sockets of this kind do not have an option
	 * that was set
	 */
	public void open() throws IOException {
		if (accepting()) {
			return;
		}
		boolean open = false;
		try {
			if (this.address instanceof UnixDomainSocketAddress unix) {
				int life = channel().life();
				this.socketFile.open(unix, this.backlog, this.socketPermissions, (listener) -> use(listener, life));
			}
			else {
				SocketAddress address = SocketType.STREAM.createSocket(this::createSocket,
						(InetSocketAddress) this.address, this.family);
				this.options.applyTo(channel().socket().requireSocket("setOption"));
				bind(address);
				listen(this.backlog);
				shareAddress();
			}
			this.admission.checkPaused();
			open = true;
		}
		finally {
			if (!open) {
				close();
			}
		}
	}

	private void fileStays(IOException failure) {
		logInfo("cannot delete the socket file of " + channel() + ": " + LogText.escape(failure), "error");
	}

	// unless another thread has closed this server in the middle of it
	private boolean use(ServerSocketChannel listener, int life) throws IOException {
		synchronized (channel()) {
			if (channel().life() != life) {
				return false;
			}
			setSocket(listener);
		}
		this.options.applyTo(channel().socket().requireSocket("setOption"));
		return true;
	}

	// the system then shares out the connections, which need not change loops
	private void shareAddress() throws IOException {
		EventLoopGroup group = this.handover.group();
		SocketAddress address = localAddress();
		if (group != null && address != null
				&& Boolean.TRUE.equals(this.options.get(StandardSocketOptions.SO_REUSEPORT))) {
			this.handover.listeners().listen(group, this.familyInUse, address, this.backlog, this.options);
		}
	}

	@Override
	public void createSocket(ProtocolFamily family, SocketType type) throws IOException {
		super.createSocket(family, type);
		this.familyInUse = family;
	}

	@Override
	protected void handleOpen() throws Exception {
		open();
	}

	@Override
	protected void handleCopied() {
		this.admission.represent(this);
		this.handover.represent(this);
	}

	/**
	 * Answer whether there may be another connection. If the other loops listen
	 * themselves this is called by the threads of all of them.
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
	 * Have the predicate asked again, by the other loops that accept connections too.
	 */
	@Override
	protected void interestChanged() {
		super.interestChanged();
		this.handover.listeners().interestChanged();
	}

	/**
	 * Accept what is waiting, up to the limit of connections.
	 */
	@Override
	protected void handleAccept() throws Exception {
		this.handover.accept(this);
	}

	/**
	 * Have the factory make a channel and put it into service, here or on the loop of the
	 * {@linkplain #setEventLoopGroup group} whose turn it is. If the other loops listen
	 * themselves this is called by the threads of all of them.
	 */
	@Override
	protected void handleAccepted(SocketChannel socket, SocketAddress address) throws Exception {
		this.handover.receive(socket, address);
	}

	ConnectionHandover handover() {
		return this.handover;
	}

	boolean isFull() {
		return this.admission.isFull();
	}

	Duration channelIdleTimeout() {
		return this.channelIdleTimeout;
	}

	/**
	 * Stop listening; the connections stay.
	 */
	@Override
	public void close() {
		this.socketFile.delete();
		super.close();
		this.handover.listeners().close();
		this.admission.checkPaused();
	}

}
