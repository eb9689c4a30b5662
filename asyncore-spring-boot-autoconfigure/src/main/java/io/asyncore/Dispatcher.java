package io.asyncore;

import java.io.Closeable;
import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

import io.asyncore.loop.Interrupts;
import io.asyncore.transport.Endpoint;
import io.asyncore.transport.PeerCredentials;
import io.asyncore.transport.StreamEndpoint;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * A socket in an event loop, to be subclassed: the loop asks {@link #readable()} and
 * {@link #writable()} what to wait for and calls the {@code handle} methods when it
 * happens. Stands for {@code asyncore.dispatcher}.
 * <p>
 * Of all its methods a first class needs few: {@link #handleData} is given what was
 * received, {@link #send(ByteBuffer) send} answers, {@link #handleOpen()} is where it
 * begins and {@link #handleClosed} where it ends, whoever has ended it; and
 * {@link #offload} does what takes long. For lines and frames extend
 * {@code io.asyncore.chat.AsyncChat}, for a queue of output {@link DispatcherWithSend},
 * for datagrams {@link DatagramDispatcher}. A server that sends back what it is sent, as
 * a bean or {@linkplain EventLoop#open opened} on its loop:
 *
 * <pre>{@code
 * class EchoListener extends Dispatcher {
 *
 *     protected void handleOpen() throws IOException {
 *         createSocket();
 *         setReuseAddr();
 *         bind(new InetSocketAddress("localhost", 7007));
 *         listen(128);
 *     }
 *

 *     protected void handleAccepted(SocketChannel socket, SocketAddress address) throws IOException {
 *         new Echo(socket);
 *     }
 *
 * }
 *
 * class Echo extends DispatcherWithSend {
 *
 *     Echo(SocketChannel socket) throws IOException {
 *         super(socket);
 *     }
 *
 *     protected void handleData(ByteBuffer data) {
 *         send(data);
 *     }
 *
 * }
 * }</pre>
 *
 * Its life, with the methods that the loop calls, from top to bottom:
 *
 * <pre>{@code
 *   handleOpen()      of a bean, and of a connection that a ServerDispatcher has accepted
 *       |
 *       |--- listen() ----------> LISTENING
 *       |                            handleAccept(), which calls handleAccepted()
 *       |                                  what they throw goes to handleError(), and it goes on
 *       |
 *       |--- connect() ---------> CONNECTING
 *       |                            |---- no connection ---------------------------.
 *       |                         handleConnect()                                   |
 *       |                            |                                              |
 *       '--- there is a peer ---> CONNECTED                                         |
 *                                    handleRead(), which calls handleData()         |
 *                                    handleWrite()                                  |
 *                                    |                                              |
 *            .--------------.--------'-----.-------------------.                    |
 *       end of stream     reset          idle      a hook, task or timer throws     |
 *            |              |              |                   |                    |
 *       inputEnded()  inputEnded()  handleTimeout()      handleError()  <-----------'
 *       handleEof()         |              |                   |
 *            '--------------'------.-------'-------------------'
 *                                  |
 *                            handleClose()      once for a peer that has gone
 *                                  |
 *   close() by anyone, a stop -> CLOSED         calls none of those above
 *                                  |
 *                            handleClosed(reason)      once, and last
 * }</pre>
 *
 * The arrows from one method to the next are what the defaults do, so who overrides one
 * goes on by calling that of its superclass. Tasks of {@link #callLater} and
 * {@link #callEvery} and the results of {@link #offload} come in between, until it is
 * closed. In {@link #addChannel(ChannelMap) another map} all goes on where it was, on the
 * thread of the other loop, timers included. After the end a new socket begins a new
 * life.
 * <p>
 * A dispatcher belongs to the thread that runs the loop of its {@linkplain #map() map},
 * and until the loop runs to the thread that makes it. While the loop is running, make
 * dispatchers on its thread, by a handler or {@link EventLoop#execute}: one that another
 * thread is still making would be served half made. These methods may be called from any
 * thread: {@link #close()}, the ones that tell the state or an address,
 * {@link #callLater}, {@link #callEvery}, {@link #offload} and
 * {@link #interestChanged()}.
 * <p>
 * Whatever a method that the loop calls throws ends at most this channel: it goes to
 * {@link #handleError}, and the loop and the other channels go on. That holds for every
 * {@code Error} too, such as an {@code OutOfMemoryError}; the one exception is
 * {@link ExitNow}, which leaves the loop.
 */
public class Dispatcher implements Closeable {

	private static final Set<String> IGNORED_LOG_TYPES = Set.of("warning");

	private final Channel channel;

	/**
	 * Create a dispatcher without a socket. Its map is that of the loop that the calling
	 * thread is running, else {@link Asyncore#socketMap()}.
	 */
	public Dispatcher() {
		this(currentMap());
	}

	/**
	 * Create a dispatcher without a socket.
	 * @param map the map it will join when it is given a socket
	 */
	public Dispatcher(ChannelMap map) {
		this.channel = new Channel(this, map);
	}

	/**
	 * Create a dispatcher for a socket. It joins the map of the loop that the calling
	 * thread is running, else {@link Asyncore#socketMap()}.
	 * @param socket a {@code SocketChannel}, {@code ServerSocketChannel} or
	 * {@code DatagramChannel}, or an end of a {@code Pipe}; it is made non-blocking, and
	 * the dispatcher counts as connected if the socket has a peer
	 * @throws IOException if the socket cannot be made non-blocking
	 */
	public Dispatcher(SelectableChannel socket) throws IOException {
		this(socket, currentMap());
	}

	/**
	 * Create a dispatcher for a socket.
	 * @param socket a {@code SocketChannel}, {@code ServerSocketChannel} or
	 * {@code DatagramChannel}, or an end of a {@code Pipe}; it is made non-blocking, and
	 * the dispatcher counts as connected if the socket has a peer
	 * @param map the map to join
	 * @throws IOException if the socket cannot be made non-blocking
	 */
	public Dispatcher(SelectableChannel socket, ChannelMap map) throws IOException {
		this(map);
		this.channel.adopt(socket);
	}

	private static ChannelMap currentMap() {
		EventLoop loop = EventLoop.current();
		return (loop != null) ? loop.map() : ChannelMap.DEFAULT;
	}

	final Channel channel() {
		return this.channel;
	}

	/**
	 * Say where an object comes from, and have the loop call this very one.
	 */
	static Origin origin(Dispatcher dispatcher) {
		// asked of the field: a mock answers nothing, and a proxy has none
		Channel channel = dispatcher.channel;
		if (channel == null) {
			return Origin.UNMADE;
		}
		channel.represent(dispatcher);
		return channel.isCopied() ? Origin.COPIED : Origin.MADE;
	}

	/**
	 * Return the map that this channel is in, or will join.
	 * @return the map
	 */
	public ChannelMap map() {
		return this.channel.map();
	}

	/**
	 * Join the {@linkplain #map() map}. Stands for {@code add_channel()}; giving the
	 * dispatcher a socket does it too.
	 */
	public void addChannel() {
		addChannel(map());
	}

	/**
	 * Join a map, leaving the present one if that is another.
	 * @param map the map that is to serve this channel from now on
	 */
	public void addChannel(ChannelMap map) {
		this.channel.join(map);
	}

	/**
	 * Leave the map: there are no events any more, but the socket stays open. Stands for
	 * {@code del_channel()}.
	 */
	public void delChannel() {
		this.channel.leave();
	}

	/**
	 * Open a TCP socket for IPv4 and join the map.
	 * @throws IOException if the system has no socket to give
	 */
	public void createSocket() throws IOException {
		createSocket(StandardProtocolFamily.INET);
	}

	/**
	 * Open a stream socket and join the map.
	 * @param family {@code INET}, {@code INET6} or {@code UNIX}
	 * @throws IOException if the system has no socket to give
	 */
	public void createSocket(ProtocolFamily family) throws IOException {
		createSocket(family, SocketType.STREAM);
	}

	/**
	 * Open a socket and join the map. A socket the dispatcher had before is closed; a
	 * dispatcher that was closed is open again.
	 * @param family {@code INET} or {@code INET6}, or for streams {@code UNIX}
	 * @param type stream or datagram
	 * @throws IOException if the system has no socket to give
	 * @throws UnsupportedOperationException if there are no such sockets here
	 */
	public void createSocket(ProtocolFamily family, SocketType type) throws IOException {
		this.channel.createSocket(family, type);
	}

	/**
	 * Use a socket made elsewhere and join the map. It is made non-blocking, and the
	 * dispatcher counts as connected if it has a peer. A socket the dispatcher had before
	 * is closed.
	 * @param socket a {@code SocketChannel}, {@code ServerSocketChannel} or
	 * {@code DatagramChannel}, or an end of a {@code Pipe}
	 * @throws IOException if the socket cannot be made non-blocking
	 */
	public void setSocket(SelectableChannel socket) throws IOException {
		this.channel.setSocket(socket);
	}

	/**
	 * Return the socket. Reading from or writing to it directly goes behind the loop's
	 * back: use {@link #recv} and {@link #send}.
	 * @return the socket, another one after {@link #listen}; {@code null} before
	 * {@link #createSocket} and after {@link #close()}, and if this is a file
	 */
	public @Nullable SelectableChannel socket() {
		Endpoint endpoint = this.channel.endpoint();
		this.channel.delivery().usedDirectly();
		return (endpoint != null) ? endpoint.channel() : null;
	}

	/**
	 * Allow the address to be bound while connections of an earlier socket linger, by the
	 * option {@code SO_REUSEADDR}.
	 * @throws IOException if the system refuses
	 */
	public void setReuseAddr() throws IOException {
		setOption(StandardSocketOptions.SO_REUSEADDR, true);
	}

	/**
	 * Set a socket option. On a listening dispatcher, options that only connections have
	 * are set on the sockets it accepts. Of {@code SO_LINGER} only the value 0 has an
	 * effect, which is to reset the connection by {@link #close()}: that never waits, so
	 * with any other value the system goes on to send what was sent before, as it does
	 * without the option.
	 * @param <T> the type of the value
	 * @param option the option, such as {@code StandardSocketOptions.TCP_NODELAY}
	 * @param value its value
	 * @throws IOException if the system refuses
	 * @throws UnsupportedOperationException if the socket has no such option
	 * @throws IllegalStateException if there is no socket
	 */
	public <T> void setOption(SocketOption<T> option, T value) throws IOException {
		this.channel.socket().requireUsable("setOption", this.channel).setOption(option, value);
	}

	/**
	 * Return the value of a socket option.
	 * @param <T> the type of the value
	 * @param option the option, such as {@code StandardSocketOptions.SO_RCVBUF}; of a
	 * listening dispatcher also one that its connections are to have
	 * @return its value
	 * @throws IOException if the system refuses
	 * @throws UnsupportedOperationException if the socket has no such option
	 * @throws IllegalStateException if there is no socket
	 */
	public <T> T getOption(SocketOption<T> option) throws IOException {
		return this.channel.socket().requireUsable("getOption", this.channel).getOption(option);
	}

	/**
	 * Bind the socket to a local address. The file of a Unix domain socket stays when the
	 * socket is closed, as is usual; {@link ServerDispatcher} deletes its own.
	 * @param address the address; port 0 takes any free port, see {@link #localAddress()}
	 * @throws AddressUnavailableException if the address is taken or none of this
	 * machine's
	 * @throws IOException if it cannot be bound for another reason
	 * @throws IllegalStateException if there is no socket, or it is in use
	 */
	public void bind(SocketAddress address) throws IOException {
		this.channel.socket().bind(address, this.channel);
	}

	/**
	 * Accept connections at the address the socket is bound to, or at any free port.
	 * @param backlog how many connections may wait to be accepted, at least 1; the system
	 * may have a lower maximum
	 * @throws AddressUnavailableException if the address was taken in the meantime
	 * @throws IOException if the system refuses
	 * @throws IllegalArgumentException if {@code backlog} is less than 1
	 */
	public void listen(int backlog) throws IOException {
		this.channel.socket().listen(backlog, this.channel);
	}

	/**
	 * Begin to connect to an address. Returns at once; {@link #handleConnect()} follows,
	 * or else {@link #handleError} with an {@code IOException}, both from the loop. If
	 * that leaves the channel open this method may be called again, in it or later: the
	 * socket is replaced by one that has its options, and its address if it was bound. A
	 * socket that was not bound and finds itself connected to itself counts as refused.
	 * @param address the address of the peer; if it is an unresolved host name it is
	 * looked up first, as by {@link #connect(String, int)}
	 * @throws IOException never, failures are told to {@link #handleError}
	 * @throws IllegalStateException if there is no socket, or it is in use
	 */
	public void connect(SocketAddress address) throws IOException {
		this.channel.connecting().connect(address);
	}

	/**
	 * Begin to connect to a host, whose name is looked up off the loop, by the
	 * {@linkplain EventLoop#resolver() resolver} of the loop. Its addresses are tried as
	 * RFC 8305 says: IPv6 and IPv4 by turns, the next one when one has failed or has not
	 * answered for 250 milliseconds, until the first connection is there. A socket that
	 * was bound tries one at a time. The socket that {@link #createSocket()} makes
	 * reaches IPv4 only, one for {@code INET6} reaches both. Returns at once;
	 * {@link #handleConnect()} follows, or else {@link #handleError} with an
	 * {@code IOException}, both from the loop; then this method may be called again as
	 * {@link #connect(SocketAddress)} may.
	 * @param host a name or a literal address; one for IPv6 may be in brackets and have a
	 * scope, such as {@code fe80::1%eth0}
	 * @param port the port, 0 to 65535
	 * @throws IllegalArgumentException if the port is out of range
	 * @throws IllegalStateException if there is no socket, or it is in use
	 */
	public void connect(String host, int port) {
		this.channel.connecting().connect(host, port);
	}

	/**
	 * Set how long a connection may take that this dispatcher is to make, the lookup of
	 * the name and all addresses included. After that {@link #handleError} is told a
	 * {@link java.net.SocketTimeoutException}. Counts from the next {@code connect} on.
	 * @param timeout the time, zero for no limit; by default that of the
	 * {@linkplain EventLoop#connectTimeout() loop}, 30 seconds
	 * @throws IllegalArgumentException if {@code timeout} is negative
	 */
	public void setConnectTimeout(Duration timeout) {
		this.channel.connecting().setConnectTimeout(timeout);
	}

	/**
	 * Accept one connection.
	 * @return the connection, whose socket still is a blocking one; {@code null} if none
	 * is there, which is normal, or if the system is short of descriptors, whereupon
	 * accepting pauses for a moment
	 * @throws IOException never by the library itself
	 */
	public @Nullable Accepted accept() throws IOException {
		return this.channel.acceptor().accept();
	}

	/**
	 * Send what the socket takes now. If the peer has gone nothing is taken, now or
	 * later: what the peer had sent before is still received, if this channel reads and
	 * {@link #readable()} says so, and {@link #handleClose()} is called, once, at its
	 * end; otherwise at once. A socket for datagrams that is connected sends one, also if
	 * there is no data.
	 * @param data the data; its position is advanced by what was taken
	 * @return the number of bytes taken; 0 if the socket is full, connecting or closed
	 * @throws IOException never for a stream; if a datagram cannot be sent
	 */
	public int send(ByteBuffer data) throws IOException {
		return this.channel.transfer().send(data);
	}

	/**
	 * Send what the socket takes now, see {@link #send(ByteBuffer)}.
	 * @param data the data
	 * @return the number of bytes taken; 0 if the socket is full, connecting or closed
	 * @throws IOException never for a stream; if a datagram cannot be sent
	 */
	public int send(byte[] data) throws IOException {
		return send(ByteBuffer.wrap(data));
	}

	/**
	 * Send what the socket takes now, and tell nobody if the peer has gone: no hook is
	 * called by this method.
	 * @param data the data; its position is advanced by what was taken
	 * @return the number of bytes taken; 0 if the socket is full, connecting or closed,
	 * or the peer has gone
	 * @throws IOException never for a stream; if a datagram cannot be sent
	 */
	protected int trySend(ByteBuffer data) throws IOException {
		return this.channel.transfer().trySend(data);
	}

	/**
	 * Send what the socket takes now of a file. The system copies it from the file to the
	 * socket by itself where it can. If the peer has gone, {@link #handleClose()} is
	 * called, once, and nothing is taken.
	 * @param file the file
	 * @param position where in the file to begin
	 * @param count the most to send, in bytes
	 * @return the number of bytes taken; 0 if the socket is full, connecting or closed,
	 * or the file has no bytes at that position
	 * @throws IOException if the file cannot be read, or if another thread has
	 * interrupted this one while the system copied, which closes the file: how much was
	 * sent is not known then
	 * @throws UnsupportedOperationException if the socket is none for streams
	 */
	public long send(FileChannel file, long position, long count) throws IOException {
		return this.channel.transfer().send(file, position, count);
	}

	/**
	 * End this end's direction of the stream: when the peer has received what was sent it
	 * finds the end of the stream, and can still send. Stands for
	 * {@code socket.shutdown(SHUT_WR)}. Nothing can be sent any more. If the peer has
	 * gone, {@link #handleClose()} is called, once.
	 * @throws IOException never for a stream
	 * @throws IllegalStateException if there is no socket
	 * @throws java.nio.channels.NotYetConnectedException if there is no connection
	 * @throws UnsupportedOperationException if the socket is none for streams
	 */
	public void shutdownOutput() throws IOException {
		this.channel.transfer().shutdownOutput();
	}

	/**
	 * Receive what is there. If the peer has ended its stream, or has gone,
	 * {@link #handleClose()} is called, once.
	 * @param bufferSize the most to receive, in bytes
	 * @return the data; empty if nothing is there or the peer has closed the stream
	 * @throws IOException never for a stream
	 * @throws IllegalArgumentException if {@code bufferSize} is negative
	 */
	public byte[] recv(int bufferSize) throws IOException {
		if (bufferSize < 0) {
			throw new IllegalArgumentException("'bufferSize' must not be negative: " + bufferSize);
		}
		return this.channel.transfer().recv(bufferSize);
	}

	/**
	 * Receive what is there. If the peer has ended its stream, or has gone,
	 * {@link #handleClose()} is called, once.
	 * @param buffer where to put the data
	 * @return the number of bytes; 0 if nothing is there, -1 if the peer has closed the
	 * stream
	 * @throws IOException never for a stream
	 */
	public int recv(ByteBuffer buffer) throws IOException {
		return this.channel.transfer().recv(buffer);
	}

	/**
	 * Receive one datagram.
	 * @param buffer where to put it; what does not fit is lost
	 * @return its sender; {@code null} if nothing is there, or only the notice that an
	 * earlier datagram did not arrive
	 * @throws IOException if receiving fails
	 * @throws UnsupportedOperationException if the socket is none for datagrams
	 */
	public @Nullable SocketAddress recvFrom(ByteBuffer buffer) throws IOException {
		return this.channel.transfer().recvFrom(buffer);
	}

	/**
	 * Send one datagram.
	 * @param data the datagram, which may be an empty one
	 * @param target where to send it
	 * @return its length; 0 if the socket is full or closed
	 * @throws IOException if sending fails, for instance because it is too long
	 * @throws java.nio.channels.UnresolvedAddressException if the target is a name:
	 * {@code new InetSocketAddress(name, port)} would look it up and hold up the loop, so
	 * {@linkplain #connect(String, int) connect} to names
	 * @throws UnsupportedOperationException if the socket is none for datagrams
	 */
	public int sendTo(ByteBuffer data, SocketAddress target) throws IOException {
		return this.channel.transfer().sendTo(data, target);
	}

	/**
	 * Send one byte of out-of-band data, the TCP urgent data of RFC 9293, which RFC 6093
	 * advises against in new protocols. To a peer that has gone nothing is sent, which
	 * ends the channel as it does after {@link #send(ByteBuffer)}.
	 * @param data the byte, of which the lowest eight bits are sent
	 * @throws IOException if there is no room for it now
	 * @throws UnsupportedOperationException if the socket is none for TCP
	 * @throws IllegalStateException if there is no socket
	 */
	public void sendUrgent(int data) throws IOException {
		this.channel.transfer().sendUrgent(data);
	}

	/**
	 * Receive the byte of out-of-band data that {@link #handleExpt()} is called for.
	 * @return the byte, 0 to 255, or -1 if there is none
	 * @throws IOException if receiving fails
	 * @throws UnsupportedOperationException always: {@code java.nio} cannot tell urgent
	 * data from other data
	 */
	public int recvUrgent() throws IOException {
		throw new UnsupportedOperationException(
				"Out-of-band data cannot be received: java.nio does not tell it from other data");
	}

	/**
	 * Close the socket and leave the map. No event follows and no hook is called. Does
	 * not wait, whatever the socket's options: what was sent before goes on its way, or
	 * is dropped if {@code SO_LINGER} is 0. May be called in any state, from any thread
	 * and any number of times; the dispatcher can be given a new socket afterwards.
	 */
	@Override
	public void close() {
		this.channel.close();
	}

	/**
	 * Set what it counts as when the present connection is closed. By default that is
	 * known from why a handler was called: a peer that has gone, a failure, a timeout; a
	 * channel that closes itself for another reason may say so.
	 * @param reason the reason, which counts until there is a new socket
	 */
	protected void setCloseReason(CloseReason reason) {
		this.channel.counters().setCloseReason(reason);
	}

	/**
	 * Return what it counts as if the present connection is closed now.
	 * @return what was {@linkplain #setCloseReason set}, else the reason for which a
	 * handler is running; {@code null} if there is none, and it depends on whether the
	 * peer has gone
	 */
	protected @Nullable CloseReason closeReason() {
		return this.channel.counters().closeReason();
	}

	/**
	 * Set what it counts as when the present connection is closed, unless it is closed
	 * for a failure, a timeout, a limit or a stop, or {@link #setCloseReason} says
	 * otherwise. For classes that have decided to close and take some time for it.
	 * @param reason the reason, which counts until there is a new socket
	 */
	protected void setDefaultCloseReason(CloseReason reason) {
		this.channel.counters().setDefaultReason(reason);
	}

	/**
	 * Return what this channel is called in meters and logs. May be called from any
	 * thread.
	 * @return the name that was set; else, if a {@link ServerDispatcher} that has a name
	 * has accepted it, that; else the simple name of its class, or of an anonymous class
	 * what stands behind the package in its name
	 */
	public String channelName() {
		return this.channel.counters().name();
	}

	/**
	 * Set what this channel is called in meters and logs. What is counted is counted by
	 * name and kept for as long as there is the loop, so an application should have few
	 * names, and none that is made of an address or a number: the channels that have
	 * others than the first 200 names of their loop are counted together, as
	 * {@value LoopMonitor#OTHER}. The starter sets the names of beans and servers.
	 * @param name the name
	 */
	public void setChannelName(String name) {
		this.channel.setName(name);
	}

	/**
	 * Set what this channel is called in meters and logs, unless {@link #setChannelName}
	 * has done so. For those who put channels into service.
	 * @param name the name
	 */
	public void setDefaultChannelName(String name) {
		if (!this.channel.counters().isNamed()) {
			setChannelName(name);
		}
	}

	/**
	 * Return what an operator knows this channel by. May be called from any thread.
	 * @return the label that was set, {@code null} if there is none
	 */
	public @Nullable String label() {
		return this.channel.label();
	}

	/**
	 * Set what an operator knows this channel by, the number of a device that has logged
	 * in for instance: it is shown in logs, by the endpoint and on its page, there with
	 * control characters escaped and cut after 256 characters, so it may come from a
	 * peer. Unlike the {@linkplain #setChannelName name} each channel may have another
	 * one; nothing is counted by it. Stays until another one is set. May be called from
	 * any thread.
	 * @param label the label, {@code null} for none
	 */
	public void setLabel(@Nullable String label) {
		this.channel.setLabel(label);
	}

	/**
	 * Return how much was given to this channel to be sent that the socket has not taken
	 * yet. May be called from any thread, so a class that has a queue of its own and
	 * overrides this has to see to that.
	 * @return the number of bytes; 0 by default
	 */
	public int outBuffered() {
		return 0;
	}

	/**
	 * Say whether there is a connection.
	 * @return whether the connection was made and nobody has closed this channel yet
	 */
	public boolean connected() {
		return this.channel.state() == ChannelState.CONNECTED;
	}

	/**
	 * Say whether a connection is being made.
	 * @return whether {@code connect} was called and its outcome is still to come
	 */
	public boolean connecting() {
		return this.channel.state() == ChannelState.CONNECTING;
	}

	/**
	 * Say whether this channel accepts connections.
	 * @return whether it is listening
	 */
	public boolean accepting() {
		return this.channel.state() == ChannelState.LISTENING;
	}

	/**
	 * Return why no connections are accepted now. May be called from any thread.
	 * @return the reason, {@code null} if this channel accepts, or is not listening
	 */
	public @Nullable PauseReason acceptPaused() {
		return (accepting() && this.channel.isAcceptingPaused()) ? PauseReason.DESCRIPTORS : null;
	}

	/**
	 * Say whether this channel was closed.
	 * @return whether it was closed and has not been given a new socket
	 */
	public boolean closed() {
		return this.channel.state() == ChannelState.CLOSED;
	}

	/**
	 * Say whether {@link #handleClose()} was called because the peer has gone, or has
	 * ended its stream, and has left the channel open. There are no events any more; what
	 * is sent may still arrive if the peer has ended only its own direction, and closes
	 * the channel if not.
	 * @return whether the peer has gone
	 */
	protected boolean peerGone() {
		return this.channel.socket().isSilent();
	}

	/**
	 * Say whether nothing can be sent any more because a {@code send} has failed. What
	 * the peer has sent before may still be received until {@link #handleClose()}. A
	 * class that has a queue drops what waits there. May be called from any thread.
	 * @return whether what is sent from now on is dropped
	 */
	protected boolean outputFailed() {
		return this.channel.socket().isOutputLost();
	}

	/**
	 * Say whether a failure of this channel is being dealt with, by {@link #handleError}
	 * or because that has failed itself. Then {@link #close()} must send nothing of what
	 * waits: the peer would take what stands behind the failure for a regular end.
	 * @return whether a failure is the reason of what happens now
	 */
	protected boolean failing() {
		return this.channel.failing() != null;
	}

	/**
	 * Return the address this channel is known by.
	 * @return what {@code bind} or {@code connect} was given, or the peer of a socket
	 * that was connected when the dispatcher got it; {@code null} if there was none of it
	 */
	public @Nullable SocketAddress addr() {
		return this.channel.socket().address();
	}

	/**
	 * Return the address the socket is bound to.
	 * @return the address with the real port; {@code null} if it is not bound, or closed
	 */
	public @Nullable SocketAddress localAddress() {
		Endpoint endpoint = this.channel.endpoint();
		return (endpoint != null) ? endpoint.localAddress() : null;
	}

	/**
	 * Return the address of the peer.
	 * @return the address; {@code null} if there is no peer, or the socket is closed
	 */
	public @Nullable SocketAddress remoteAddress() {
		Endpoint endpoint = this.channel.endpoint();
		return (endpoint != null) ? endpoint.remoteAddress() : null;
	}

	/**
	 * Return the user whose process is the peer of a Unix domain socket, as the system
	 * has noted it when the connection was made.
	 * @return the user; {@code null} if there is no peer, the socket is of another kind,
	 * or the system does not tell
	 */
	public @Nullable UserPrincipal peerUser() {
		return PeerCredentials.of(this.channel.endpoint(), "user", UserPrincipal.class);
	}

	/**
	 * Return the group of the process that is the peer of a Unix domain socket, as the
	 * system has noted it when the connection was made.
	 * @return the group; {@code null} if there is no peer, the socket is of another kind,
	 * or the system does not tell
	 */
	public @Nullable GroupPrincipal peerGroup() {
		return PeerCredentials.of(this.channel.endpoint(), "group", GroupPrincipal.class);
	}

	/**
	 * Say whether {@link #handleRead()} is wanted, or on a listener
	 * {@link #handleAccept()}. A class that overrides this is asked in every pass before
	 * the loop waits; see {@link #predicatesDependOnOwnEventsOnly()}.
	 * @return {@code true} by default
	 */
	protected boolean readable() {
		return true;
	}

	/**
	 * Say whether {@link #handleWrite()} is wanted. It is called without waiting while
	 * the socket is not known to be full, so answer {@code true} only if there is
	 * something to send. A class that overrides this is asked in every pass before the
	 * loop waits; one that does not override {@code handleWrite()} is never waited for,
	 * whatever it answers.
	 * @return {@code true} by default
	 */
	protected boolean writable() {
		return true;
	}

	/**
	 * Say whether there is input that was received already and waits for its turn. Then
	 * {@link #handleRead()} is called in the next pass in which {@link #readable()}
	 * agrees, whether or not the socket has more. Asked when the predicates are.
	 * @return {@code false} by default
	 */
	protected boolean inputPending() {
		return false;
	}

	/**
	 * Called once when {@link #recv} has found that nothing more will come, before
	 * {@link #handleEof()} or {@link #handleClose()} is called for it: the last moment to
	 * hand on input that was held back because it depended on what follows. For classes
	 * that others extend; one that overrides it calls the method of its superclass too.
	 * By default does nothing.
	 * @throws Exception goes to {@link #handleError}
	 */
	protected void inputEnded() throws Exception {
	}

	/**
	 * Say whether the answers of {@link #readable()} and {@link #writable()} change only
	 * by events, tasks and timers of this very channel, or are announced by
	 * {@link #interestChanged()}. Such channels are asked only then and cost nothing
	 * while they are idle. Asked once for each socket. Counts only for predicates of the
	 * class that overrides it and of its superclasses: a subclass that overrides a
	 * predicate has to promise anew.
	 * @return {@code false} by default
	 */
	protected boolean predicatesDependOnOwnEventsOnly() {
		return false;
	}

	/**
	 * Have the predicates of this channel asked again. May be called from any thread and
	 * wakes the loop up.
	 */
	protected void interestChanged() {
		this.channel.interestChanged();
	}

	/**
	 * Say that the event which is being handled has been dealt with, although neither
	 * {@code send} nor {@code recv} was called: input that was
	 * {@linkplain #inputPending() pending} was, or the {@linkplain #socket() socket} was
	 * used directly. Events that are not dealt with over and over are held back.
	 */
	protected void eventServed() {
		this.channel.served();
	}

	/**
	 * Have input wait, whatever {@link #readable()} and {@link #inputPending()} answer:
	 * {@link #handleRead()} is not called until this is called again. For classes that
	 * cannot take input at the moment and cannot know what their subclasses answer. A new
	 * socket is not held.
	 * @param hold whether input is to wait
	 */
	protected void holdInput(boolean hold) {
		this.channel.holdInput(hold);
	}

	/**
	 * Called when there is something to {@linkplain #recv receive}. By default receives
	 * once and calls {@link #handleData} with it; if the class does not override that
	 * either, logs a warning, which is {@linkplain #ignoreLogTypes() ignored}.
	 * @throws Exception goes to {@link #handleError}
	 */
	protected void handleRead() throws Exception {
		if (this.channel.type().isDataHandled()) {
			readData();
		}
		else {
			logInfo("unhandled read event", "warning");
		}
	}

	private void readData() throws Exception {
		EventLoop loop = map().eventLoop();
		ByteBuffer buffer = loop.takeBuffer();
		try {
			if (recv(buffer) > 0) {
				handleData(buffer.flip());
			}
		}
		finally {
			loop.giveBack(buffer);
		}
	}

	/**
	 * Called with what one read has received, by the default {@link #handleRead()}: the
	 * simplest way to read is the fastest one. An echo is {@code handleData(data) {
	 * send(data); }} of a {@link DispatcherWithSend}. Of a socket for datagrams it is one
	 * datagram; who its sender is tells {@link #recvFrom}, or a
	 * {@link DatagramDispatcher}.
	 * @param data at least one byte, between position and limit, in a buffer of the loop
	 * with room for 262,144. Valid during the call only: what is to be kept must be
	 * copied. It need not be consumed; what is left is dropped
	 * @throws Exception goes to {@link #handleError}
	 */
	protected void handleData(ByteBuffer data) throws Exception {
		logInfo("unhandled data", "warning");
	}

	/**
	 * Called when the socket takes data, or is not known to be full. By default logs a
	 * warning, which is {@linkplain #ignoreLogTypes() ignored}.
	 * @throws Exception goes to {@link #handleError}
	 */
	protected void handleWrite() throws Exception {
		logInfo("unhandled write event", "warning");
	}

	/**
	 * Called when there is out-of-band data, by a transport that can tell;
	 * {@code java.nio} cannot. By default logs a warning, which is
	 * {@linkplain #ignoreLogTypes() ignored}.
	 * @throws Exception goes to {@link #handleError}
	 */
	protected void handleExpt() throws Exception {
		logInfo("unhandled incoming priority event", "warning");
	}

	/**
	 * Called when the connection that {@code connect} has asked for is there, before any
	 * other event of it. By default logs a warning, which is
	 * {@linkplain #ignoreLogTypes() ignored}.
	 * @throws Exception goes to {@link #handleError}
	 */
	protected void handleConnect() throws Exception {
		logInfo("unhandled connect event", "warning");
	}

	/**
	 * Called once when {@link #recv} has found the end of the peer's stream, before it
	 * returns. The peer may have closed only its own direction, so a class that has
	 * something queued may send that first and call this method of its superclass then.
	 * By default calls {@link #handleClose()}.
	 * @throws Exception goes to {@link #handleError}
	 */
	protected void handleEof() throws Exception {
		this.channel.tellClose();
	}

	/**
	 * Called at most once when the peer has gone, and by the default
	 * {@link #handleError}. By default logs a warning, which is
	 * {@linkplain #ignoreLogTypes() ignored}, and closes the channel. A channel that it
	 * leaves open when the peer has gone has no more events.
	 * @throws Exception goes to {@link #handleError}, and the channel is closed
	 */
	protected void handleClose() throws Exception {
		logInfo("unhandled close event", "warning");
		close();
	}

	/**
	 * Called exactly once when what a loop has served is over: a connection, a listener,
	 * a file, whoever has ended it: the peer, {@link #close()} by any thread, a failure,
	 * a timeout, a limit, a stop. Called on the loop, after the close and after all other
	 * hooks of that connection; so this is the place to leave a room, release a lease or
	 * cancel a job. The channel may be given a new socket here. By default does nothing.
	 * @param reason why it was closed
	 * @throws Exception is logged and changes nothing
	 */
	protected void handleClosed(CloseReason reason) throws Exception {
	}

	/**
	 * Called on a listener when a connection can be accepted. By default
	 * {@linkplain #accept() accepts} what is waiting, up to a bound that leaves other
	 * channels their turn, and calls {@link #handleAccepted} for each. A listener
	 * survives what this throws.
	 * @throws Exception goes to {@link #handleError}; the connection accepted last is
	 * closed, also if it is an {@link ExitNow}, unless a channel has it then
	 */
	protected void handleAccept() throws Exception {
		for (int i = 0; i < Acceptor.BATCH; i++) {
			Accepted accepted = accept();
			if (accepted == null) {
				return;
			}
			handleAccepted(accepted.socket(), accepted.address());
			// the next connection has nothing to do with it
			Interrupts.end(false);
		}
	}

	/**
	 * Called on a listener with a connection. Usually makes a dispatcher for it, which
	 * joins the map of this one. By default closes it and logs a warning, which is
	 * {@linkplain #ignoreLogTypes() ignored}; that a class does not override this is said
	 * once all the same.
	 * @param socket the connection's socket
	 * @param address the address of the peer
	 * @throws Exception goes to {@link #handleError}; the connection is closed, also if
	 * it is an {@link ExitNow}, unless a channel has it then
	 */
	protected void handleAccepted(SocketChannel socket, SocketAddress address) throws Exception {
		StreamEndpoint.close(socket);
		this.channel.totals().addRejected(RejectReason.UNHANDLED);
		if (ignoreLogTypes().contains("warning")) {
			this.channel.type().warnOfAccepted(this.channel);
		}
		logInfo("unhandled accepted event", "warning");
	}

	/**
	 * Called with what another method has thrown, and with the {@code IOException} of a
	 * connection that could not be made. By default logs it and then calls
	 * {@link #handleClose()}, unless the channel is closed already; one whose
	 * {@code handleClose()} was called before because the peer has gone is closed; a
	 * failure to accept is only logged.
	 * <p>
	 * It is logged at level ERROR with its stack trace; that no connection could be made,
	 * a {@link java.net.ProtocolException} and a {@link LimitExceededException}, which
	 * are no failures of this program, in one line at level WARN. Of failures of the same
	 * type at the same place of a class of channels five a minute are logged, and how
	 * many more there were. A class that {@linkplain #ignoreLogTypes() ignores}
	 * {@code error} logs nothing.
	 * @param failure what was thrown
	 * @throws Exception is logged, and the channel is closed
	 */
	protected void handleError(Throwable failure) throws Exception {
		Hook hook = this.channel.failing();
		boolean survives = hook == Hook.ACCEPT;
		logFailure(failure, survives);
		if (hook == Hook.CLOSE) {
			// handleClose() itself has failed: not once more
			close();
		}
		else if (!survives && !closed()) {
			handleCloseOnce();
		}
	}

	// at most once for a peer that has gone
	private void handleCloseOnce() throws Exception {
		if (this.channel.socket().isCloseTold()) {
			close();
		}
		else {
			handleClose();
		}
	}

	/**
	 * Log what was thrown, unless this channel passes over errors.
	 */
	void logFailure(Throwable failure, boolean survives) {
		if (!ignoreLogTypes().contains("error")) {
			this.channel.logFailure(failure, survives);
		}
	}

	/**
	 * Called when nothing was received or sent for the {@linkplain #setIdleTimeout idle
	 * timeout}. By default logs that and calls {@link #handleClose()}. A channel that it
	 * leaves open is told again after the same time. Not called while work is under way,
	 * {@linkplain #offload offloaded} or in a hook that runs the loop, nor while the peer
	 * takes what was sent, however slowly, as far as the system tells.
	 * @throws Exception goes to {@link #handleError}
	 */
	protected void handleTimeout() throws Exception {
		logInfo("closing idle channel " + this.channel, "info");
		handleCloseOnce();
	}

	/**
	 * Have {@link #handleTimeout()} called when nothing was received or sent for some
	 * time.
	 * @param timeout the time; zero for no limit, which is the default
	 * @throws IllegalArgumentException if {@code timeout} is negative
	 */
	public void setIdleTimeout(Duration timeout) {
		this.channel.setIdleTimeout(timeout);
	}

	/**
	 * Called when the channel enters service, before all other events: for a bean when
	 * the application starts or starts again, which is the place to create, bind, listen
	 * or connect; for the connection of a {@link ServerDispatcher} when it is there. By
	 * default does nothing.
	 * @throws Exception fails the start of the application; of a connection it goes to
	 * {@link #handleError}
	 */
	protected void handleOpen() throws Exception {
	}

	/**
	 * Run a task on the loop once, after a delay, unless the channel is closed before.
	 * May be called from any thread.
	 * @param delay how long to wait; zero means in the next pass
	 * @param task the task to run; what it throws goes to {@link #handleError}
	 * @return a handle to cancel the task or to count its delay anew
	 * @throws IllegalArgumentException if {@code delay} is negative
	 */
	public ScheduledTask callLater(Duration delay, Runnable task) {
		return this.channel.tasks().callLater(delay, task);
	}

	/**
	 * Run a task on the loop again and again, at a fixed rate, until the channel is
	 * closed. May be called from any thread.
	 * @param period the time between two runs, and before the first
	 * @param task the task to run; what it throws goes to {@link #handleError}
	 * @return a handle to cancel the task or to count its period anew
	 * @throws IllegalArgumentException if {@code period} is not positive
	 */
	public ScheduledTask callEvery(Duration period, Runnable task) {
		return this.channel.tasks().callEvery(period, task);
	}

	/**
	 * Do work that would hold up the loop on another thread, one
	 * {@linkplain EventLoop#setOffloadExecutor of those} that the loop has for it. The
	 * work of one channel is done one piece after the other, and in that order the
	 * results come back to the loop. While {@linkplain EventLoop#setMaxQueuedOffloads as
	 * much} waits as one channel may have waiting the channel is not read, and while any
	 * is under way it is not idle. May be called from any thread.
	 * <p>
	 * All of the work is done, also if the channel is closed in the meantime. Then nobody
	 * is told of the result, so work that opens something should ask {@link #closed()}
	 * when it has; a failure is logged. What has not begun when the grace period of a
	 * stop is over is dropped, which is logged too.
	 *
	 * <pre>{@code
	 * offload(() -> repository.find(id), (device) -> push(device.name() + "\n"));
	 * }</pre>
	 * @param <T> the type of the result
	 * @param work the work; what it throws goes to {@link #handleError}
	 * @param then what to do on the loop with the result, {@code null} if that is what
	 * the work has returned; what it throws goes to {@link #handleError}
	 * @throws java.util.concurrent.RejectedExecutionException if the executor does not
	 * take the work now, be it that the system has no thread for it
	 */
	protected <T extends @Nullable Object> void offload(Callable<T> work, Consumer<? super T> then) {
		Objects.requireNonNull(work, "'work' must not be null");
		Objects.requireNonNull(then, "'then' must not be null");
		this.channel.offload(work, then);
	}

	/**
	 * Do work that would hold up the loop on another thread, of which nothing but a
	 * failure is of interest, see {@link #offload(Callable, Consumer)}.
	 * @param work the work; what it throws goes to {@link #handleError}
	 * @throws java.util.concurrent.RejectedExecutionException if the executor does not
	 * take the work now, be it that the system has no thread for it
	 */
	protected void offload(Runnable work) {
		Objects.requireNonNull(work, "'work' must not be null");
		this.channel.offload(Executors.callable(work), (nothing) -> {
		});
	}

	/**
	 * Say whether work that this channel has given to {@link #offload} has not come back.
	 * @return whether some waits, is under way, or has a result that was not told yet
	 */
	protected boolean offloading() {
		return this.channel.isOffloading();
	}

	/**
	 * Say whether as much {@linkplain #offload offloaded} work waits as one channel may
	 * have waiting. Then the channel is not read. For classes that hand on what they have
	 * received piece by piece, and have to wait in the middle of it.
	 * @return whether input has to wait
	 */
	protected boolean offloadFull() {
		return this.channel.isOffloadFull();
	}

	/**
	 * Call {@link #handleWrite()} now if {@link #writable()} says so, although the socket
	 * was full: long before the system says that there is room again there may be some.
	 * For seldom use, where it matters whether a slow peer takes something. Belongs to
	 * the thread of the loop.
	 * @return whether something was sent
	 */
	protected boolean writeAgain() {
		return this.channel.sendNow();
	}

	/**
	 * Ask the system how much of what was sent the peer has not acknowledged yet: the
	 * socket takes more than the peer does. For seldom questions, such as whether a peer
	 * that seems to take nothing reads after all.
	 * @param then called on the loop, in a moment, unless the channel is closed before;
	 * with the number of bytes, an end of the stream counts as one; -1 if the system does
	 * not tell: it does on Linux, of TCP
	 */
	protected void askUnacknowledged(LongConsumer then) {
		this.channel.askUnacknowledged((count) -> this.channel.run(() -> then.accept(count)));
	}

	/**
	 * Call a hook that a class of channels adds to those of this class, from one of them,
	 * so that it is measured and told of like them.
	 * @param <T> the type of the channel
	 * @param hook what to measure it as
	 * @param channel this channel
	 * @param call calls the hook; best a constant
	 * @throws Exception what the hook throws
	 */
	protected <T> void callHook(Hook hook, T channel, HookCall<T> call) throws Exception {
		this.channel.observe(hook, channel, call);
	}

	/**
	 * Call a hook like {@link #callHook}, when it was called before in the same event and
	 * nothing of the application has run since. That spares a look at the clock: what
	 * lies between the two counts with this one.
	 * @param <T> the type of the channel
	 * @param hook what to measure it as
	 * @param channel this channel
	 * @param call calls the hook; best a constant
	 * @throws Exception what the hook throws
	 */
	protected <T> void callHookAgain(Hook hook, T channel, HookCall<T> call) throws Exception {
		this.channel.observe(hook, channel, call, true);
	}

	/**
	 * Called before this object enters service if it is a copy of the one that a
	 * constructor has made, such as the spy of a test: the loop calls this one from then
	 * on. Parts that know the other one as their channel have to know this one. By
	 * default does nothing.
	 */
	protected void handleCopied() {
	}

	/**
	 * Forget what was meant for the socket that the dispatcher had before. Not called by
	 * the constructor.
	 */
	void socketReplaced() {
	}

	/**
	 * Say whether there is output that a graceful stop should wait for.
	 */
	boolean hasOutput() {
		ChannelState state = this.channel.state();
		return (state == ChannelState.CONNECTED || state == ChannelState.BOUND) && this.channel.type().isWriteHandled()
				&& writable();
	}

	/**
	 * Log a message of the application, at level INFO. The logger has the name of the
	 * class.
	 * @param message the message
	 */
	protected void log(String message) {
		logger().info(message);
	}

	/**
	 * Log what happens to the channel.
	 * @param message the message
	 * @param type {@code info}, {@code warning} or {@code error} for the level of that
	 * name; another type is logged at level INFO with the type before the message
	 */
	protected void logInfo(String message, String type) {
		if (ignoreLogTypes().contains(type)) {
			return;
		}
		switch (type) {
			case "info" -> logger().info(message);
			case "warning" -> logger().warn(message);
			case "error" -> logger().error(message);
			default -> logger().info("{}: {}", type, message);
		}
	}

	/**
	 * Return the types of messages that {@link #logInfo} passes over.
	 * @return {@code warning} by default
	 */
	protected Set<String> ignoreLogTypes() {
		return IGNORED_LOG_TYPES;
	}

	private Logger logger() {
		return this.channel.type().logger();
	}

	/**
	 * Describe the channel: its class, whether it is listening or connected, its address,
	 * and its {@linkplain #label() label} in quotes.
	 */
	@Override
	public String toString() {
		StringBuilder text = new StringBuilder("<").append(getClass().getName());
		if (accepting()) {
			text.append(" listening");
		}
		else if (connected()) {
			text.append(" connected");
		}
		boolean bound = accepting() || this.channel.state() == ChannelState.BOUND;
		SocketAddress local = bound ? localAddress() : null;
		SocketAddress address = (local != null) ? local : addr();
		String shown = LogText.address(address);
		text.append(shown.isEmpty() ? place() : " " + shown);
		String label = label();
		if (label != null) {
			text.append(' ').append(LogText.quote(label));
		}
		return text.append(" at 0x").append(Integer.toHexString(System.identityHashCode(this))).append('>').toString();
	}

	/**
	 * Return what a description of a channel without an address says in place of it.
	 */
	String place() {
		return "";
	}

	/**
	 * A call of a hook.
	 *
	 * @param <T> the type of the channel
	 */
	@FunctionalInterface
	protected interface HookCall<T> {

		/**
		 * Call the hook.
		 * @param channel whose hook
		 * @throws Exception what the hook throws
		 */
		void call(T channel) throws Exception;

	}

}
