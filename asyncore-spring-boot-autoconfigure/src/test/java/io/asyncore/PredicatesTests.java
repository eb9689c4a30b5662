package io.asyncore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for when the loop asks {@code readable()} and {@code writable()}.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PredicatesTests {

	private static final int PASSES = 100;

	private static final int MANY = 1000;

	private final ChannelMap map = new ChannelMap();

	private final List<Loopback.Pair> pairs = new ArrayList<>();

	private final AtomicInteger readableAsked = new AtomicInteger();

	private final AtomicInteger writableAsked = new AtomicInteger();

	@AfterEach
	void closeAll() throws IOException {
		Asyncore.closeAll(this.map, true);
		for (Loopback.Pair pair : this.pairs) {
			pair.close();
		}
	}

	@Test
	void whenClassOverridesReadableBothAreAskedInEveryPass() throws IOException {
		new OverridingReadable(pair().near());
		passes(PASSES);
		assertThat(this.readableAsked).hasValue(PASSES);
	}

	@Test
	void whenClassOverridesWritableItIsAskedInEveryPass() throws IOException {
		new OverridingWritable(pair().near());
		passes(PASSES);
		assertThat(this.writableAsked).hasValue(PASSES);
	}

	@Test
	void whenSubclassOverridesAPredicateOfDispatcherWithSendItIsAskedInEveryPass() throws IOException {
		new DispatcherWithSend(pair().near(), this.map) {

			@Override
			protected boolean readable() {
				PredicatesTests.this.readableAsked.incrementAndGet();
				return true;
			}

		};
		passes(PASSES);
		assertThat(this.readableAsked).hasValue(PASSES);
	}

	@Test
	void whenAnswerChangesByAnythingItCountsInTheNextPass() throws IOException {
		boolean[] wants = new boolean[1];
		Loopback.Pair pair = pair();
		Loopback.Recorder channel = new Loopback.Recorder(pair.near(), this.map) {

			@Override
			protected boolean readable() {
				return wants[0];
			}

		};
		Sockets.send(pair, "x");
		passes(3);
		assertThat(channel.events).isEmpty();
		wants[0] = true;
		passes(1);
		assertThat(channel.events).containsExactly("read");
		wants[0] = false;
		Sockets.send(pair, "y");
		passes(3);
		assertThat(channel.events).containsExactly("read");
	}

	@Test
	void whenPromiseIsMadeIsNotAskedWhileIdle() throws IOException {
		new Promising(pair().near());
		passes(3);
		this.readableAsked.set(0);
		this.writableAsked.set(0);
		passes(PASSES);
		assertThat(this.readableAsked).hasValue(0);
		assertThat(this.writableAsked).hasValue(0);
	}

	@Test
	void whenPromiseIsMadeIsAskedAgainAfterItsEvents() throws IOException {
		Loopback.Pair pair = pair();
		Promising channel = new Promising(pair.near());
		passes(3);
		this.writableAsked.set(0);
		Sockets.send(pair, "x");
		passes(1);
		assertThat(channel.events).containsExactly("read");
		passes(1);
		assertThat(this.writableAsked).hasPositiveValue();
	}

	@Test
	void whenPromiseIsMadeIsAskedAgainAfterItsTasks() throws IOException {
		Promising channel = new Promising(pair().near());
		passes(3);
		channel.callLater(Duration.ZERO, () -> channel.wants = true);
		passes(1);
		assertThat(channel.events).containsExactly("write");
	}

	@Test
	void whenSubclassMakesThePromiseItCoversInheritedPredicates() throws IOException {
		new OverridingReadable(pair().near()) {

			@Override
			protected boolean predicatesDependOnOwnEventsOnly() {
				return true;
			}

		};
		passes(3);
		this.readableAsked.set(0);
		passes(PASSES);
		assertThat(this.readableAsked).hasValue(0);
	}

	@Test
	void whenSubclassTakesThePromiseBackIsAskedInEveryPass() throws IOException {
		new Promising(pair().near()) {

			@Override
			protected boolean predicatesDependOnOwnEventsOnly() {
				return false;
			}

		};
		passes(PASSES);
		assertThat(this.writableAsked).hasValue(PASSES);
	}

	@Test
	void interestChangedHasThePredicatesAskedAgain() throws IOException {
		Promising channel = new Promising(pair().near());
		passes(3);
		channel.wants = true;
		passes(3);
		assertThat(channel.events).as("the promise is taken at its word").isEmpty();
		channel.interestChanged();
		passes(1);
		assertThat(channel.events).containsExactly("write");
	}

	@Test
	void interestChangedByAnotherThreadWakesTheLoopUp() throws Exception {
		CountDownLatch written = new CountDownLatch(1);
		Promising channel = new Promising(pair().near()) {

			@Override
			protected void handleWrite() throws Exception {
				super.handleWrite();
				written.countDown();
			}

		};
		try (LoopThread thread = LoopThread.run(this.map)) {
			thread.awaitPass();
			channel.wants = true;
			channel.interestChanged();
			// the loop would wait for 30 s
			assertThat(written.await(10, TimeUnit.SECONDS)).isTrue();
		}
	}

	@Test
	void whenPromisingChannelMovesItIsAskedByTheNewLoop() throws IOException {
		ChannelMap other = new ChannelMap();
		Loopback.Pair pair = pair();
		Promising channel = new Promising(pair.near());
		passes(3);
		channel.addChannel(other);
		channel.wants = true;
		channel.interestChanged();
		Sockets.send(pair, "x");
		Loopback.passUntil(other, () -> channel.events.size() == 2);
		assertThat(channel.events).containsExactlyInAnyOrder("read", "write");
		channel.close();
	}

	@Test
	void whenOverridingChannelMovesItIsAskedByTheNewLoopOnly() throws IOException {
		ChannelMap other = new ChannelMap();
		Dispatcher channel = new OverridingReadable(pair().near());
		new Loopback.Recorder(pair().near(), this.map);
		passes(3);
		channel.addChannel(other);
		this.readableAsked.set(0);
		passes(3);
		assertThat(this.readableAsked).hasValue(0);
		Asyncore.loop(Duration.ZERO, false, other, PASSES);
		assertThat(this.readableAsked).hasValue(PASSES);
		// and back
		channel.addChannel(this.map);
		this.readableAsked.set(0);
		passes(PASSES);
		assertThat(this.readableAsked).hasValue(PASSES);
	}

	@Test
	void whenOverridingChannelIsClosedIsNotAskedAnyMore() throws IOException {
		Dispatcher channel = new OverridingReadable(pair().near());
		new Loopback.Recorder(pair().near(), this.map);
		passes(3);
		channel.close();
		this.readableAsked.set(0);
		passes(3);
		assertThat(this.readableAsked).hasValue(0);
		// and opens again
		channel.setSocket(pair().near());
		passes(3);
		assertThat(this.readableAsked).hasValue(3);
	}

	@Test
	void whenPredicateClosesAnotherChannelAllOthersAreAsked() throws IOException {
		List<Dispatcher> victims = new ArrayList<>();
		new Loopback.Recorder(pair().near(), this.map) {

			@Override
			protected boolean readable() {
				victims.forEach(Dispatcher::close);
				return true;
			}

		};
		victims.add(new OverridingReadable(pair().near()));
		new OverridingWritable(pair().near());
		passes(5);
		assertThat(this.writableAsked).hasValue(5);
		assertThat(this.map.size()).isEqualTo(2);
	}

	@Test
	void answersThatWereNotActedOnAreNotTakenForTheLastOnes() throws IOException {
		boolean[] wants = { true };
		boolean[] leaves = new boolean[1];
		Loopback.Pair pair = pair();
		Loopback.Recorder channel = new Loopback.Recorder(pair.near(), this.map) {

			@Override
			protected boolean readable() {
				if (leaves[0]) {
					leaves[0] = false;
					throw new ExitNow();
				}
				return wants[0];
			}

		};
		passes(2);
		leaves[0] = true;
		assertThatExceptionOfType(ExitNow.class).isThrownBy(() -> passes(1));
		wants[0] = false;
		passes(1);
		Sockets.send(pair, "x");
		passes(3);
		assertThat(channel.events).isEmpty();
	}

	@Test
	void whenPredicateRunsTheLoopItsOwnAnswerCounts() throws IOException {
		boolean[] runs = new boolean[1];
		boolean[] within = new boolean[1];
		Loopback.Pair pair = pair();
		Loopback.Recorder channel = new Loopback.Recorder(pair.near(), this.map) {

			@Override
			protected boolean readable() {
				if (runs[0]) {
					runs[0] = false;
					within[0] = true;
					pollQuietly();
					within[0] = false;
				}
				// no, while another one is being asked for
				return !within[0];
			}

		};
		passes(2);
		runs[0] = true;
		passes(1);
		Sockets.send(pair, "x");
		passes(3);
		assertThat(channel.events).containsExactly("read");
	}

	private void pollQuietly() {
		try {
			Asyncore.poll(Duration.ZERO, this.map);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void whatAShutdownAsksIsNoAnswerThatThePassHasActedOn() throws Exception {
		// true only from after it was asked on, so that the shutdown is the first to hear
		// of it
		boolean[] wants = { false };
		new Loopback.Recorder(pair().near(), this.map) {

			@Override
			protected boolean writable() {
				return wants[0];
			}

			@Override
			protected void handleWrite() throws Exception {
				super.handleWrite();
				send("late".getBytes());
				wants[0] = false;
			}

		};
		new Loopback.Recorder(pair().near(), this.map) {

			@Override
			protected void handleRead() throws Exception {
				super.handleRead();
				wants[0] = true;
			}

		};
		SocketChannel far = this.pairs.get(0).far();
		SocketChannel farOfTrigger = this.pairs.get(1).far();
		// is not read, so that the shutdown has to wait
		new DispatcherWithSend(pair().near(), this.map).send(new byte[20_000_000]);
		try (LoopThread thread = LoopThread.run(this.map)) {
			this.map.eventLoop().shutdown(Loopback.BOUND);
			thread.awaitPass();
			farOfTrigger.write(ByteBuffer.wrap(new byte[1]));
			far.socket().setSoTimeout((int) Loopback.BOUND.toMillis());
			assertThat(far.socket().getInputStream().readNBytes(4)).isEqualTo("late".getBytes());
		}
	}

	@Test
	void idleChannelsOfTheLibraryCostAPassNothing() throws IOException {
		AtomicInteger sends = new AtomicInteger();
		for (int i = 0; i < MANY; i++) {
			new Promising(pair().near());
			new DispatcherWithSend(this.pairs.get(i).far(), this.map) {

				// which its writable() asks
				@Override
				public int outBuffered() {
					sends.incrementAndGet();
					return super.outBuffered();
				}

			};
		}
		passes(3);
		this.readableAsked.set(0);
		this.writableAsked.set(0);
		sends.set(0);
		passes(PASSES);
		assertThat(this.readableAsked).hasValue(0);
		assertThat(this.writableAsked).hasValue(0);
		assertThat(sends).hasValue(0);
	}

	private void passes(int count) throws IOException {
		Asyncore.loop(Duration.ZERO, false, this.map, count);
	}

	private Loopback.Pair pair() throws IOException {
		Loopback.Pair pair = Loopback.pair();
		this.pairs.add(pair);
		return pair;
	}

	private class OverridingReadable extends Dispatcher {

		OverridingReadable(SocketChannel socket) throws IOException {
			super(socket, PredicatesTests.this.map);
		}

		@Override
		protected boolean readable() {
			PredicatesTests.this.readableAsked.incrementAndGet();
			return true;
		}

	}

	private final class OverridingWritable extends Dispatcher {

		OverridingWritable(SocketChannel socket) throws IOException {
			super(socket, PredicatesTests.this.map);
		}

		@Override
		protected boolean writable() {
			PredicatesTests.this.writableAsked.incrementAndGet();
			return true;
		}

	}

	/**
	 * Promises that its answers change only with its own events.
	 */
	private class Promising extends Loopback.Recorder {

		volatile boolean wants;

		Promising(SocketChannel socket) throws IOException {
			super(socket, PredicatesTests.this.map);
		}

		@Override
		protected boolean readable() {
			PredicatesTests.this.readableAsked.incrementAndGet();
			return true;
		}

		@Override
		protected boolean writable() {
			PredicatesTests.this.writableAsked.incrementAndGet();
			return this.wants;
		}

		@Override
		protected void handleWrite() throws Exception {
			super.handleWrite();
			this.wants = false;
		}

		@Override
		protected boolean predicatesDependOnOwnEventsOnly() {
			return true;
		}

	}

}
