package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.asyncore.loop.Interrupts;
import io.asyncore.transport.StreamEndpoint;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a server does with the connections it accepts: each is served by one of the loops
 * that share them, and there the factory makes its channel.
 */
final class ConnectionHandover {

	private static final Logger logger = LoggerFactory.getLogger(ServerDispatcher.class);

	// for how long connections are accepted in a pass
	private static final long MOST_NANOS = 5_000_000;

	private ServerDispatcher server;

	private final ChannelFactory factory;

	private final Admission admission;

	private final SharedListeners listeners;

	// accepted and counted, and not known to be in good hands
	private final Set<SocketChannel> reserved = ConcurrentHashMap.newKeySet();

	private volatile @Nullable EventLoopGroup group;

	ConnectionHandover(ServerDispatcher server, ChannelFactory factory, Admission admission) {
		this.server = server;
		this.factory = factory;
		this.admission = admission;
		this.listeners = new SharedListeners(server);
	}

	/**
	 * Have a copy of the server called.
	 */
	void represent(ServerDispatcher server) {
		this.server = server;
		this.listeners.represent(server);
	}

	SharedListeners listeners() {
		return this.listeners;
	}

	@Nullable EventLoopGroup group() {
		return this.group;
	}

	void setGroup(EventLoopGroup group) {
		this.group = group;
	}

	/**
	 * Accept what waits at the server or at a listener that listens, up to the limit of
	 * connections.
	 */
	void accept(Dispatcher listener) throws Exception {
		EventLoop loop = listener.map().eventLoop();
		long since = loop.nanoTime();
		for (int i = 0; i < Acceptor.BATCH && listener.readable(); i++) {
			if (i > 0) {
				if (loop.nanoTime() - since >= MOST_NANOS) {
					// the channels that it takes so long to make are not the only ones
					return;
				}
				loop.monitor().progress().goesOn();
			}
			Accepted accepted = this.listeners.areListening() ? acceptCounted(listener) : listener.accept();
			if (accepted == null) {
				return;
			}
			try {
				listener.handleAccepted(accepted.socket(), accepted.address());
				// no concern of what happens from now on
				Newcomer.release(accepted.socket());
			}
			finally {
				// the next connection has nothing to do with it
				Interrupts.end(false);
				if (takeReserved(accepted.socket())) {
					// it was not received
					this.admission.leave();
				}
			}
		}
	}

	// several accept at a time, and together no more than the limit
	private @Nullable Accepted acceptCounted(Dispatcher listener) throws IOException {
		if (!this.admission.tryEnter()) {
			listener.eventServed();
			return null;
		}
		Accepted accepted = null;
		try {
			accepted = listener.accept();
		}
		finally {
			if (accepted == null) {
				this.admission.leave();
			}
			else {
				this.reserved.add(accepted.socket());
			}
		}
		return accepted;
	}

	/**
	 * Have a connection served, here or by the loop whose turn it is.
	 */
	void receive(SocketChannel socket, SocketAddress address) throws Exception {
		boolean counted = takeReserved(socket);
		EventLoop own = this.server.map().eventLoop();
		EventLoop current = EventLoop.current();
		if (current != null && current != own && !own.inLoop()) {
			// a listener has accepted it
			serve(socket, address, current.map(), counted);
			return;
		}
		EventLoop target = this.listeners.areListening() ? null : next();
		if (target == null || target == own) {
			serve(socket, address, this.server.map(), counted);
			return;
		}
		if (!counted) {
			this.admission.enter();
		}
		Newcomer.release(socket);
		handOver(new Connection(this, socket, address), target);
		this.admission.entered();
	}

	// with one listener there are none, and to look one up takes a moment
	private boolean takeReserved(SocketChannel socket) {
		return !this.reserved.isEmpty() && this.reserved.remove(socket);
	}

	private @Nullable EventLoop next() {
		EventLoopGroup group = this.group;
		return (group != null) ? group.next() : null;
	}

	private void handOver(Connection connection, EventLoop target) {
		target.parts().arrivals().expect(new HandOver(connection, this.listeners.on(target)));
	}

	/**
	 * Make the channel of a connection and put it into service, on the loop of a map.
	 * @param counted whether the connection is counted already
	 */
	void serve(SocketChannel socket, SocketAddress address, ChannelMap map, boolean counted) throws Exception {
		Newcomer newcomer = Newcomer.of(socket);
		if (newcomer == null) {
			// a subclass has kept it for a while
			this.server.channel().acceptor().received(socket, () -> serve(socket, address, map, counted));
			return;
		}
		boolean entered = false;
		try {
			Dispatcher channel = make(socket, address, map.loop());
			// it was made for this connection: who closes it from now on means that
			int life = channel.channel().life();
			entered = isFor(channel, socket, map) && enter(newcomer, channel, socket, map, counted, life);
			if (!entered) {
				newcomer.reject(RejectReason.REFUSED);
			}
			else if (!channel.closed()) {
				// as an observer may have done
				channel.channel().guard(Hook.OPEN, channel, Dispatcher::handleOpen);
			}
		}
		catch (Throwable ex) {
			// whatever it is, and be it meant to leave the loop
			if (!entered) {
				newcomer.reject(RejectReason.ERROR);
			}
			throw ex;
		}
		finally {
			if (counted && !entered) {
				this.admission.leave();
			}
		}
	}

	// not if the factory has closed it
	private boolean isFor(Dispatcher channel, SocketChannel socket, ChannelMap map) {
		requireUnserved(channel, map);
		SelectableChannel present = channel.socket();
		if (!channel.closed() && present != null && present != socket) {
			throw new IllegalStateException("Each connection needs a new channel, but the channel factory of "
					+ this.server + " has returned " + channel + ", which has another socket");
		}
		return !channel.closed();
	}

	/**
	 * Put a channel into service, as a connection of this server.
	 * @return whether that is done: it may have been given the socket after another
	 * thread has closed it; what is not in service is closed
	 */
	private boolean enter(Newcomer newcomer, Dispatcher channel, SocketChannel socket, ChannelMap map, boolean counted,
			int life) throws Exception {
		boolean entered = false;
		RejectReason obstacle = RejectReason.ERROR;
		try {
			boolean given = channel.socket() != null;
			// each of the two may be overridden, so no lock can be held here; and first
			// this one, for the loop of another map must not serve it for a moment
			channel.addChannel(map);
			if (!given) {
				channel.setSocket(socket);
			}
			entered = channel.channel().belongTo(this.admission, counted, life);
			obstacle = RejectReason.REFUSED;
		}
		finally {
			if (!entered) {
				newcomer.reject(obstacle);
				channel.channel().closeForcibly();
			}
		}
		return entered;
	}

	private void requireUnserved(Dispatcher channel, ChannelMap map) {
		EventLoop loop = channel.map().eventLoop();
		boolean elsewhere = channel.map() != map && loop.thread() != null && !loop.inLoop();
		if (elsewhere && (channel.socket() != null || channel.closed())) {
			// which may have begun to serve it half made, and closed it for what that has
			// led to
			channel.close();
			throw new IllegalStateException(
					"A channel was put into the map of another loop: leave the map out, then it "
							+ "is that of the loop whose turn it is. The channel factory of " + this.server
							+ " has made " + channel);
		}
	}

	private Dispatcher make(SocketChannel socket, SocketAddress address, LoopParts loop) throws Exception {
		boolean interrupted = Interrupts.arePending();
		boolean outer = loop.setMaking(true);
		Dispatcher channel;
		try {
			channel = this.factory.create(socket, address);
		}
		finally {
			loop.setMaking(outer);
			Interrupts.end(interrupted);
		}
		if (channel == null) {
			throw new IllegalStateException(
					"The channel factory of " + this.server + " has returned null: it has to make a channel, or throw");
		}
		EventLoop.requireMade(channel);
		return channel;
	}

	/**
	 * Have {@code handleError} of the server called for what has failed on another loop.
	 */
	void failedElsewhere(Throwable failure) {
		ServerDispatcher server = this.server;
		int life = server.channel().life();
		EventLoop loop = server.map().eventLoop();
		Runnable tell = () -> {
			if (server.channel().life() == life && loop.inLoop()) {
				server.channel().attempt(Hook.ACCEPT, failure, ConnectionHandover::rethrow);
			}
			else {
				loop.parts()
					.report(logger, "A connection of {}, which does not run now, has failed", server.channel(),
							failure);
			}
		};
		if (loop.thread() != null) {
			loop.execute(tell);
		}
		else {
			tell.run();
		}
	}

	private static void rethrow(Throwable failure) throws Exception {
		if (failure instanceof Error error) {
			throw error;
		}
		throw (Exception) failure;
	}

	/**
	 * A connection that another loop is to serve, and that is counted.
	 */
	record Connection(ConnectionHandover handover, SocketChannel socket, SocketAddress address) {

		void serve(ChannelMap map) throws Exception {
			this.handover.serve(this.socket, this.address, map, true);
		}

		/**
		 * Go to the loop whose turn it is now.
		 */
		void goOn() {
			EventLoop target = this.handover.next();
			if (target != null) {
				this.handover.handOver(this, target);
			}
			else {
				refuse();
			}
		}

		/**
		 * Close, because no loop will serve it.
		 */
		void refuse() {
			ServerDispatcher server = this.handover.server;
			server.channel().totals().addRejected(RejectReason.REFUSED);
			this.handover.admission.leave();
			try {
				StreamEndpoint.close(this.socket);
			}
			catch (IOException ex) {
				server.channel().type().logger().debug("Closing {} failed", LogText.escape(this.socket), ex);
			}
		}

	}

	/**
	 * A connection on its way from the loop that has accepted it to the one that is to
	 * serve it.
	 */
	private record HandOver(Connection connection, SharedListener receiver) implements Arrivals.Arrival {

		@Override
		public void arrive() {
			this.receiver.receive(this.connection);
		}

		@Override
		public void turnedAway() {
			this.connection.goOn();
		}

		@Override
		public void dropped() {
			this.connection.refuse();
		}

	}

}
