package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The life of a {@link Dispatcher} as its documentation draws it.
 */
@Timeout(60)
class LifeCycleTests {

	private final MovableClock clock = new MovableClock();

	private final ChannelMap map = this.clock.map();

	private final List<String> calls = new ArrayList<>();

	@AfterEach
	void close() throws IOException {
		Asyncore.closeAll(this.map, true);
	}

	@Test
	void ofAConnectionWhoseStreamEnds() throws IOException {
		try (Loopback.Pair pair = Loopback.pair()) {
			open(new Recorded(pair.near()));
			Sockets.send(pair, "x");
			await("handleData");
			pair.far().close();
			await("handleClosed");
		}
		assertThat(this.calls).containsExactly("handleOpen", "handleRead", "handleData", "handleRead", "inputEnded",
				"handleEof", "handleClose", "handleClosed peer");
	}

	@Test
	void ofAConnectionThatIsReset() throws IOException {
		try (Loopback.Pair pair = Loopback.pair()) {
			open(new Recorded(pair.near()));
			pair.far().socket().setSoLinger(true, 0);
			pair.far().close();
			await("handleClosed");
		}
		assertThat(this.calls).containsExactly("handleOpen", "handleRead", "inputEnded", "handleClose",
				"handleClosed peer");
	}

	@Test
	void ofAConnectionThatIsIdle() throws IOException {
		try (Loopback.Pair pair = Loopback.pair()) {
			Recorded channel = new Recorded(pair.near());
			channel.setIdleTimeout(Duration.ofSeconds(5));
			open(channel);
			this.clock.advanceMillis(5001);
			await("handleClosed");
		}
		assertThat(this.calls).containsExactly("handleOpen", "handleTimeout", "handleClose", "handleClosed timeout");
	}

	@Test
	void ofAConnectionWhoseTaskFails() throws IOException {
		try (Loopback.Pair pair = Loopback.pair()) {
			Recorded channel = new Recorded(pair.near());
			open(channel);
			channel.callLater(Duration.ZERO, () -> {
				throw new IllegalStateException("told to fail");
			});
			await("handleClosed");
		}
		assertThat(this.calls).containsExactly("handleOpen", "handleError", "handleClose", "handleClosed error");
	}

	@Test
	void ofAConnectionThatIsClosedHere() throws IOException {
		try (Loopback.Pair pair = Loopback.pair()) {
			Recorded channel = new Recorded(pair.near());
			open(channel);
			channel.close();
			await("handleClosed");
		}
		assertThat(this.calls).containsExactly("handleOpen", "handleClosed local");
	}

	@Test
	void ofAClientAndItsListener() throws IOException {
		Recorded listener = new Recorded();
		listener.createSocket();
		listener.bind(Loopback.anyPort());
		listener.listen(5);
		Recorded client = new Recorded();
		client.createSocket();
		client.connect(listener.localAddress());
		await("handleConnect");
		await("handleAccepted");
		assertThat(this.calls).containsSubsequence("handleAccept", "handleAccepted")
			.containsOnlyOnce("handleConnect", "handleAccepted")
			.doesNotContain("handleOpen");
		assertThat(client.connected()).isTrue();
	}

	@Test
	void ofAClientThatIsRefused() throws IOException {
		Recorded client = new Recorded();
		client.createSocket();
		client.connect(Peer.nobody());
		await("handleClosed");
		assertThat(this.calls).containsExactly("handleError", "handleClose", "handleClosed error");
	}

	@Test
	void ofAConnectionThatMovesToAnotherLoop() throws IOException {
		ChannelMap other = this.clock.map();
		try (Loopback.Pair pair = Loopback.pair()) {
			Recorded channel = new Recorded(pair.near());
			open(channel);
			channel.callLater(Duration.ZERO, () -> this.calls.add("timer"));
			channel.addChannel(other);
			Sockets.send(pair, "x");
			Loopback.passUntil(other, () -> this.calls.containsAll(List.of("timer", "handleData")));
			pair.far().close();
			Loopback.passUntil(other, () -> this.calls.contains("handleClosed peer"));
		}
		assertThat(this.calls).containsSubsequence("handleOpen", "timer", "inputEnded", "handleClosed peer")
			.containsOnlyOnce("handleOpen", "timer", "handleData", "handleClosed peer");
	}

	private void open(Dispatcher channel) throws IOException {
		this.map.eventLoop().execute(() -> {
			try {
				this.map.eventLoop().open(channel);
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		});
		await("handleOpen");
	}

	private void await(String call) throws IOException {
		Loopback.passUntil(this.map, () -> this.calls.stream().anyMatch((each) -> each.startsWith(call)));
	}

	/**
	 * Records what is called.
	 */
	private final class Recorded extends Dispatcher {

		Recorded() {
			super(LifeCycleTests.this.map);
		}

		Recorded(SocketChannel socket) throws IOException {
			super(socket, LifeCycleTests.this.map);
		}

		private void called(String call) {
			LifeCycleTests.this.calls.add(call);
		}

		@Override
		protected void handleOpen() throws Exception {
			called("handleOpen");
			super.handleOpen();
		}

		@Override
		protected void handleRead() throws Exception {
			called("handleRead");
			super.handleRead();
		}

		@Override
		protected void handleData(ByteBuffer data) {
			called("handleData");
		}

		@Override
		protected void handleConnect() {
			called("handleConnect");
		}

		@Override
		protected void handleAccept() throws Exception {
			called("handleAccept");
			super.handleAccept();
		}

		@Override
		protected void handleAccepted(SocketChannel socket, SocketAddress address) {
			called("handleAccepted");
		}

		@Override
		protected void inputEnded() throws Exception {
			called("inputEnded");
			super.inputEnded();
		}

		@Override
		protected void handleEof() throws Exception {
			called("handleEof");
			super.handleEof();
		}

		@Override
		protected void handleTimeout() throws Exception {
			called("handleTimeout");
			super.handleTimeout();
		}

		@Override
		protected void handleError(Throwable failure) throws Exception {
			called("handleError");
			super.handleError(failure);
		}

		@Override
		protected void handleClose() throws Exception {
			called("handleClose");
			super.handleClose();
		}

		@Override
		protected void handleClosed(CloseReason reason) {
			called("handleClosed " + reason.label());
		}

		@Override
		protected Set<String> ignoreLogTypes() {
			return Set.of("info", "warning", "error");
		}

	}

}
