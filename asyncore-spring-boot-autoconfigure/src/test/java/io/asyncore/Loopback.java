package io.asyncore;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

import io.asyncore.transport.SocketQueues;

import static org.assertj.core.api.Assertions.fail;

/**
 * What tests with real sockets need: passes made by hand within a bound of time, blocking
 * peers, and a dispatcher that records what happens to it.
 */
public final class Loopback {

	public static final Duration BOUND = Duration.ofSeconds(10);

	private Loopback() {
	}

	public static InetSocketAddress anyPort() {
		return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
	}

	public static int port(Dispatcher dispatcher) {
		InetSocketAddress address = (InetSocketAddress) dispatcher.localAddress();
		if (address == null) {
			throw new IllegalStateException(dispatcher + " is not bound");
		}
		return address.getPort();
	}

	/**
	 * Make passes until the condition holds; fail if that takes longer than
	 * {@link #BOUND}.
	 */
	public static void passUntil(ChannelMap map, BooleanSupplier condition) throws IOException {
		passUntil(map, false, condition);
	}

	public static void passUntil(ChannelMap map, boolean usePoll, BooleanSupplier condition) throws IOException {
		long end = System.nanoTime() + BOUND.toNanos();
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() - end > 0) {
				fail("The condition did not hold within " + BOUND + "; map: " + map);
			}
			onePass(map, usePoll, Duration.ofMillis(10));
		}
	}

	/**
	 * Make a pass, and then some until the system has answered what was asked of it in
	 * that one: those who ask have their turn one after the other, elsewhere.
	 */
	public static void passUntilSystemHasAnswered(ChannelMap map) throws IOException {
		onePass(map, false, Duration.ZERO);
		AtomicBoolean answered = new AtomicBoolean();
		SocketQueues.askUnacknowledged(anyPort(), anyPort(), (count) -> answered.set(true));
		passUntil(map, answered::get);
		for (int i = 0; i < 5; i++) {
			onePass(map, false, Duration.ofMillis(5));
		}
	}

	public static void onePass(ChannelMap map, boolean usePoll, Duration timeout) throws IOException {
		Asyncore.loop(timeout, usePoll, map, 1);
	}

	/**
	 * A blocking socket for the other end. Reads fail after {@link #BOUND}.
	 */
	public static Socket peer(Dispatcher server) throws IOException {
		Socket socket = new Socket();
		socket.setTcpNoDelay(true);
		socket.setSoTimeout((int) BOUND.toMillis());
		socket.connect(server.localAddress(), (int) BOUND.toMillis());
		return socket;
	}

	/**
	 * Two connected sockets, the first to be given to a dispatcher.
	 */
	public static Pair pair() throws IOException {
		try (ServerSocketChannel server = ServerSocketChannel.open().bind(anyPort())) {
			SocketChannel near = SocketChannel.open(server.getLocalAddress());
			SocketChannel far = server.accept();
			far.socket().setTcpNoDelay(true);
			return new Pair(near, far);
		}
	}

	public record Pair(SocketChannel near, SocketChannel far) implements AutoCloseable {

		@Override
		public void close() throws IOException {
			this.near.close();
			this.far.close();
		}

	}

	/**
	 * Reads everything, wants to write nothing, and records the events in order.
	 */
	static class Recorder extends Dispatcher {

		final List<String> events = Collections.synchronizedList(new ArrayList<>());

		final StringBuffer received = new StringBuffer();

		final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());

		Recorder(ChannelMap map) {
			super(map);
		}

		Recorder(SocketChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected boolean writable() {
			return false;
		}

		@Override
		protected void handleRead() throws Exception {
			this.events.add("read");
			this.received.append(new String(recv(65536), java.nio.charset.StandardCharsets.ISO_8859_1));
		}

		@Override
		protected void handleWrite() throws Exception {
			this.events.add("write");
		}

		@Override
		protected void handleConnect() throws Exception {
			this.events.add("connect");
		}

		@Override
		protected void handleAccepted(SocketChannel socket, SocketAddress address) throws Exception {
			this.events.add("accepted");
			socket.close();
		}

		@Override
		protected void handleClose() throws Exception {
			this.events.add("close");
			close();
		}

		@Override
		protected void handleError(Throwable failure) throws Exception {
			this.events.add("error");
			this.failures.add(failure);
			super.handleError(failure);
		}

	}

}
