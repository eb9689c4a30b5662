package io.asyncore;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.nio.channels.SelectableChannel;
import java.util.HashMap;
import java.util.Map;

import io.asyncore.transport.OwnAddresses;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A dispatcher for datagrams: {@link #handleDatagram} is called with each of them, whole.
 * Its socket is made by {@code createSocket(family, SocketType.DATAGRAM)}, or given to it
 * by the starter for the servers of {@code application.yml} whose protocol is
 * {@code udp}.
 * <p>
 * Datagrams are sent by {@link #sendTo}, or by {@link #send} if the socket is connected.
 * <p>
 * A socket that is bound to all interfaces answers from the address that the system
 * chooses, which on a machine with several is not always the one that was asked:
 * {@code java.nio} tells that of no datagram. A client whose socket is connected then
 * gets nothing. Have a dispatcher for each address, bound to it, where that matters.
 */
public class DatagramDispatcher extends Dispatcher {

	private static final Logger logger = LoggerFactory.getLogger(DatagramDispatcher.class);

	/** How many datagrams are received in one pass, so that others get their turn. */
	static final int BATCH = 64;

	// more than any datagram has
	private static final int SIZE = 65536;

	private final Map<Membership, MembershipKey> memberships = new HashMap<>();

	// what handleDatagram() has thrown and handleError() has not been told
	private @Nullable Throwable failure;

	/**
	 * Create a dispatcher without a socket. Its map is that of the loop that the calling
	 * thread is running, else {@link Asyncore#socketMap()}.
	 */
	public DatagramDispatcher() {
	}

	/**
	 * Create a dispatcher without a socket.
	 * @param map the map it will join when it is given a socket
	 */
	public DatagramDispatcher(ChannelMap map) {
		super(map);
	}

	/**
	 * Create a dispatcher for a socket. It joins the map of the loop that the calling
	 * thread is running, else {@link Asyncore#socketMap()}.
	 * @param socket a {@code DatagramChannel}; it is made non-blocking
	 * @throws IOException if the socket cannot be made non-blocking
	 */
	public DatagramDispatcher(SelectableChannel socket) throws IOException {
		super(socket);
	}

	/**
	 * Create a dispatcher for a socket.
	 * @param socket a {@code DatagramChannel}; it is made non-blocking
	 * @param map the map to join
	 * @throws IOException if the socket cannot be made non-blocking
	 */
	public DatagramDispatcher(SelectableChannel socket, ChannelMap map) throws IOException {
		super(socket, map);
	}

	/**
	 * Called with a datagram. By default logs a warning, which is
	 * {@linkplain #ignoreLogTypes() ignored}.
	 * @param data the datagram, perhaps an empty one; the buffer is valid during the call
	 * @param sender who has sent it
	 * @throws Exception goes to {@link #handleError}; the channel stays open by default,
	 * and the datagrams that follow are handled
	 */
	protected void handleDatagram(ByteBuffer data, SocketAddress sender) throws Exception {
		logInfo("unhandled datagram", "warning");
	}

	/**
	 * Receive what is there, up to a bound that leaves other channels their turn, and
	 * call {@link #handleDatagram} for each datagram. Those whose sender is the address
	 * of this very socket are dropped, unless it is connected, or a member of a group
	 * that it has joined by {@link #joinGroup}: somebody has forged them to have it
	 * answer itself for ever.
	 */
	@Override
	protected void handleRead() throws Exception {
		EventLoop loop = map().eventLoop();
		ByteBuffer buffer = loop.takeBuffer(SIZE);
		try {
			InetSocketAddress own = ownAddress();
			for (int i = 0; i < BATCH && (i == 0 || isWanted()); i++) {
				SocketAddress sender = recvFrom(buffer.clear().limit(SIZE));
				if (sender == null) {
					return;
				}
				if (own == null || !isSame(own, sender)) {
					handle(buffer.flip().order(ByteOrder.BIG_ENDIAN), sender);
				}
				else {
					logger.debug("{} has dropped a datagram from its own address {}", channel(), sender);
				}
			}
		}
		finally {
			loop.giveBack(buffer);
		}
	}

	/**
	 * Return the address from which nobody else can send, {@code null} if there is none:
	 * who is connected hears of its peer only, and the members of a group often share an
	 * address.
	 */
	private @Nullable InetSocketAddress ownAddress() {
		boolean alone = !connected() && !isMember();
		return (alone && localAddress() instanceof InetSocketAddress own) ? own : null;
	}

	private boolean isMember() {
		return !this.memberships.isEmpty() && this.memberships.values().stream().anyMatch(MembershipKey::isValid);
	}

	private static boolean isSame(InetSocketAddress own, SocketAddress sender) {
		if (!(sender instanceof InetSocketAddress other) || other.getPort() != own.getPort()) {
			return false;
		}
		return own.getAddress().isAnyLocalAddress() ? OwnAddresses.contain(other.getAddress())
				: own.getAddress().equals(other.getAddress());
	}

	private void handle(ByteBuffer data, SocketAddress sender) throws Exception {
		try {
			handleDatagram(data, sender);
		}
		catch (Exception | Error ex) {
			this.failure = ex;
			throw ex;
		}
	}

	private boolean isWanted() {
		return !closed() && readable() && !offloadFull();
	}

	/**
	 * Called with what another method has thrown. By default logs what
	 * {@link #handleDatagram} has thrown when {@link #handleRead()} has called it, or a
	 * task or timer of this channel, and keeps the channel: one datagram is no reason to
	 * do without those of others. All else is dealt with as by other dispatchers, which
	 * are closed.
	 */
	@Override
	protected void handleError(Throwable failure) throws Exception {
		boolean survives = failure == this.failure || channel().failing() == Hook.TASK;
		this.failure = null;
		if (survives) {
			logFailure(failure, true);
		}
		else {
			super.handleError(failure);
		}
	}

	/**
	 * Receive what is sent to a multicast group, too. Ends when the socket is closed.
	 * @param group the address of the group, of the family of the socket
	 * @param interf the network interface on which to receive it
	 * @throws IOException if the system refuses
	 * @throws IllegalArgumentException if the address is not that of a group, or not one
	 * that the socket can join
	 * @throws IllegalStateException if there is no datagram socket, or it is a member for
	 * single sources already
	 */
	public void joinGroup(InetAddress group, NetworkInterface interf) throws IOException {
		DatagramChannel socket = datagramSocket("joinGroup");
		this.memberships.put(new Membership(group, interf, null), socket.join(group, interf));
	}

	/**
	 * Receive what a source sends to a multicast group, too. Ends when the socket is
	 * closed.
	 * @param group the address of the group, of the family of the socket
	 * @param interf the network interface on which to receive it
	 * @param source the address of the source
	 * @throws IOException if the system refuses
	 * @throws IllegalArgumentException if the address is not that of a group, or not one
	 * that the socket can join, or the source is of another family
	 * @throws IllegalStateException if there is no datagram socket, or it is a member for
	 * all sources already
	 * @throws UnsupportedOperationException if the system cannot tell sources apart
	 */
	public void joinGroup(InetAddress group, NetworkInterface interf, InetAddress source) throws IOException {
		DatagramChannel socket = datagramSocket("joinGroup");
		this.memberships.put(new Membership(group, interf, source), socket.join(group, interf, source));
	}

	/**
	 * Receive no more what is sent to a multicast group.
	 * @param group the address of the group
	 * @param interf the network interface
	 * @throws IllegalStateException if there is no datagram socket, or it is not a member
	 */
	public void leaveGroup(InetAddress group, NetworkInterface interf) {
		leave(new Membership(group, interf, null));
	}

	/**
	 * Receive no more what a source sends to a multicast group.
	 * @param group the address of the group
	 * @param interf the network interface
	 * @param source the address of the source
	 * @throws IllegalStateException if there is no datagram socket, or it is not a member
	 * for that source
	 */
	public void leaveGroup(InetAddress group, NetworkInterface interf, InetAddress source) {
		leave(new Membership(group, interf, source));
	}

	private void leave(Membership membership) {
		DatagramChannel socket = datagramSocket("leaveGroup");
		MembershipKey key = this.memberships.remove(membership);
		if (key == null || !key.isValid() || key.channel() != socket) {
			throw new IllegalStateException("The socket is no member of " + membership.text());
		}
		key.drop();
	}

	private DatagramChannel datagramSocket(String method) {
		channel().socket().requireEndpoint(method);
		if (!(socket() instanceof DatagramChannel socket)) {
			throw new IllegalStateException(
					"The socket is none for datagrams: call createSocket(family, SocketType.DATAGRAM) before " + method
							+ "()");
		}
		return socket;
	}

	/**
	 * What the socket is a member of.
	 */
	private record Membership(InetAddress group, NetworkInterface interf, @Nullable InetAddress source) {

		String text() {
			return "group " + this.group.getHostAddress() + " on " + this.interf.getName()
					+ ((this.source != null) ? " for source " + this.source.getHostAddress() : "");
		}

	}

}
