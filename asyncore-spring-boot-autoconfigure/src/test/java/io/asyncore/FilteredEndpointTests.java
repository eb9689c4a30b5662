package io.asyncore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

import io.asyncore.chat.AsyncChat;
import io.asyncore.transport.Endpoint;
import io.asyncore.transport.Filter;
import io.asyncore.transport.FilteredEndpoint;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What a channel does with a {@link Filter} that takes and gives bytes when it likes.
 */
@Timeout(60)
class FilteredEndpointTests {

	private static final byte[] HELLO = Records.record(Records.HELLO, "");

	private static final byte[] END = Records.record(Records.END, "");

	private final MovableClock clock = new MovableClock();

	private final ChannelMap map = new ChannelMap();

	private final List<AutoCloseable> toClose = new ArrayList<>();

	@AfterEach
	void close() throws Exception {
		Asyncore.closeAll(this.map, true);
		for (AutoCloseable closeable : this.toClose) {
			closeable.close();
		}
	}

	private <T extends AutoCloseable> T keep(T closeable) {
		this.toClose.add(closeable);
		return closeable;
	}

	private Peer peer() throws IOException {
		return keep(Peer.withNearEnd());
	}

	private Peer narrowPeer() throws IOException {
		return keep(Peer.withSmallBuffers());
	}

	private Scripted channel(Peer peer, Filter filter) throws IOException {
		return channel(peer, filter, this.map);
	}

	private static Scripted channel(Peer peer, Filter filter, ChannelMap map) throws IOException {
		Scripted channel = new Scripted(peer.near(), map);
		channel.channel().filter(filter);
		return channel;
	}

	private void passUntil(BooleanSupplier condition) throws IOException {
		Loopback.passUntil(this.map, condition);
	}

	private void pass(int count) throws IOException {
		for (int i = 0; i < count; i++) {
			Loopback.onePass(this.map, false, Duration.ofMillis(5));
		}
	}

	private static byte[] random(int length) {
		byte[] data = new byte[length];
		new Random(length).nextBytes(data);
		return data;
	}

	private static byte[] data(String text) {
		return Records.record(Records.DATA, text);
	}

	private static Records.Transcript wire(Peer peer) {
		return Records.read(peer.poll().bytes());
	}

	private static String kinds(Peer peer) {
		return wire(peer).kinds();
	}

	// a channel that sends as much as is taken, until it was less than it had
	private static Scripted filling(Scripted channel, AtomicInteger taken, byte[] all) {
		channel.writable = () -> taken.get() < all.length;
		return channel.on("write",
				(self) -> taken.addAndGet(self.send(ByteBuffer.wrap(all, taken.get(), all.length - taken.get()))));
	}

	/**
	 * Before there is data.
	 */
	@Nested
	class Handshake {

		@Test
		void comesBeforeDataInBothDirections() throws Exception {
			Peer peer = peer();
			AtomicInteger taken = new AtomicInteger();
			Scripted channel = filling(channel(peer, new Records()), taken, new byte[] { 'h', 'i' });
			passUntil(() -> kinds(peer).equals("H"));
			pass(5);
			assertThat(taken).hasValue(0);
			peer.send(HELLO).send(data("there"));
			passUntil(() -> wire(peer).text().equals("hi") && channel.received.toString().equals("there"));
			assertThat(channel.events).containsOnlyOnce("read");
		}

		@Test
		void goesOnThoughDispatcherNeitherReadsNorWrites() throws Exception {
			Peer peer = peer();
			Scripted channel = channel(peer, new Records());
			channel.readable = () -> false;
			peer.send(HELLO);
			passUntil(() -> (channel.channel().endpoint().ready() & Endpoint.WRITE) != 0);
			assertThat(channel.events).isEmpty();
		}

		@Test
		void isNotInputOfTheDispatcher() throws Exception {
			Peer peer = peer();
			Scripted channel = channel(peer, new Records());
			peer.send(HELLO);
			passUntil(() -> (channel.channel().endpoint().ready() & Endpoint.WRITE) != 0);
			pass(5);
			assertThat(channel.events).isEmpty();
			assertThat(channel.channel().counters().received()).isZero();
			assertThat(ChannelSnapshot.of(channel).secured()).isTrue();
		}

		@Test
		void silentPeerMakesNoPasses() throws Exception {
			Peer peer = peer();
			ChannelMap other = new ChannelMap();
			CountingPasses channel = new CountingPasses(peer.near(), other);
			channel.channel().filter(new Records());
			try (LoopThread loop = LoopThread.run(other)) {
				channel.assertLoopRests(Duration.ofMillis(200));
				peer.send(new byte[] { 'H' });
				channel.assertLoopRests(Duration.ofMillis(200));
				loop.call(() -> {
					channel.close();
					return null;
				});
			}
		}

		@Test
		void countsAsActivity() throws Exception {
			Peer peer = peer();
			ChannelMap timed = FilteredEndpointTests.this.clock.map();
			Scripted channel = channel(peer, new Records(), timed);
			Loopback.onePass(timed, false, Duration.ZERO);
			FilteredEndpointTests.this.clock.advanceMillis(1000);
			peer.send(HELLO);
			Loopback.passUntil(timed, () -> (channel.channel().endpoint().ready() & Endpoint.WRITE) != 0);
			assertThat(channel.channel().activeAt()).isEqualTo(timed.eventLoop().nanoTime());
			channel.close();
		}

	}

	/**
	 * Data that comes and goes.
	 */
	@Nested
	class Data {

		@Test
		void whatIsHeldIsDeliveredWithoutReadiness() throws Exception {
			Peer peer = peer();
			Scripted channel = channel(peer, new Records());
			channel.on("read", (self) -> self.receive(10));
			peer.send(HELLO).send(data("x".repeat(1000))).send(data("y".repeat(1000)));
			passUntil(() -> channel.received.length() == 2000);
			assertThat(channel.received.toString()).isEqualTo("x".repeat(1000) + "y".repeat(1000));
			assertThat(channel.events).hasSize(200);
		}

		@Test
		void whatIsHeldWaitsForTheDispatcher() throws Exception {
			Peer peer = peer();
			AtomicInteger asked = new AtomicInteger();
			Scripted channel = channel(peer, new Records());
			channel.readable = () -> asked.incrementAndGet() > 10;
			peer.send(HELLO).send(data("one")).send(data("two"));
			passUntil(() -> channel.received.toString().equals("onetwo"));
			assertThat(asked.get()).isGreaterThan(10);
		}

		@Test
		void bytesThatComeOneByOneAreOneRecord() throws Exception {
			Peer peer = peer();
			Scripted channel = channel(peer, new Records());
			peer.send(HELLO);
			for (byte single : data("abc")) {
				peer.send(new byte[] { single });
				pass(2);
			}
			passUntil(() -> channel.received.toString().equals("abc"));
			assertThat(channel.events).containsExactly("read");
		}

		@Test
		void isCountedAsTheDispatcherSeesIt() throws Exception {
			Peer peer = peer();
			AtomicInteger taken = new AtomicInteger();
			Scripted channel = filling(channel(peer, new Records()), taken, random(5000));
			peer.send(HELLO).send(data("12345"));
			passUntil(() -> wire(peer).data().length == 5000 && channel.received.length() == 5);
			assertThat(channel.channel().counters().sent()).isEqualTo(5000);
			assertThat(channel.channel().counters().received()).isEqualTo(5);
		}

		@Test
		void wireThatIsFullIsWaitedForAndTheLoopRests() throws Exception {
			Peer peer = narrowPeer();
			ChannelMap other = new ChannelMap();
			AtomicInteger passes = new AtomicInteger();
			AtomicInteger taken = new AtomicInteger();
			byte[] all = random(1_000_000);
			Scripted channel = filling(channel(peer, new Records(), other), taken, all);
			channel.readable = () -> passes.incrementAndGet() > 0;
			peer.send(HELLO);
			try (LoopThread loop = LoopThread.run(other)) {
				Awaitility.await().until(() -> taken.get() > 0);
				CountingPasses.assertFew(passes, Duration.ofMillis(300));
				assertThat(taken.get()).isLessThan(all.length);
				assertThat(channel.channel().endpoint().held()).isPositive();
				Awaitility.await()
					.pollInterval(Duration.ofMillis(1))
					.until(() -> peer.poll().count() > all.length && wire(peer).data().length == all.length);
				loop.call(() -> {
					channel.close();
					return null;
				});
			}
			assertThat(wire(peer).data()).isEqualTo(all);
		}

		@Test
		void goesBothWaysAtOnce() throws Exception {
			byte[] all = random(4 * 1024 * 1024);
			Peer sockets = narrowPeer();
			AtomicInteger[] taken = { new AtomicInteger(), new AtomicInteger() };
			ByteBuffer[] got = { ByteBuffer.allocate(all.length), ByteBuffer.allocate(all.length) };
			SocketChannel[] ends = { sockets.near(), sockets.socket() };
			for (int i = 0; i < 2; i++) {
				ByteBuffer target = got[i];
				Scripted end = new Scripted(ends[i], FilteredEndpointTests.this.map);
				end.channel().filter(new Complement(7000));
				end.channel().filter(new Records(() -> {
				}, Duration.ofSeconds(5), false));
				filling(end, taken[i], all).on("read", (self) -> {
					ByteBuffer buffer = ByteBuffer.allocate(1 + target.position() % 30_000);
					self.recv(buffer);
					target.put(buffer.flip());
				});
			}
			passUntil(() -> !got[0].hasRemaining() && !got[1].hasRemaining());
			assertThat(got[0].array()).isEqualTo(all);
			assertThat(got[1].array()).isEqualTo(all);
		}

		@Test
		void fileGoesThroughTheFilter(@TempDir Path directory) throws Exception {
			byte[] all = random(700_000);
			Path path = Files.write(directory.resolve("file"), all);
			Peer peer = peer();
			Scripted channel = channel(peer, new Records());
			AtomicInteger sent = new AtomicInteger();
			try (FileChannel file = FileChannel.open(path)) {
				channel.writable = () -> sent.get() < all.length;
				channel.on("write",
						(self) -> sent.addAndGet((int) self.send(file, sent.get(), all.length - sent.get())));
				peer.send(HELLO);
				passUntil(() -> wire(peer).data().length == all.length);
			}
			assertThat(wire(peer).data()).isEqualTo(all);
		}

		@Test
		void urgentDataIsRefused() throws Exception {
			Scripted channel = channel(peer(), new Records());
			assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> channel.sendUrgent(1))
				.withMessageContaining("sendUrgent");
		}

		@Test
		void idleChannelHoldsNothing() throws Exception {
			Peer peer = peer();
			AtomicInteger taken = new AtomicInteger();
			Scripted channel = filling(channel(peer, new Records()), taken, random(100_000));
			peer.send(HELLO).send(data("x"));
			passUntil(() -> wire(peer).data().length == 100_000 && channel.received.length() == 1);
			Endpoint endpoint = channel.channel().endpoint();
			assertThat(endpoint.held()).isZero();
			assertThat(endpoint).extracting("input.rest", "output.rest").containsOnlyNulls();
		}

	}

	/**
	 * A stream that ends in one direction, or is closed.
	 */
	@Nested
	class End {

		@Test
		void ofOutputIsSaidBehindWhatWasWritten() throws Exception {
			Peer peer = narrowPeer();
			AtomicInteger taken = new AtomicInteger();
			byte[] all = random(1_000_000);
			Scripted channel = filling(channel(peer, new Records()), taken, all);
			peer.send(HELLO);
			passUntil(() -> channel.channel().endpoint().held() > 0);
			channel.writable = () -> false;
			channel.shutdownOutput();
			passUntil(() -> peer.poll().isEnded());
			assertThat(wire(peer).data()).hasSize(taken.get());
			assertThat(kinds(peer)).isEqualTo("HDE");
			peer.send(data("still"));
			passUntil(() -> channel.received.toString().equals("still"));
			assertThat(channel.closed()).isFalse();
		}

		@Test
		void ofOutputWaitsForTheHandshake() throws Exception {
			Peer peer = peer();
			Scripted channel = channel(peer, new Records());
			passUntil(() -> kinds(peer).equals("H"));
			channel.shutdownOutput();
			pass(3);
			assertThat(peer.poll().isEnded()).isFalse();
			peer.send(HELLO);
			passUntil(() -> peer.poll().isEnded());
			assertThat(kinds(peer)).isEqualTo("HE");
		}

		@Test
		void ofInputLeavesOutputOpen() throws Exception {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), FilteredEndpointTests.this.map) {

				@Override
				protected void handleEof() {
					this.events.add("eof");
				}

			};
			channel.channel().filter(new Records());
			peer.send(HELLO).send(data("last")).send(END);
			passUntil(() -> channel.events.contains("eof"));
			assertThat(channel.received).hasToString("last");
			assertThat(channel.send(ByteBuffer.wrap(new byte[] { 'x' }))).isOne();
			passUntil(() -> wire(peer).text().equals("x"));
			assertThat(channel.failures).isEmpty();
		}

		@Test
		void ofTheWireIsNotThatOfTheStream() throws Exception {
			Peer peer = peer();
			Scripted channel = channel(peer, new Records());
			peer.send(HELLO).send(data("last"));
			peer.endOutput();
			passUntil(channel::closed);
			assertThat(channel.received).hasToString("last");
			assertThat(channel.failures).singleElement()
				.isInstanceOf(IOException.class)
				.hasToString("java.io.IOException: Cut off");
			assertThat(channel.events).containsOnlyOnce("error").endsWith("error", "close");
		}

		@Test
		void ofTheWireDuringTheHandshake() throws Exception {
			Peer peer = peer();
			Scripted channel = channel(peer, new Records());
			channel.readable = () -> false;
			peer.endOutput();
			passUntil(() -> (channel.channel().endpoint().ready() & Endpoint.READ) != 0);
			channel.readable = () -> true;
			passUntil(channel::closed);
			assertThat(channel.failures).hasSize(1);
		}

		@Test
		void closeLetsWhatIsHeldLeave() throws Exception {
			Peer peer = narrowPeer();
			AtomicInteger taken = new AtomicInteger();
			Records records = new Records();
			Scripted channel = filling(channel(peer, records), taken, random(1_000_000));
			peer.send(HELLO);
			passUntil(() -> channel.channel().endpoint().held() > 0);
			channel.close();
			assertThat(channel.closed()).isTrue();
			assertThat(FilteredEndpointTests.this.map.isEmpty()).isTrue();
			assertThat(FilteredEndpointTests.this.map.engine().closings().isEmpty()).isTrue();
		}

		@Test
		void closeInHandlerLetsWhatIsHeldLeave() throws Exception {
			Peer peer = narrowPeer();
			AtomicInteger taken = new AtomicInteger();
			Records records = new Records();
			byte[] all = random(1_000_000);
			Scripted channel = channel(peer, records);
			channel.writable = () -> true;
			channel.on("write", (self) -> {
				taken.addAndGet(self.send(ByteBuffer.wrap(all, taken.get(), all.length - taken.get())));
				if (self.channel().endpoint().held() > 0) {
					self.close();
				}
			});
			peer.send(HELLO);
			// which goes on until it has left
			try (LoopThread loop = LoopThread.run(FilteredEndpointTests.this.map,
					() -> Asyncore.loop(FilteredEndpointTests.this.map))) {
				Awaitility.await().until(() -> peer.poll().isEnded());
				loop.join();
			}
			assertThat(channel.closed()).isTrue();
			assertThat(wire(peer).data()).hasSize(taken.get());
			assertThat(kinds(peer)).isEqualTo("HDE");
			assertThat(records.closes).isOne();
		}

		@ParameterizedTest
		@ValueSource(booleans = { false, true })
		void closeWaitsForWhatTheFilterAwaits(boolean elsewhere) throws Exception {
			Peer peer = peer();
			ChannelMap other = new ChannelMap();
			Records records = new Records(null, Duration.ofSeconds(30), true);
			Scripted channel = channel(peer, records, other);
			peer.send(HELLO);
			try (LoopThread loop = LoopThread.run(other)) {
				Awaitility.await().until(() -> kinds(peer).equals("H"));
				loop.awaitPass();
				if (elsewhere) {
					channel.close();
				}
				else {
					loop.call(() -> {
						channel.close();
						return null;
					});
				}
				Awaitility.await().until(() -> kinds(peer).equals("HE"));
				peer.send(data("too late"));
				loop.awaitPass();
				assertThat(loop.call(() -> other.engine().closings().isEmpty())).isFalse();
				assertThat(peer.poll().isEnded()).isFalse();
				peer.send(END);
				Awaitility.await().until(() -> peer.poll().isEnded());
				assertThat(loop.call(() -> other.engine().closings().isEmpty())).isTrue();
			}
			assertThat(channel.received).isEmpty();
		}

		@Test
		void closeIsOverAfterThePatienceOfTheFilter() throws Exception {
			Peer peer = peer();
			MovableClock clock = FilteredEndpointTests.this.clock;
			ChannelMap timed = clock.map();
			Scripted channel = channel(peer, new Records(null, Duration.ofSeconds(3), true), timed);
			channel.on("read", Scripted::close);
			peer.send(HELLO).send(data("x"));
			Loopback.passUntil(timed, channel::closed);
			Loopback.passUntil(timed, () -> kinds(peer).equals("HE"));
			clock.advanceMillis(2999);
			Loopback.onePass(timed, false, Duration.ZERO);
			assertThat(timed.engine().closings().isEmpty()).isFalse();
			assertThat(peer.poll().isEnded()).isFalse();
			clock.advanceMillis(1);
			Loopback.onePass(timed, false, Duration.ZERO);
			assertThat(timed.engine().closings().isEmpty()).isTrue();
			Awaitility.await().until(() -> peer.poll().isEnded());
		}

		@Test
		void gracefulStopWaitsForWhatIsHeld() throws Exception {
			Peer peer = narrowPeer();
			ChannelMap other = new ChannelMap();
			AtomicInteger taken = new AtomicInteger();
			Scripted channel = channel(peer, new Records(), other);
			peer.send(HELLO);
			byte[] all = random(1_000_000);
			filling(channel, taken, all);
			LoopThread loop = LoopThread.run(other);
			Awaitility.await().until(() -> channel.channel().endpoint().held() > 0);
			loop.call(() -> channel.writable = () -> false);
			other.eventLoop().shutdown(Duration.ofSeconds(20));
			Awaitility.await().until(() -> peer.poll().isEnded());
			loop.join();
			assertThat(wire(peer).data()).hasSize(taken.get());
			assertThat(kinds(peer)).isEqualTo("HDE");
		}

		@Test
		void forcedStopWaitsForNothing() throws Exception {
			Peer peer = narrowPeer();
			ChannelMap other = new ChannelMap();
			AtomicInteger taken = new AtomicInteger();
			Scripted channel = filling(channel(peer, new Records(), other), taken, random(1_000_000));
			peer.send(HELLO);
			LoopThread loop = LoopThread.run(other);
			Awaitility.await().until(() -> channel.channel().endpoint().held() > 0);
			other.eventLoop().shutdown(Duration.ofMillis(50));
			loop.join();
			assertThat(other.engine().closings().isEmpty()).isTrue();
			Awaitility.await().until(() -> peer.poll().isEnded());
		}

		@Test
		void stopLeavesNothingToFinish() throws Exception {
			Peer peer = peer();
			ChannelMap other = new ChannelMap();
			Scripted channel = channel(peer, new Records(null, Duration.ofSeconds(30), true), other);
			channel.on("read", Scripted::close);
			peer.send(HELLO).send(data("x"));
			try (LoopThread loop = LoopThread.run(other)) {
				Awaitility.await().until(() -> kinds(peer).equals("HE"));
				assertThat(loop.call(() -> other.engine().closings().isEmpty())).isFalse();
			}
			Awaitility.await().until(() -> peer.poll().isEnded());
		}

		@Test
		void channelsOfAHeldLoopAreClosedAtOnce() throws Exception {
			Peer peer = peer();
			ChannelMap other = new ChannelMap();
			Scripted channel = channel(peer, new Records(null, Duration.ofSeconds(30), true), other);
			CountDownLatch held = new CountDownLatch(1);
			CountDownLatch gate = new CountDownLatch(1);
			channel.on("read", (self) -> {
				held.countDown();
				gate.await();
			});
			try (LoopThread loop = LoopThread.run(other)) {
				peer.send(HELLO).send(data("x"));
				assertThat(held.await(10, TimeUnit.SECONDS)).isTrue();
				other.eventLoop().abandon();
				Awaitility.await().until(() -> peer.poll().isEnded());
				gate.countDown();
				loop.awaitPass();
			}
		}

		@Test
		void channelCanBeginAnewWhileTheOldEndIsFinished() throws Exception {
			Peer old = peer();
			Peer fresh = peer();
			ChannelMap other = new ChannelMap();
			Scripted channel = channel(old, new Records(null, Duration.ofSeconds(30), true), other);
			old.send(HELLO);
			try (LoopThread loop = LoopThread.run(other)) {
				Awaitility.await().until(() -> kinds(old).equals("H"));
				loop.call(() -> {
					channel.setSocket(fresh.near());
					return null;
				});
				fresh.send("plain");
				Awaitility.await().until(() -> channel.received.toString().equals("plain"));
				Awaitility.await().until(() -> kinds(old).equals("HE"));
				old.send(END);
				Awaitility.await().until(() -> old.poll().isEnded());
				loop.call(() -> {
					channel.close();
					return null;
				});
			}
		}

	}

	/**
	 * What fails.
	 */
	@Nested
	class Failure {

		@ParameterizedTest
		@ValueSource(booleans = { false, true })
		void isToldOnceAndThePeerIsToldWhy(boolean reading) throws Exception {
			Peer peer = peer();
			Scripted channel = channel(peer, new Records());
			channel.readable = () -> reading;
			peer.send("GET / HTTP/1.1\r\n\r\n");
			passUntil(() -> channel.closed());
			assertThat(channel.failures).singleElement().isInstanceOf(IOException.class);
			assertThat(channel.events).containsOnlyOnce("error").endsWith("error", "close");
			Awaitility.await().until(() -> peer.poll().isEnded());
			assertThat(kinds(peer)).isEqualTo("HA");
		}

		@Test
		void closesAlsoIfHandleErrorDoesNot() throws Exception {
			Peer peer = peer();
			AtomicInteger taken = new AtomicInteger();
			Scripted channel = filling(channel(peer, new Records()), taken, random(10));
			channel.on("error", (self) -> {
			});
			peer.send(HELLO).send("nonsense");
			passUntil(() -> channel.closed());
			assertThat(channel.failures).hasSize(1);
			assertThat(channel.events).endsWith("error", "close");
		}

		@Test
		void comesBehindWhatWasReceivedBefore() throws Exception {
			Peer peer = peer();
			Scripted channel = channel(peer, new Records());
			channel.on("read", (self) -> self.receive(3));
			peer.send(HELLO).send(data("good")).send("nonsense");
			passUntil(() -> channel.closed());
			assertThat(channel.received).hasToString("good");
			assertThat(channel.failures).hasSize(1);
		}

		@Test
		void ofTheFilterItselfIsThatOfItsChannelOnly() throws Exception {
			Peer peer = peer();
			Peer good = peer();
			Scripted channel = channel(peer, new Records(() -> {
				throw new IllegalStateException("in a task");
			}, Duration.ofSeconds(5), false));
			Scripted other = channel(good, new Complement(10));
			peer.send(HELLO);
			passUntil(() -> channel.closed());
			assertThat(channel.failures).singleElement()
				.asInstanceOf(InstanceOfAssertFactories.THROWABLE)
				.hasRootCauseMessage("in a task");
			good.send(new byte[] { ~'a' });
			passUntil(() -> other.received.toString().equals("a"));
		}

		@ParameterizedTest
		@ValueSource(strings = { "ready", "awaitsInput", "received", "transmit", "read", "task" })
		void byAMistakeOfTheFilterHoldsUpNobody(String method) throws Exception {
			Peer peer = peer();
			Peer good = peer();
			AtomicReference<String> failing = new AtomicReference<>("");
			Scripted channel = channel(peer, new Mistaken(failing));
			Scripted other = channel(good, new Complement(10));
			pass(2);
			failing.set(method);
			peer.send("x");
			passUntil(() -> channel.closed());
			assertThat(channel.failures).singleElement()
				.asInstanceOf(InstanceOfAssertFactories.THROWABLE)
				.hasRootCauseInstanceOf(AssertionError.class);
			good.send(new byte[] { ~'a' });
			passUntil(() -> other.received.toString().equals("a"));
		}

		@Test
		void byAMistakeAtTheEndOfTheInputIsTold() throws Exception {
			Peer peer = peer();
			Scripted channel = channel(peer, new Mistaken(new AtomicReference<>("receivedEnd")));
			peer.close();
			passUntil(() -> channel.closed());
			assertThat(channel.failures).singleElement()
				.asInstanceOf(InstanceOfAssertFactories.THROWABLE)
				.hasRootCauseMessage("receivedEnd");
		}

		@Test
		void byAMistakeAtTheEndOfTheOutputIsTold() throws Exception {
			Peer peer = peer();
			Scripted channel = channel(peer, new Mistaken(new AtomicReference<>("endOutput")));
			channel.shutdownOutput();
			passUntil(() -> channel.closed());
			assertThat(channel.failures).singleElement()
				.asInstanceOf(InstanceOfAssertFactories.THROWABLE)
				.hasRootCauseMessage("endOutput");
			assertThat(channel.events).endsWith("error", "close");
		}

		@ParameterizedTest
		@ValueSource(strings = { "endOutput", "endInput", "patience", "awaitsInput", "transmit", "close" })
		void byAMistakeAtTheEndLeavesNothingOpen(String method) throws Exception {
			Peer peer = peer();
			AtomicReference<String> failing = new AtomicReference<>("");
			Scripted channel = channel(peer, new Mistaken(failing));
			pass(2);
			failing.set(method);
			try (CapturedLog log = new CapturedLog()) {
				FilteredEndpointTests.this.map.eventLoop().execute(channel::close);
				passUntil(() -> channel.closed() && FilteredEndpointTests.this.map.engine().closings().isEmpty());
				assertThat(log.warnings()).singleElement().asString().contains("A filter has failed");
				assertThat(log.traces()).singleElement().asString().contains("AssertionError: " + method);
			}
			Awaitility.await().until(() -> peer.poll().isEnded());
		}

		@Test
		void resetInMidRecordIsAPeerThatHasGone() throws Exception {
			Peer peer = peer();
			Scripted channel = channel(peer, new Records());
			peer.send(HELLO).send(data("abc")).send(new byte[] { 'D', 0, 9, 'x' });
			passUntil(() -> channel.received.toString().equals("abc"));
			peer.reset();
			passUntil(() -> channel.closed());
			assertThat(channel.failures).isEmpty();
			assertThat(channel.events).endsWith("close");
		}

		@Test
		void resetWhileOutputIsHeldIsFoundOut() throws Exception {
			Peer peer = narrowPeer();
			AtomicInteger taken = new AtomicInteger();
			Scripted channel = filling(channel(peer, new Records()), taken, random(1_000_000));
			channel.readable = () -> false;
			peer.send(HELLO);
			passUntil(() -> channel.channel().endpoint().held() > 0);
			channel.writable = () -> false;
			peer.reset();
			passUntil(() -> channel.closed());
			assertThat(channel.failures).isEmpty();
			assertThat(channel.events).endsWith("close");
		}

	}

	/**
	 * Work for another thread.
	 */
	@Nested
	class Task {

		private final CountDownLatch begun = new CountDownLatch(1);

		private final CountDownLatch gate = new CountDownLatch(1);

		private final AtomicReference<Thread> worker = new AtomicReference<>();

		private void work() {
			this.worker.set(Thread.currentThread());
			this.begun.countDown();
			try {
				if (!this.gate.await(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)) {
					throw new IllegalStateException("The gate stays shut");
				}
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}

		private Records records() {
			return new Records(this::work, Duration.ofSeconds(30), false);
		}

		@Test
		void isDoneElsewhereAndTheLoopGoesOnAndRests() throws Exception {
			Peer peer = peer();
			ChannelMap other = new ChannelMap();
			AtomicInteger passes = new AtomicInteger();
			AtomicInteger taken = new AtomicInteger();
			Scripted channel = filling(channel(peer, records(), other), taken, new byte[] { 'x' });
			channel.readable = () -> passes.incrementAndGet() > 0;
			try (LoopThread loop = LoopThread.run(other)) {
				peer.send(HELLO).send(data("early"));
				assertThat(this.begun.await(10, TimeUnit.SECONDS)).isTrue();
				CountingPasses.assertFew(passes, Duration.ofMillis(200));
				assertThat(channel.received).isEmpty();
				this.gate.countDown();
				Awaitility.await()
					.until(() -> channel.received.toString().equals("early") && wire(peer).text().equals("x"));
				assertThat(this.worker.get()).isNotSameAs(loop.thread());
				loop.call(() -> {
					channel.close();
					return null;
				});
			}
		}

		@ParameterizedTest
		@ValueSource(booleans = { false, true })
		void closingWaitsForIt(boolean elsewhere) throws Exception {
			Peer peer = peer();
			ChannelMap other = new ChannelMap();
			Records records = records();
			Scripted channel = channel(peer, records, other);
			try (LoopThread loop = LoopThread.run(other)) {
				peer.send(HELLO);
				assertThat(this.begun.await(10, TimeUnit.SECONDS)).isTrue();
				if (elsewhere) {
					channel.close();
				}
				else {
					loop.call(() -> {
						channel.close();
						return null;
					});
				}
				loop.awaitPass();
				assertThat(records.closes).isZero();
				assertThat(peer.poll().isEnded()).isFalse();
				this.gate.countDown();
				Awaitility.await().until(() -> peer.poll().isEnded());
				assertThat(kinds(peer)).isEqualTo("HE");
				assertThat(loop.call(() -> records.closes)).isOne();
			}
		}

		@Test
		void thatOutlastsClosingIsWaitedForByNobody() throws Exception {
			Peer peer = peer();
			Records records = records();
			Scripted channel = channel(peer, records);
			peer.send(HELLO);
			passUntil(() -> this.begun.getCount() == 0);
			// nobody runs the loop
			channel.close();
			Awaitility.await().until(() -> peer.poll().isEnded());
			assertThat(records.closes).isZero();
			this.gate.countDown();
			Awaitility.await().until(() -> records.closes == 1);
		}

		@Test
		void thatNobodyTakesFails() throws Exception {
			Peer peer = peer();
			FilteredEndpointTests.this.map.eventLoop().setOffloadExecutor((task) -> {
				throw new RejectedExecutionException("no");
			});
			Scripted channel = channel(peer, records());
			peer.send(HELLO);
			passUntil(() -> channel.closed());
			assertThat(channel.failures).hasSize(1);
		}

	}

	/**
	 * A filter that comes when data has gone through already.
	 */
	@Nested
	class MidStream {

		@Test
		void changesWhatComesFromThenOn() throws Exception {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), FilteredEndpointTests.this.map);
			peer.send("plain");
			passUntil(() -> channel.received.toString().equals("plain"));
			int life = channel.channel().life();
			channel.channel().filter(new Complement(10));
			peer.send(new byte[] { ~'!' });
			passUntil(() -> channel.received.toString().equals("plain!"));
			channel.send(ByteBuffer.wrap(new byte[] { 0 }));
			passUntil(() -> peer.poll().count() == 1);
			assertThat(peer.bytes()).containsExactly(-1);
			assertThat(channel.channel().life()).isEqualTo(life);
		}

		@Test
		void comesInAHandler() throws Exception {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), FilteredEndpointTests.this.map);
			channel.on("read", (self) -> {
				self.receive(4);
				if (self.received.toString().equals("turn")) {
					self.channel().filter(new Complement(3));
				}
			});
			peer.send("turn").send(new byte[] { ~'a', ~'b', ~'c', ~'d', ~'e' });
			passUntil(() -> channel.received.toString().equals("turnabcde"));
		}

		@Test
		void isRefusedIfInputWaits() throws Exception {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), FilteredEndpointTests.this.map) {

				@Override
				protected boolean inputPending() {
					return true;
				}

			};
			assertThatIllegalStateException().isThrownBy(() -> channel.channel().filter(new Complement(1)))
				.withMessageContaining("Input was received that nobody has read");
			assertThat(channel.channel().endpoint()).isNotInstanceOf(FilteredEndpoint.class);
		}

		@Test
		void isRefusedIfFramesWait() throws Exception {
			Peer peer = peer();
			AtomicInteger frames = new AtomicInteger();
			AsyncChat chat = new AsyncChat(peer.near(), FilteredEndpointTests.this.map) {

				@Override
				protected void collectIncomingData(ByteBuffer data) {
				}

				@Override
				protected void foundTerminator() {
					frames.incrementAndGet();
				}

			};
			chat.setTerminator("\n");
			int count = 10_000;
			peer.send("x\n".repeat(count));
			passUntil(() -> frames.get() > 0);
			assertThat(frames.get()).isLessThan(count);
			assertThatIllegalStateException().isThrownBy(() -> ((Dispatcher) chat).channel().filter(new Complement(1)))
				.withMessageContaining("Input was received that nobody has read");
			passUntil(() -> frames.get() == count);
			((Dispatcher) chat).channel().filter(new Complement(1));
		}

		@Test
		void isRefusedWithoutAConnection() throws Exception {
			Scripted listener = Scripted.listening(FilteredEndpointTests.this.map);
			assertThatIllegalStateException().isThrownBy(() -> listener.channel().filter(new Complement(1)))
				.withMessageContaining("no connection");
			assertThatIllegalStateException()
				.isThrownBy(() -> new Scripted(FilteredEndpointTests.this.map).channel().filter(new Complement(1)))
				.withMessageContaining("createSocket()");
		}

		@Test
		void severalStandOneOnTheOther() throws Exception {
			Peer peer = peer();
			Scripted channel = channel(peer, new Complement(10));
			channel.channel().filter(new Complement(7));
			AtomicInteger taken = new AtomicInteger();
			byte[] all = random(100_000);
			filling(channel, taken, all);
			peer.send("abcdefghijklmnopqrstuvwxyz");
			passUntil(() -> peer.poll().count() == all.length && channel.received.length() == 26);
			assertThat(peer.bytes()).isEqualTo(all);
			assertThat(channel.received).hasToString("abcdefghijklmnopqrstuvwxyz");
		}

	}

	/**
	 * A filter that fails as programs do, and else waits until it is to end.
	 */
	private static final class Mistaken implements Filter {

		private final AtomicReference<String> failing;

		private boolean ended;

		/**
		 * Create a new instance.
		 * @param failing which method fails from now on
		 */
		Mistaken(AtomicReference<String> failing) {
			this.failing = failing;
		}

		private void check(String method) {
			if (this.failing.get().equals(method)) {
				throw new AssertionError(method);
			}
		}

		@Override
		public void received(ByteBuffer wire) {
			check("received");
			wire.position(wire.limit());
		}

		@Override
		public void receivedEnd() {
			check("receivedEnd");
		}

		@Override
		public boolean transmit(ByteBuffer wire) {
			check("transmit");
			return false;
		}

		@Override
		public boolean awaitsInput() {
			check("awaitsInput");
			return !this.ended;
		}

		@Override
		public int read(ByteBuffer target) {
			check("read");
			return 0;
		}

		@Override
		public int write(ByteBuffer source) {
			return 0;
		}

		@Override
		public int ready() {
			check("ready");
			return this.failing.get().equals("read") ? Endpoint.READ : 0;
		}

		@Override
		public @Nullable Runnable task() {
			check("task");
			return null;
		}

		@Override
		public void endOutput() {
			check("endOutput");
		}

		@Override
		public void endInput() {
			check("endInput");
			this.ended = true;
		}

		@Override
		public Duration patience() {
			check("patience");
			return Duration.ofSeconds(5);
		}

		@Override
		public void close() {
			check("close");
		}

	}

}
