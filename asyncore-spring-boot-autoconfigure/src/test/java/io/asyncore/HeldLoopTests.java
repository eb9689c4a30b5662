package io.asyncore;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * What can be done for a loop whose thread a handler holds.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HeldLoopTests {

	private final ChannelMap map = new ChannelMap();

	private final EventLoop loop = this.map.eventLoop();

	private final Gate gate = new Gate();

	private final List<AutoCloseable> resources = new ArrayList<>();

	private LoopThread thread;

	private Dispatcher listener;

	@BeforeEach
	void hold() throws Exception {
		this.thread = LoopThread.run(this.map);
		this.listener = this.thread.call(() -> {
			Dispatcher listener = new Loopback.Recorder(this.map);
			listener.createSocket();
			listener.bind(Loopback.anyPort());
			listener.listen(5);
			return listener;
		});
		this.thread.awaitPass();
	}

	@AfterEach
	void letGo() throws Exception {
		this.gate.close();
		for (AutoCloseable resource : this.resources) {
			resource.close();
		}
		this.thread.close();
	}

	private void holdByTask() throws InterruptedException {
		this.loop.execute(this.gate::pass);
		this.gate.awaitArrival();
	}

	private Loopback.Pair pair() throws IOException {
		Loopback.Pair pair = Loopback.pair();
		this.resources.add(pair);
		return pair;
	}

	@Test
	void whenListenersAreClosedTheirPortIsFreeAndTheOthersStay() throws Exception {
		Loopback.Pair pair = pair();
		Loopback.Recorder other = this.thread.call(() -> new Loopback.Recorder(pair.near(), this.map));
		int port = Loopback.port(this.listener);
		this.thread.awaitPass();
		holdByTask();
		this.loop.closeListeners();
		assertThat(this.listener.closed()).isTrue();
		assertFree(port);
		this.gate.stayOpen();
		pair.far().write(ByteBuffer.wrap(new byte[] { 'x' }));
		await().atMost(Loopback.BOUND).until(() -> other.received.toString().equals("x"));
	}

	@Test
	void whenAbandonedAllIsClosedAndCountsAsStopped() throws Exception {
		Loopback.Pair pair = pair();
		Loopback.Recorder other = this.thread.call(() -> new Loopback.Recorder(pair.near(), this.map));
		int port = Loopback.port(this.listener);
		this.thread.awaitPass();
		holdByTask();
		this.loop.abandon();
		assertThat(this.map).isEmpty();
		assertThat(other.closed()).isTrue();
		assertThat(pair.far().read(ByteBuffer.allocate(1))).isEqualTo(-1);
		assertThat(this.loop.monitor().group(other.channelName()).closed(CloseReason.SHUTDOWN)).isOne();
		assertFree(port);
		this.gate.stayOpen();
		this.thread.awaitPass();
		assertThat(other.events).isEmpty();
	}

	@Test
	void whenTheChannelThatHoldsItCannotBeClosedTheOthersAre() throws Exception {
		Object lock = new Object();
		Loopback.Pair first = pair();
		Loopback.Pair second = pair();
		this.thread.call(() -> new Loopback.Recorder(first.near(), this.map) {

			@Override
			protected void handleRead() {
				synchronized (lock) {
					HeldLoopTests.this.gate.pass();
				}
			}

			@Override
			public void close() {
				synchronized (lock) {
					super.close();
				}
			}

		});
		this.thread.call(() -> new Loopback.Recorder(second.near(), this.map));
		first.far().write(ByteBuffer.wrap(new byte[] { 'x' }));
		this.gate.awaitArrival();
		Thread abandoning = new Thread(this.loop::abandon);
		abandoning.start();
		assertThat(second.far().read(ByteBuffer.allocate(1))).isEqualTo(-1);
		await().atMost(Loopback.BOUND).until(this.listener::closed);
		assertThat(abandoning.isAlive()).isTrue();
		this.loop.abandonSockets();
		assertThat(isAtEnd(first.far())).isTrue();
		this.gate.stayOpen();
		abandoning.join(Loopback.BOUND.toMillis());
		assertThat(abandoning.isAlive()).isFalse();
		assertThat(this.map).isEmpty();
	}

	@Test
	void whenNothingHoldsItIsNotTakenOver() throws Exception {
		assertThat(this.loop.exiting()).isFalse();
		assertThatIllegalStateException().isThrownBy(() -> this.loop.runForExiting(Duration.ZERO, false));
		holdByTask();
		assertThat(this.loop.exiting()).isFalse();
		assertThatIllegalStateException().isThrownBy(() -> this.loop.runForExiting(Duration.ZERO, false));
	}

	@Test
	void whenNobodyRunsItIsNotTakenOver() throws Exception {
		EventLoop idle = new ChannelMap().eventLoop();
		assertThat(idle.exiting()).isFalse();
		assertThatIllegalStateException().isThrownBy(() -> idle.runForExiting(Duration.ZERO, false));
		idle.closeListeners();
		idle.abandon();
		idle.abandonSockets();
	}

	// or reset, with input that nobody has read
	private static boolean isAtEnd(SocketChannel peer) {
		try {
			return peer.read(ByteBuffer.allocate(1)) < 0;
		}
		catch (IOException ex) {
			return true;
		}
	}

	private static void assertFree(int port) throws IOException {
		try (ServerSocketChannel other = ServerSocketChannel.open()) {
			other.bind(new InetSocketAddress(Loopback.anyPort().getAddress(), port));
		}
	}

}
