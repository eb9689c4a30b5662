package io.asyncore;

import java.io.IOException;
import java.net.BindException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;

import io.asyncore.transport.Endpoint;
import io.asyncore.transport.SocketEndpoint;
import io.asyncore.transport.SocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * Stands for a server on another loop: takes the connections that the server hands over
 * to that loop, or listens there itself. What fails there the server is told, on its own
 * loop.
 */
final class SharedListener extends Dispatcher implements Arrivals.Arrival {

	private final ServerDispatcher server;

	// bound, and listening before this channel has it
	private volatile @Nullable Endpoint listener;

	private volatile boolean dismissed;

	SharedListener(ServerDispatcher server, ChannelMap map) {
		super(map);
		this.server = server;
		setChannelName(server.channelName());
	}

	/**
	 * Listen at an address that the server has, too. Called by the thread of the server,
	 * so that a failure is told at once.
	 */
	void listen(ProtocolFamily family, SocketAddress address, int backlog, SocketOptions options) throws IOException {
		SocketEndpoint endpoint = channel().loop().transport().open(family, false);
		try {
			options.applyTo(endpoint);
			endpoint.bind(address);
			SocketEndpoint listener = endpoint.listen(backlog);
			this.listener = listener;
			if (listener != endpoint) {
				endpoint.close();
			}
		}
		catch (BindException ex) {
			channel().closeQuietly(endpoint);
			throw new AddressUnavailableException(address, ex);
		}
		catch (IOException | RuntimeException | Error ex) {
			channel().closeQuietly(endpoint);
			throw ex;
		}
	}

	/**
	 * Begin to accept, with the socket that listens.
	 */
	@Override
	public void arrive() {
		Endpoint listener = this.listener;
		if (listener != null && !this.dismissed) {
			channel().attempt(Hook.OPEN, this, (self) -> channel().adopt(listener));
		}
		if (this.dismissed) {
			// by another thread, maybe in the middle of it
			close();
		}
	}

	/**
	 * Say whether the socket listens. Safe from any thread.
	 */
	boolean isListening() {
		return this.listener != null && !this.dismissed;
	}

	/**
	 * Set an option of the socket that listens, if there still is one.
	 */
	<T> void change(SocketOption<T> option, T value) {
		try {
			if (accepting()) {
				setOption(option, value);
			}
		}
		catch (IOException | RuntimeException | Error ex) {
			this.server.handover().failedElsewhere(ex);
		}
	}

	@Override
	public void turnedAway() {
		close();
	}

	@Override
	public void dropped() {
		close();
	}

	/**
	 * Serve a connection that the server has handed over.
	 */
	void receive(ConnectionHandover.Connection connection) {
		Channel channel = channel();
		channel.attempt(Hook.ACCEPT, channel.acceptor(),
				(acceptor) -> acceptor.received(connection.socket(), () -> connection.serve(map())));
	}

	@Override
	protected boolean readable() {
		return this.server.readable();
	}

	@Override
	protected boolean predicatesDependOnOwnEventsOnly() {
		return !this.server.channel().type().isAskedEveryPass(this.server::predicatesDependOnOwnEventsOnly);
	}

	@Override
	public @Nullable PauseReason acceptPaused() {
		return (accepting() && this.server.isFull()) ? PauseReason.LIMIT : super.acceptPaused();
	}

	@Override
	protected void handleAccept() throws Exception {
		this.server.handover().accept(this);
	}

	@Override
	protected void handleAccepted(SocketChannel socket, SocketAddress address) throws Exception {
		this.server.handleAccepted(socket, address);
	}

	@Override
	protected void handleError(Throwable failure) {
		if (channel().failing() != Hook.ACCEPT) {
			close();
		}
		this.server.handover().failedElsewhere(failure);
	}

	/**
	 * Stop listening, for good.
	 */
	@Override
	public void close() {
		this.dismissed = true;
		super.close();
		Endpoint listener = this.listener;
		if (listener != null) {
			channel().closeQuietly(listener);
		}
	}

}
