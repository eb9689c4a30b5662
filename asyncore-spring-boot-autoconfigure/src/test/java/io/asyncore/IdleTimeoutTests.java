package io.asyncore;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.asyncore.transport.SocketQueues;
import io.asyncore.transport.Transports;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Dispatcher#setIdleTimeout} and {@link Dispatcher#handleTimeout()}.
 */
class IdleTimeoutTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private final MovableClock clock = new MovableClock();

	private final ChannelMap map = new ChannelMap(this.clock, Transports.standard());

	private final List<Peer> peers = new ArrayList<>();

	@AfterEach
	void closeAll() throws IOException {
		for (Peer peer : this.peers) {
			peer.close();
		}
		Asyncore.closeAll(this.map, true);
	}

	@Test
	void closesAChannelThatIsSilent() throws IOException {
		Watched channel = watched();
		channel.setIdleTimeout(TIMEOUT);
		advance(TIMEOUT.minusNanos(1));
		assertThat(channel.events).isEmpty();
		advance(Duration.ofNanos(1));
		assertThat(channel.events).containsExactly("timeout", "close");
		assertThat(channel.closed()).isTrue();
	}

	@Test
	void byDefaultThereIsNone() throws IOException {
		Watched channel = watched();
		advance(Duration.ofDays(1000));
		assertThat(channel.events).isEmpty();
	}

	@Test
	void whatIsReceivedPutsItOff() throws IOException {
		Watched channel = watched();
		channel.setIdleTimeout(TIMEOUT);
		for (int i = 1; i <= 3; i++) {
			int count = i;
			advance(TIMEOUT.minusSeconds(1));
			this.peers.get(0).send("x");
			Loopback.passUntil(this.map, () -> channel.received == count);
		}
		advance(TIMEOUT.minusNanos(1));
		assertThat(channel.events).isEmpty();
		advance(Duration.ofNanos(1));
		assertThat(channel.events).containsExactly("timeout", "close");
	}

	@Test
	void whatIsSentPutsItOff() throws IOException {
		Watched channel = watched();
		channel.setIdleTimeout(TIMEOUT);
		for (int i = 0; i < 3; i++) {
			advance(TIMEOUT.minusSeconds(1));
			assertThat(channel.send(new byte[1])).isEqualTo(1);
		}
		advance(TIMEOUT.minusNanos(1));
		assertThat(channel.events).isEmpty();
	}

	@Test
	void whatIsOnlyQueuedDoesNot() throws IOException {
		Peer peer = Peer.withSmallBuffers();
		this.peers.add(peer);
		List<String> events = new ArrayList<>();
		DispatcherWithSend channel = new DispatcherWithSend(peer.near(), this.map) {

			@Override
			protected void handleTimeout() {
				events.add("timeout with " + ((outBuffered() > 0) ? "output" : "nothing"));
				close();
			}

		};
		channel.setIdleTimeout(TIMEOUT);
		channel.send(new byte[8 * 1024 * 1024]);
		passUntilFull(channel);
		advance(TIMEOUT.minusSeconds(1));
		channel.send(new byte[1]);
		// the system is asked elsewhere what the peer has taken
		Loopback.passUntil(this.map, () -> {
			this.clock.advance(Duration.ofSeconds(1));
			return !events.isEmpty();
		});
		assertThat(events).containsExactly("timeout with output");
	}

	@Test
	void whilePeerTakesWhatWasSentItIsNotIdleHoweverSlowly() throws IOException {
		Peer peer = Peer.withSmallBuffers();
		this.peers.add(peer);
		SendingOnce channel = new SendingOnce(peer);
		channel.setIdleTimeout(TIMEOUT);
		channel.fill();
		for (int i = 0; i < 2; i++) {
			take(peer, channel);
			halves(2);
			assertThat(channel.closed()).as("after %s", i).isFalse();
		}
		advanceUntilTimeout(channel);
	}

	@Test
	void peerThatTakesNothingForAMomentBeforeTheEndIsNotTakenForOneThatTakesNothing() throws IOException {
		Peer peer = Peer.withSmallBuffers();
		this.peers.add(peer);
		SendingOnce channel = new SendingOnce(peer);
		channel.setIdleTimeout(TIMEOUT);
		this.clock.advance(Duration.ofNanos(1));
		channel.fill();
		// so the system is asked a nanosecond before the end for the first time
		forward(TIMEOUT.minusNanos(1));
		forward(Duration.ofNanos(1));
		assertThat(channel.closed()).isFalse();
		take(peer, channel);
		forward(TIMEOUT.dividedBy(2));
		assertThat(channel.closed()).isFalse();
		advanceUntilTimeout(channel);
	}

	@Test
	void whenPeerHasTakenTheRestItIsIdleFromThenOnly() throws IOException {
		Peer peer = Peer.withSmallBuffers();
		this.peers.add(peer);
		SendingOnce channel = new SendingOnce(peer);
		channel.setIdleTimeout(TIMEOUT);
		this.clock.advance(Duration.ofSeconds(1));
		channel.fill();
		forward(TIMEOUT.minusSeconds(1));
		while (unacknowledged(channel) > 0) {
			Sockets.read(peer.socket(), ByteBuffer.allocate(64 * 1024));
		}
		forward(Duration.ofSeconds(1));
		assertThat(channel.closed()).isFalse();
		advanceUntilTimeout(channel);
	}

	private void advanceUntilTimeout(SendingOnce channel) throws IOException {
		Loopback.passUntil(this.map, () -> {
			this.clock.advance(TIMEOUT.dividedBy(4));
			return channel.closed();
		});
		assertThat(channel.timeouts).isEqualTo(1);
	}

	private void halves(int count) throws IOException {
		for (int i = 0; i < count; i++) {
			forward(TIMEOUT.dividedBy(4));
		}
	}

	// and let the system answer, which it is asked elsewhere
	private void forward(Duration time) throws IOException {
		this.clock.advance(time);
		Loopback.passUntilSystemHasAnswered(this.map);
	}

	private static long unacknowledged(Dispatcher channel) {
		CompletableFuture<Long> answer = new CompletableFuture<>();
		SocketQueues.askUnacknowledged(channel.localAddress(), channel.remoteAddress(), answer::complete);
		return answer.orTimeout(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS).join();
	}

	// so much that the system tells the other end of it, which takes a moment
	private static void take(Peer peer, Dispatcher channel) throws IOException {
		long before = unacknowledged(channel);
		ByteBuffer some = ByteBuffer.allocate(512);
		Awaitility.await().atMost(Loopback.BOUND).pollInterval(Duration.ofMillis(1)).until(() -> {
			Sockets.read(peer.socket(), some.clear());
			return unacknowledged(channel) < before;
		});
		assertThat(unacknowledged(channel)).isPositive();
	}

	@Test
	void whileOffloadedWorkIsUnderWayItIsNotIdle() throws Exception {
		CountDownLatch go = new CountDownLatch(1);
		List<String> events = new ArrayList<>();
		Dispatcher channel = new Dispatcher(near(), this.map) {

			@Override
			protected void handleTimeout() {
				events.add("timeout");
				close();
			}

		};
		channel.setIdleTimeout(TIMEOUT);
		channel.offload(() -> go.await(10, TimeUnit.SECONDS), (done) -> events.add("done " + done));
		for (int i = 0; i < 3; i++) {
			advance(TIMEOUT);
		}
		assertThat(events).isEmpty();
		go.countDown();
		Loopback.passUntil(this.map, () -> !events.isEmpty());
		assertThat(events).containsExactly("done true");
		advance(TIMEOUT);
		advance(TIMEOUT);
		assertThat(events).containsExactly("done true", "timeout");
	}

	@Test
	void whileHandlerRunsTheLoopItIsNotIdle() throws IOException {
		Loopback.Pair pair = Loopback.pair();
		List<String> events = new ArrayList<>();
		Dispatcher channel = new Dispatcher(pair.near(), this.map) {

			@Override
			protected void handleRead() throws IOException {
				recv(100);
				for (int i = 0; i < 3; i++) {
					advance(TIMEOUT);
				}
				events.add("read");
			}

			@Override
			protected void handleTimeout() {
				events.add("timeout");
				close();
			}

		};
		channel.setIdleTimeout(TIMEOUT);
		Sockets.send(pair, "x");
		Loopback.passUntil(this.map, () -> !events.isEmpty());
		assertThat(events).containsExactly("read");
		pair.close();
	}

	@Test
	void whenPeerHasGoneHandleTimeoutDoesNotTellTheCloseAgain() throws IOException {
		Peer peer = Peer.withNearEnd();
		this.peers.add(peer);
		List<String> events = new ArrayList<>();
		Dispatcher channel = new Dispatcher(peer.near(), this.map) {

			@Override
			protected void handleRead() throws IOException {
				recv(100);
			}

			@Override
			protected void handleClose() {
				events.add("close");
			}

		};
		peer.endOutput();
		Loopback.passUntil(this.map, () -> !events.isEmpty());
		channel.setIdleTimeout(TIMEOUT);
		advance(TIMEOUT);
		assertThat(events).containsExactly("close");
		assertThat(channel.closed()).isTrue();
	}

	// what the system has taken is on its way for a moment, and then it takes some more
	private void passUntilFull(DispatcherWithSend channel) throws IOException {
		int quiet = 0;
		while (quiet < 5) {
			int before = channel.outBuffered();
			Loopback.onePass(this.map, false, Duration.ofMillis(10));
			quiet = (channel.outBuffered() == before) ? quiet + 1 : 0;
		}
	}

	@Test
	void whatIsSentAtTheEndOfALongHandlerOfAnotherChannelPutsItOffFromThen() throws IOException {
		Watched channel = watched();
		channel.setIdleTimeout(TIMEOUT);
		Dispatcher busy = new Dispatcher(near(), this.map) {

			@Override
			protected void handleRead() throws IOException {
				recv(100);
				IdleTimeoutTests.this.clock.advance(TIMEOUT.plusSeconds(1));
				channel.send(new byte[1]);
			}

		};
		this.peers.get(1).send("x");
		Loopback.passUntil(this.map, () -> channel.channel().counters().sent() == 1);
		Loopback.onePass(this.map, false, Duration.ZERO);
		advance(TIMEOUT.minusNanos(1));
		assertThat(channel.events).isEmpty();
		advance(Duration.ofNanos(1));
		assertThat(channel.events).containsExactly("timeout", "close");
		busy.close();
	}

	@Test
	void whatALongHandlerTakesIsNotTheTimeOfItsPeer() throws IOException {
		Watched channel = new Watched(this.map) {

			@Override
			protected void handleRead() throws Exception {
				super.handleRead();
				IdleTimeoutTests.this.clock.advance(TIMEOUT.plusSeconds(1));
			}

		};
		channel.setSocket(near());
		channel.setIdleTimeout(TIMEOUT);
		this.peers.get(0).send("x");
		Loopback.passUntil(this.map, () -> channel.received == 1);
		advance(TIMEOUT.minusNanos(1));
		assertThat(channel.events).isEmpty();
		advance(Duration.ofNanos(1));
		assertThat(channel.events).containsExactly("timeout", "close");
	}

	@Test
	void timersOfTheChannelDoNotPutItOff() throws IOException {
		Watched channel = watched();
		channel.setIdleTimeout(TIMEOUT);
		channel.callEvery(Duration.ofSeconds(1), () -> {
		});
		for (int i = 0; i < 10; i++) {
			advance(Duration.ofSeconds(1));
		}
		assertThat(channel.events).containsExactly("timeout", "close");
	}

	@Test
	void whenHandleTimeoutKeepsTheChannelTellsItAgain() throws IOException {
		Watched channel = watched();
		channel.keep = true;
		channel.setIdleTimeout(TIMEOUT);
		for (int i = 0; i < 3; i++) {
			advance(TIMEOUT);
		}
		assertThat(channel.events).containsExactly("timeout", "timeout", "timeout");
		assertThat(channel.connected()).isTrue();
	}

	@Test
	void whenHandleTimeoutFailsTellsHandleError() throws IOException {
		Watched channel = watched();
		channel.failing = true;
		channel.setIdleTimeout(TIMEOUT);
		advance(TIMEOUT);
		assertThat(channel.events).containsExactly("timeout", "error: as planned", "close");
	}

	@Test
	void canBeChangedAndTakenAway() throws IOException {
		Watched channel = watched();
		channel.setIdleTimeout(TIMEOUT);
		advance(TIMEOUT.minusSeconds(1));
		channel.setIdleTimeout(TIMEOUT.multipliedBy(2));
		advance(TIMEOUT.plusSeconds(9));
		assertThat(channel.events).isEmpty();
		channel.setIdleTimeout(Duration.ZERO);
		advance(Duration.ofDays(1));
		assertThat(channel.events).isEmpty();
		channel.setIdleTimeout(TIMEOUT);
		advance(TIMEOUT);
		assertThat(channel.events).containsExactly("timeout", "close");
	}

	@Test
	void negativeTimeIsRefused() throws IOException {
		Watched channel = watched();
		assertThatIllegalArgumentException().isThrownBy(() -> channel.setIdleTimeout(Duration.ofNanos(-1)))
			.withMessageContaining("negative");
	}

	@Test
	void veryLongTimeIsForEver() throws IOException {
		Watched channel = watched();
		channel.setIdleTimeout(Duration.ofSeconds(Long.MAX_VALUE));
		advance(Duration.ofDays(10_000));
		assertThat(channel.events).isEmpty();
	}

	@Test
	void countsFromTheSocketOnAndAnewForTheNext() throws IOException {
		Watched channel = new Watched(this.map);
		channel.setIdleTimeout(TIMEOUT);
		advance(TIMEOUT.multipliedBy(2));
		assertThat(channel.events).isEmpty();
		channel.setSocket(near());
		advance(TIMEOUT.minusSeconds(1));
		channel.setSocket(near());
		advance(TIMEOUT.minusSeconds(1));
		assertThat(channel.events).isEmpty();
		channel.close();
		advance(TIMEOUT);
		assertThat(channel.events).isEmpty();
		channel.setSocket(near());
		advance(TIMEOUT);
		assertThat(channel.events).containsExactly("timeout", "close");
	}

	@Test
	void goesAlongToAnotherMap() throws IOException {
		Watched channel = watched();
		channel.setIdleTimeout(TIMEOUT);
		ChannelMap other = new ChannelMap(this.clock, Transports.standard());
		channel.addChannel(other);
		advance(TIMEOUT);
		assertThat(channel.events).isEmpty();
		Loopback.onePass(other, false, Duration.ofMillis(1));
		assertThat(channel.events).containsExactly("timeout", "close");
	}

	@Test
	void boundsTheTimeToConnect() throws IOException {
		Watched channel = new Watched(this.map);
		channel.setIdleTimeout(TIMEOUT);
		channel.createSocket();
		advance(TIMEOUT);
		assertThat(channel.events).containsExactly("timeout", "close");
	}

	@Test
	void sendingAFilePutsItOff() throws Exception {
		Watched channel = watched();
		channel.setIdleTimeout(TIMEOUT);
		advance(TIMEOUT.minusSeconds(1));
		Path file = Files.createTempFile("idle", null);
		try (FileChannel content = FileChannel.open(Files.writeString(file, "x"))) {
			assertThat(channel.send(content, 0, 1)).isEqualTo(1);
		}
		finally {
			Files.delete(file);
		}
		advance(Duration.ofSeconds(2));
		assertThat(channel.events).isEmpty();
	}

	private SocketChannel near() throws IOException {
		Peer peer = Peer.withNearEnd();
		this.peers.add(peer);
		return peer.near();
	}

	private Watched watched() throws IOException {
		Watched channel = new Watched(this.map);
		channel.setSocket(near());
		return channel;
	}

	private void advance(Duration duration) throws IOException {
		this.clock.advance(duration);
		Loopback.onePass(this.map, false, Duration.ZERO);
		Loopback.onePass(this.map, false, Duration.ZERO);
	}

	/**
	 * Sends as much as the sockets take, much more than the peer's.
	 */
	private final class SendingOnce extends Dispatcher {

		private int timeouts;

		SendingOnce(Peer peer) throws IOException {
			super(peer.near().setOption(StandardSocketOptions.SO_SNDBUF, 128 * 1024), IdleTimeoutTests.this.map);
		}

		void fill() throws IOException {
			ByteBuffer data = ByteBuffer.allocate(1024 * 1024);
			int quiet = 0;
			while (quiet < 5) {
				quiet = (send(data) > 0) ? 0 : quiet + 1;
				Loopback.onePass(IdleTimeoutTests.this.map, false, Duration.ofMillis(10));
			}
		}

		@Override
		protected boolean writable() {
			return false;
		}

		@Override
		protected void handleTimeout() {
			this.timeouts++;
			close();
		}

	}

	private static class Watched extends Dispatcher {

		private final List<String> events = new ArrayList<>();

		private int received;

		private boolean keep;

		private boolean failing;

		Watched(ChannelMap map) {
			super(map);
		}

		@Override
		protected void handleRead() throws Exception {
			this.received += Math.max(0, recv(ByteBuffer.allocate(100)));
		}

		@Override
		protected void handleTimeout() throws Exception {
			this.events.add("timeout");
			if (this.failing) {
				throw new IllegalStateException("as planned");
			}
			if (!this.keep) {
				super.handleTimeout();
			}
		}

		@Override
		protected void handleClose() throws Exception {
			this.events.add("close");
			super.handleClose();
		}

		@Override
		protected void handleError(Throwable failure) throws Exception {
			this.events.add("error: " + failure.getMessage());
			handleClose();
		}

	}

}
