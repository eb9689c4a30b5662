package io.asyncore;

import java.io.IOException;
import java.nio.channels.Channel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The place of a {@link Dispatcher} in a {@link ChannelMap}: joining, leaving, moving.
 */
@Timeout(60)
class DispatcherMapTests extends MapFixture {

	@AfterEach
	void close() throws Exception {
		Asyncore.closeAll(Asyncore.socketMap(), true);
	}

	@Test
	void withoutMapAndLoopJoinsTheDefaultMap() throws IOException {
		Dispatcher channel = new Dispatcher();
		assertThat(channel.map()).isSameAs(Asyncore.socketMap());
		assertThat(new Dispatcher(peer().near()).map()).isSameAs(Asyncore.socketMap());
		assertThat(new DispatcherWithSend().map()).isSameAs(Asyncore.socketMap());
	}

	@Test
	void withoutMapInsideLoopJoinsTheMapOfThatLoop() throws IOException {
		List<Dispatcher> made = new ArrayList<>();
		this.map.eventLoop().execute(() -> made.add(new Dispatcher()));
		this.map.eventLoop().execute(() -> made.add(new DispatcherWithSend()));
		Asyncore.poll(Duration.ZERO, this.map);
		assertThat(made).hasSize(2).allSatisfy((channel) -> assertThat(channel.map()).isSameAs(this.map));
		assertThat(new Dispatcher().map()).isSameAs(Asyncore.socketMap());
	}

	@Test
	void withMapInsideOtherLoopJoinsTheMapGiven() throws IOException {
		ChannelMap given = new ChannelMap();
		List<Dispatcher> made = new ArrayList<>();
		this.map.eventLoop().execute(() -> made.add(new Dispatcher(given)));
		Asyncore.poll(Duration.ZERO, this.map);
		assertThat(made.get(0).map()).isSameAs(given);
	}

	@Test
	void delChannelLeavesTheSocketOpenAndStopsTheEvents() throws IOException {
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map);
		Scripted witness = new Scripted(peer().near(), this.map);
		Loopback.onePass(this.map, false, Duration.ZERO);
		channel.delChannel();
		assertThat(this.map.channels()).containsExactly(witness);
		peer.send("unheard");
		passes();
		assertThat(channel.events).isEmpty();
		assertThat(channel.socket()).isNotNull().matches(Channel::isOpen);
		assertThat(channel.connected()).isTrue();
		channel.addChannel();
		assertThat(this.map.channels()).containsExactly(witness, channel);
		passUntil(() -> channel.received.toString().equals("unheard"));
		channel.close();
	}

	@Test
	void delChannelTwiceIsHarmless() throws IOException {
		Scripted channel = Scripted.listening(this.map);
		channel.delChannel();
		channel.delChannel();
		assertThat(this.map.isEmpty()).isTrue();
		channel.close();
		assertThat(channel.closed()).isTrue();
	}

	@Test
	void addChannelTwiceCountsOnce() throws IOException {
		Scripted channel = Scripted.listening(this.map);
		channel.addChannel();
		channel.addChannel(this.map);
		assertThat(this.map.channels()).containsExactly(channel);
	}

	@Test
	void removedAndAddedAtOnceIsStillServed() throws IOException {
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map);
		Loopback.onePass(this.map, false, Duration.ZERO);
		channel.delChannel();
		channel.addChannel();
		peer.send("x");
		passUntil(() -> channel.received.toString().equals("x"));
	}

	@Test
	void removedAndAddedByItsHandlerIsStillServed() throws Exception {
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map).on("read", (self) -> {
			self.receive(1);
			self.delChannel();
			self.addChannel();
			if (self.received.toString().equals("abc")) {
				self.close();
			}
		});
		peer.send("abc");
		// in one go: between two runs the loop tidies up
		Peer.elsewhere(() -> {
			Asyncore.loop(Duration.ofSeconds(30), false, this.map);
			return null;
		});
		assertThat(channel.received).hasToString("abc");
		assertThat(channel.failures).isEmpty();
		assertThat(channel.events).containsOnly("read");
	}

	@Test
	void addChannelWithOtherMapMovesIt() throws IOException {
		ChannelMap other = new ChannelMap();
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map);
		peer.send("one");
		passUntil(() -> channel.received.toString().equals("one"));
		channel.addChannel(other);
		assertThat(channel.map()).isSameAs(other);
		assertThat(this.map.isEmpty()).isTrue();
		assertThat(other.channels()).containsExactly(channel);
		peer.send("two");
		Asyncore.loop(Duration.ZERO, false, this.map);
		Loopback.passUntil(other, () -> channel.received.toString().equals("onetwo"));
		channel.addChannel(this.map);
		peer.send("three");
		passUntil(() -> channel.received.toString().equals("onetwothree"));
		assertThat(other.isEmpty()).isTrue();
	}

	@Test
	void timersMoveAlong() throws IOException {
		ChannelMap other = new ChannelMap();
		Scripted channel = new Scripted(peer().near(), this.map);
		List<EventLoop> ranOn = new ArrayList<>();
		channel.callLater(Duration.ofMillis(1), () -> ranOn.add(EventLoop.current()));
		ScheduledTask cancelled = channel.callEvery(Duration.ofMillis(1), () -> channel.events.add("cancelled"));
		channel.addChannel(other);
		assertThat(cancelled.cancel()).isTrue();
		Loopback.passUntil(other, () -> !ranOn.isEmpty());
		assertThat(ranOn).containsExactly(other.eventLoop());
		assertThat(channel.events).isEmpty();
		channel.close();
	}

	@Test
	void handlerMovesItsOwnChannel() throws IOException {
		ChannelMap other = new ChannelMap();
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map);
		channel.on("read", (self) -> {
			self.receive(1);
			self.addChannel(other);
		});
		peer.send("ab");
		passUntil(this.map::isEmpty);
		assertThat(channel.received).hasToString("a");
		Loopback.passUntil(other, () -> channel.received.toString().equals("ab"));
		channel.close();
	}

	@Test
	void channelIsMovedToRunningLoopOfAnotherThread() throws Exception {
		ChannelMap other = new ChannelMap();
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map);
		List<EventLoop> readOn = new ArrayList<>();
		CountDownLatch read = new CountDownLatch(1);
		channel.on("read", (self) -> {
			self.receive(10);
			readOn.add(EventLoop.current());
			read.countDown();
		});
		Loopback.onePass(this.map, false, Duration.ZERO);
		try (LoopThread thread = LoopThread.run(other)) {
			channel.addChannel(other);
			peer.send("x");
			assertThat(read.await(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
			assertThat(thread.isAlive()).isTrue();
		}
		assertThat(readOn).containsExactly(other.eventLoop());
		channel.close();
	}

	@Test
	void nestedLoopServesChannelsOpenedByTheHandler() throws IOException {
		Peer outer = peer();
		Peer inner = peer();
		inner.send("inner");
		List<String> order = new ArrayList<>();
		Scripted channel = new Scripted(outer.near(), this.map).on("read", (self) -> {
			self.receive(10);
			Scripted opened = new Scripted(inner.near(), this.map);
			Loopback.passUntil(this.map, () -> opened.received.toString().equals("inner"));
			order.add("inner read");
			opened.close();
		});
		outer.send("outer");
		passUntil(() -> channel.received.toString().equals("outer"));
		assertThat(order).containsExactly("inner read");
		assertThat(channel.failures).isEmpty();
	}

}
