package io.asyncore.transport;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

/**
 * A stream socket: connected, connecting, or bound and still to be made a listener.
 */
public final class StreamEndpoint extends ChannelEndpoint implements SocketEndpoint {

	private static final String FULL = "Socket buffer full";

	// the JDK copies a heap buffer into a direct one of its size, which it then keeps
	private static final int MAX_HEAP_TRANSFER = 128 * 1024;

	// sockets that are bound: the system itself would let another one have the address
	// while these do not listen, for it is to let their own listener have it
	private static final Map<SocketAddress, SocketChannel> HELD = new ConcurrentHashMap<>();

	private final SocketChannel channel;

	// of a socket that was not connected when it came here
	private final @Nullable Origin origin;

	/**
	 * Create a new instance.
	 * @param channel the socket
	 * @param family the family it was opened with, if known
	 */
	StreamEndpoint(SocketChannel channel, @Nullable ProtocolFamily family) {
		this.channel = channel;
		this.origin = channel.isConnected() ? null : new Origin(family);
		if (this.origin != null && !channel.isConnectionPending()) {
			this.origin.bound = localAddress();
		}
	}

	private Origin origin() {
		return (this.origin != null) ? this.origin : new Origin(null);
	}

	private @Nullable SocketAddress bound() {
		return (this.origin != null) ? this.origin.bound : null;
	}

	@Override
	public SocketChannel channel() {
		return this.channel;
	}

	@Override
	public void doNotBlock() throws IOException {
		this.channel.configureBlocking(false);
	}

	@Override
	public int read(ByteBuffer buffer) throws IOException {
		int limit = limitHeap(buffer);
		try {
			return this.channel.read(buffer);
		}
		finally {
			buffer.limit(limit);
		}
	}

	@Override
	public int write(ByteBuffer data) throws IOException {
		int limit = data.limit();
		int written = 0;
		boolean full = false;
		while (data.hasRemaining() && !full) {
			limitHeap(data);
			try {
				written += this.channel.write(data);
				full = data.hasRemaining();
			}
			finally {
				data.limit(limit);
			}
		}
		return written;
	}

	private static int limitHeap(ByteBuffer buffer) {
		int limit = buffer.limit();
		if (!buffer.isDirect() && buffer.remaining() > MAX_HEAP_TRANSFER) {
			buffer.limit(buffer.position() + MAX_HEAP_TRANSFER);
		}
		return limit;
	}

	@Override
	public long write(FileChannel file, long position, long count) throws IOException {
		return file.transferTo(position, count, this.channel);
	}

	@Override
	public void shutdownOutput() throws IOException {
		this.channel.shutdownOutput();
	}

	@Override
	public void bind(SocketAddress address) throws IOException {
		SocketChannel holder = HELD.get(address);
		if (holder != null && holder.isOpen()) {
			throw new BindException("Address already in use");
		}
		if (!(address instanceof UnixDomainSocketAddress)) {
			// lets the listener that listen() makes take the address over without a gap
			this.channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
		}
		this.channel.bind(address);
		SocketAddress bound = this.channel.getLocalAddress();
		Origin origin = origin();
		origin.bound = bound;
		origin.file = (address instanceof UnixDomainSocketAddress unix) ? SocketFile.at(unix.getPath()) : null;
		HELD.put(bound, this.channel);
	}

	@Override
	public void close() throws IOException {
		SocketAddress bound = bound();
		if (bound != null) {
			HELD.remove(bound, this.channel);
		}
		super.close();
	}

	@Override
	void closeChannel() throws IOException {
		close(this.channel);
	}

	/**
	 * Close a stream socket without waiting. With {@code SO_LINGER} the system would wait
	 * until what was sent has arrived, even if the socket does not block, unless it is
	 * registered with a selector: then the JDK takes the option back, as is done here for
	 * all others. That a time of 0 resets the connection stays as it is.
	 * @param socket the socket, which may be closed already
	 * @throws IOException if the system says that something was lost; it is closed all
	 * the same
	 */
	public static void close(SocketChannel socket) throws IOException {
		if (!socket.isRegistered()) {
			doNotLinger(socket);
		}
		socket.close();
	}

	private static void doNotLinger(SocketChannel socket) {
		try {
			Integer seconds = socket.getOption(StandardSocketOptions.SO_LINGER);
			if (seconds != null && seconds > 0) {
				socket.setOption(StandardSocketOptions.SO_LINGER, -1);
			}
		}
		catch (IOException | UnsupportedOperationException ex) {
			// closed already, or there is nothing to wait for
		}
	}

	@Override
	public SocketEndpoint listen(int backlog) throws IOException {
		SocketAddress address = this.channel.getLocalAddress();
		ServerSocketChannel server = this.channel.provider().openServerSocketChannel(family(address));
		try {
			server.configureBlocking(false);
			ListenerEndpoint listener = new ListenerEndpoint(server, this.channel.supportedOptions());
			copyOptions(listener);
			takeOver(address, server, backlog);
			return listener;
		}
		catch (IOException | RuntimeException | Error ex) {
			server.close();
			throw ex;
		}
	}

	private ProtocolFamily family(@Nullable SocketAddress address) {
		ProtocolFamily family = origin().family;
		if (family != null) {
			return family;
		}
		if (address instanceof UnixDomainSocketAddress) {
			return StandardProtocolFamily.UNIX;
		}
		boolean four = address instanceof InetSocketAddress inet && inet.getAddress() instanceof Inet4Address;
		return four ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
	}

	@Override
	public SocketEndpoint reopen() throws IOException {
		ProtocolFamily known = origin().family;
		ProtocolFamily family = (known == null && isUnix()) ? StandardProtocolFamily.UNIX : known;
		SelectorProvider provider = this.channel.provider();
		SocketChannel socket = (family != null) ? provider.openSocketChannel(family) : provider.openSocketChannel();
		try {
			SocketEndpoint endpoint = NioTransport.stream(socket, family);
			copyOptions(endpoint);
			SocketAddress bound = bound();
			if (bound != null) {
				HELD.remove(bound, this.channel);
				deleteFile();
				endpoint.bind(bound);
			}
			return endpoint;
		}
		catch (IOException | RuntimeException | Error ex) {
			socket.close();
			throw ex;
		}
	}

	// what one that is not connected does not tell by an address
	private boolean isUnix() {
		return !this.channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY);
	}

	@Override
	public boolean isBound() {
		return bound() != null;
	}

	@Override
	public boolean reaches(InetAddress address) {
		return origin().family != StandardProtocolFamily.INET || address instanceof Inet4Address;
	}

	private void takeOver(@Nullable SocketAddress address, ServerSocketChannel server, int backlog) throws IOException {
		if (address instanceof UnixDomainSocketAddress) {
			deleteFile();
			server.bind(address, backlog);
			return;
		}
		try {
			server.bind(address, backlog);
		}
		catch (BindException ex) {
			// not every system lets two sockets hold one address even for a moment
			this.channel.close();
			server.bind(address, backlog);
		}
	}

	// which bind() has left, unless there is that of another socket by now
	private void deleteFile() throws IOException {
		if (bound() instanceof UnixDomainSocketAddress unix) {
			SocketFile own = origin().file;
			((own != null) ? own : SocketFile.at(unix.getPath())).delete();
		}
	}

	@Override
	public boolean connect(SocketAddress address) throws IOException {
		return this.channel.connect(address);
	}

	@Override
	public boolean finishConnect() throws IOException {
		return this.channel.finishConnect();
	}

	@Override
	public boolean closeIfItsOwnPeer() throws IOException {
		if (isBound() || !isOwnPeer(localAddress(), remoteAddress())) {
			return false;
		}
		// by a reset, or the port would be taken for another minute
		this.channel.setOption(StandardSocketOptions.SO_LINGER, 0);
		close();
		return true;
	}

	@Override
	public boolean isResetByUnreadInput() {
		return true;
	}

	@Override
	public void sendUrgent(int data) throws IOException {
		try {
			this.channel.socket().sendUrgentData(data);
		}
		catch (IOException ex) {
			// a text of the JDK, the same in all languages
			if (FULL.equals(ex.getMessage())) {
				throw new LocalFailureException("There is no room for urgent data now", ex);
			}
			throw ex;
		}
	}

	private void copyOptions(SocketEndpoint target) throws IOException {
		SocketOptions options = origin().options;
		if (options != null) {
			options.applyTo(target);
		}
	}

	@Override
	public <T> void setOption(SocketOption<T> option, T value) throws IOException {
		this.channel.setOption(option, value);
		if (this.origin != null) {
			this.origin.options = SocketOptions.with(this.origin.options, option, value);
		}
	}

	@Override
	public <T> T getOption(SocketOption<T> option) throws IOException {
		return this.channel.getOption(option);
	}

	@Override
	public @Nullable SocketAddress localAddress() {
		// of a connection that was accepted too
		return SocketFile.place(ask(this.channel::getLocalAddress));
	}

	@Override
	public @Nullable SocketAddress remoteAddress() {
		return ask(this.channel::getRemoteAddress);
	}

	@Override
	public Stage stage() {
		if (this.channel.isConnected()) {
			return Stage.CONNECTED;
		}
		return this.channel.isConnectionPending() ? Stage.CONNECTING : Stage.CREATED;
	}

	/**
	 * What is known of a socket that may have to be replaced by one like it.
	 */
	private static final class Origin {

		private final @Nullable ProtocolFamily family;

		// what the user has set
		private @Nullable SocketOptions options;

		private @Nullable SocketAddress bound;

		// what bind() has made
		private @Nullable SocketFile file;

		Origin(@Nullable ProtocolFamily family) {
			this.family = family;
		}

	}

}
