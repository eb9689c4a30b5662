package io.asyncore;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The order of the events of a {@link Dispatcher}: point 1 of the contract.
 */
@Timeout(60)
@ParameterizedClass(name = "poll order: {0}")
@ValueSource(booleans = { false, true })
class DispatcherEventOrderTests extends MapFixture {

	private final boolean usePoll;

	DispatcherEventOrderTests(boolean usePoll) {
		this.usePoll = usePoll;
	}

	@Test
	void handleConnectComesBeforeTheFirstReadAndWrite() throws IOException {
		try (ServerSocketChannel server = ServerSocketChannel.open().bind(Loopback.anyPort())) {
			Scripted channel = new Scripted(this.map);
			channel.writable = () -> channel.events.size() < 10;
			channel.createSocket();
			channel.connect(server.getLocalAddress());
			// the data is there before the loop hears of the connection
			Peer peer = keep(Peer.of(server.accept()));
			peer.send("early");
			passUntil(() -> channel.received.toString().equals("early") && channel.events.contains("write"));
			assertThat(channel.events).startsWith("connect").containsOnlyOnce("connect");
		}
	}

	@Test
	void handleConnectComesBeforeDataAndCloseOfPeerThatHasGoneAlready() throws IOException {
		try (ServerSocketChannel server = ServerSocketChannel.open().bind(Loopback.anyPort())) {
			Scripted channel = Scripted.connecting(this.map, server.getLocalAddress());
			Peer peer = keep(Peer.of(server.accept()));
			peer.send("hello and goodbye");
			peer.close();
			passUntil(channel::closed);
			assertThat(channel.received).hasToString("hello and goodbye");
			assertThat(channel.events).startsWith("connect", "read").endsWith("close");
			assertThat(channel.failures).isEmpty();
		}
	}

	@Test
	void isConnectedInHandleConnect() throws IOException {
		Scripted server = Scripted.listening(this.map);
		List<Boolean> states = new ArrayList<>();
		Scripted channel = Scripted.connecting(this.map, server.localAddress()).on("connect", (self) -> {
			states.add(self.connected());
			states.add(self.connecting());
			assertThat(self.send(new byte[1])).isEqualTo(1);
		});
		passUntil(() -> channel.events.contains("connect"));
		assertThat(states).containsExactly(true, false);
		assertThat(channel.failures).isEmpty();
	}

	@Test
	void channelMadeFromConnectedSocketGetsNoHandleConnect() throws IOException {
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map);
		channel.writable = () -> true;
		assertThat(channel.connected()).isTrue();
		peer.send("x");
		passUntil(() -> channel.events.contains("read") && channel.events.contains("write"));
		peer.close();
		passUntil(channel::closed);
		assertThat(channel.events).doesNotContain("connect");
	}

	@Test
	void acceptedChannelGetsNoHandleConnect() throws IOException {
		List<Scripted> accepted = new ArrayList<>();
		Scripted server = Scripted.listening(this.map)
			.onAccepted((socket) -> accepted.add(new Scripted(socket, this.map)));
		keep(Peer.connectTo(server.localAddress())).send("x");
		passUntil(() -> !accepted.isEmpty() && accepted.get(0).events.contains("read"));
		assertThat(accepted.get(0).events).doesNotContain("connect");
	}

	@Test
	void closedInHandleConnectGetsNothingElse() throws IOException {
		try (ServerSocketChannel server = ServerSocketChannel.open().bind(Loopback.anyPort())) {
			Scripted channel = Scripted.connecting(this.map, server.getLocalAddress()).on("connect", Dispatcher::close);
			channel.writable = () -> true;
			Peer peer = keep(Peer.of(server.accept()));
			peer.send("early");
			passUntil(channel::closed);
			passes();
			assertThat(channel.events).containsExactly("connect");
		}
	}

	@Test
	void whenPeerSendsMuchAndClosesAllIsReadBeforeHandleClose() throws IOException {
		Peer peer = peer();
		byte[] data = new byte[200_000];
		Arrays.fill(data, (byte) 'x');
		Scripted channel = new Scripted(peer.near(), this.map).on("read", (self) -> self.receive(4096));
		channel.readable = () -> peer.poll().isSent();
		peer.send(data);
		for (int i = 0; i < 100 && !peer.isSent(); i++) {
			channel.receive(4096);
			peer.poll();
		}
		peer.close();
		passUntil(channel::closed);
		assertThat(channel.received.length()).isEqualTo(200_000);
		assertThat(channel.events).endsWith("close").containsOnlyOnce("close");
	}

	@Test
	void whenConnectionIsResetWhatHadArrivedIsReadBeforeHandleClose() throws IOException {
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map).on("read", (self) -> self.receive(1000));
		peer.send("x".repeat(20_000));
		peer.reset();
		passUntil(channel::closed);
		assertThat(channel.received.length()).isEqualTo(20_000);
		assertThat(channel.events).endsWith("close").containsOnlyOnce("close");
		assertThat(channel.failures).isEmpty();
	}

	@Test
	void whenConnectionIsResetWhileWritingWhatHadArrivedIsReadFirst() throws IOException {
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map).on("write", (self) -> self.send(new byte[10]));
		peer.send("too much");
		awaitInput(channel);
		peer.reset();
		channel.writable = () -> true;
		passUntil(channel::closed);
		assertThat(channel.received).hasToString("too much");
		assertThat(channel.events).startsWith("read").endsWith("close").containsOnlyOnce("close");
	}

	@Test
	void handleCloseComesOnlyOnce() throws IOException {
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map).on("close",
				(self) -> assertThat(self.closed()).isFalse());
		channel.writable = () -> true;
		peer.close();
		passUntil(() -> channel.events.contains("close"));
		passes();
		assertThat(channel.recv(10)).isEmpty();
		passes();
		channel.close();
		passes();
		assertThat(channel.events).containsOnlyOnce("close").endsWith("close");
	}

	@Test
	void ownCloseCallsNoHook() throws IOException {
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map);
		channel.writable = () -> true;
		peer.send("unread").endOutput();
		channel.close();
		assertThat(this.map.isEmpty()).isTrue();
		passes();
		assertThat(channel.events).isEmpty();
		Loopback.passUntil(this.map, () -> peer.poll().isEnded());
	}

	@Test
	void closeWhileConnectingCallsNoHook() throws IOException {
		Scripted server = Scripted.listening(this.map);
		Scripted channel = Scripted.connecting(this.map, server.localAddress());
		channel.close();
		Scripted refused = Scripted.connecting(this.map, Peer.nobody());
		refused.close();
		passes();
		assertThat(channel.events).isEmpty();
		assertThat(refused.events).isEmpty();
	}

	@Test
	void closeOfListenerWithWaitingConnectionCallsNoHook() throws IOException {
		Scripted server = Scripted.listening(this.map);
		keep(Peer.connectTo(server.localAddress()));
		server.close();
		passes();
		assertThat(server.events).isEmpty();
	}

	@Test
	void closedInHandleReadGetsNoHandleWriteInTheSamePass() throws IOException {
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map).on("read", Dispatcher::close);
		channel.writable = () -> true;
		peer.send("x");
		awaitInput(channel);
		passes();
		assertThat(channel.events).containsExactly("read");
	}

	@Test
	void closedByItsPredicateGetsNoEvent() throws IOException {
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map);
		channel.readable = () -> {
			channel.close();
			return true;
		};
		channel.writable = () -> true;
		peer.send("x");
		passes();
		assertThat(channel.closed()).isTrue();
		assertThat(channel.events).isEmpty();
	}

	@Test
	void passRunsWhatIsDueThenAsksThenDelivers() throws IOException {
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map);
		peer.send("x");
		awaitInput(channel);
		channel.readable = () -> {
			channel.events.add("asked");
			return true;
		};
		this.map.eventLoop().execute(() -> channel.events.add("task"));
		channel.callLater(Duration.ZERO, () -> channel.events.add("timer"));
		Loopback.onePass(this.map, this.usePoll, Loopback.BOUND);
		assertThat(channel.events).startsWith("task", "timer", "asked", "read");
	}

	@Test
	void deliversInTheOrderAskedFor() throws IOException {
		List<String> events = new ArrayList<>();
		List<Scripted> channels = new ArrayList<>();
		for (String name : List.of("a", "b")) {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), this.map);
			channel.on("read", (self) -> {
				self.receive(10);
				events.add(name + " read");
			}).on("write", (self) -> {
				self.send(new byte[1]);
				events.add(name + " write");
			});
			peer.send("x");
			awaitInput(channel);
			channels.add(channel);
		}
		channels.forEach((channel) -> channel.writable = () -> true);
		Loopback.onePass(this.map, this.usePoll, Loopback.BOUND);
		if (this.usePoll) {
			assertThat(events).containsExactly("a read", "a write", "b read", "b write");
		}
		else {
			assertThat(events).containsExactly("a read", "b read", "a write", "b write");
		}
	}

	@Test
	void channelClosedByAnotherOneGetsNoEventOfThatPass() throws IOException {
		List<Scripted> channels = twoWithInput();
		channels.get(0).on("read", (self) -> channels.get(1).close());
		channels.get(1).on("read", (self) -> channels.get(0).close());
		Loopback.onePass(this.map, this.usePoll, Loopback.BOUND);
		passes();
		List<String> events = new ArrayList<>(channels.get(0).events);
		events.addAll(channels.get(1).events);
		assertThat(events).isNotEmpty().containsOnly("read");
		assertThat(channels).filteredOn(Dispatcher::closed)
			.singleElement()
			.satisfies((closed) -> assertThat(closed.events).isEmpty());
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void channelThatGetsNewSocketDoesNotGetTheEventOfTheOldOne(boolean closedBefore) throws IOException {
		List<Scripted> channels = twoWithInput();
		for (int i = 0; i < 2; i++) {
			Scripted other = channels.get(1 - i);
			channels.get(i).on("read", (self) -> {
				self.receive(10);
				if (other.events.isEmpty()) {
					if (closedBefore) {
						other.close();
					}
					other.setSocket(peer().near());
				}
			});
		}
		Loopback.onePass(this.map, this.usePoll, Loopback.BOUND);
		passes();
		assertThat(channels).filteredOn((channel) -> channel.events.isEmpty())
			.singleElement()
			.satisfies((fresh) -> assertThat(fresh.connected()).isTrue());
	}

	@Test
	void newChannelOnTheDescriptorOfClosedOneDoesNotGetItsEvent() throws IOException {
		List<Scripted> channels = twoWithInput();
		List<Scripted> fresh = new ArrayList<>();
		for (int i = 0; i < 2; i++) {
			Scripted other = channels.get(1 - i);
			channels.get(i).on("read", (self) -> {
				self.receive(10);
				if (fresh.isEmpty()) {
					other.close();
					fresh.add(new Scripted(peer().near(), this.map));
				}
			});
		}
		Loopback.onePass(this.map, this.usePoll, Loopback.BOUND);
		passes();
		assertThat(fresh).singleElement().satisfies((channel) -> {
			assertThat(channel.events).isEmpty();
			assertThat(channel.connected()).isTrue();
		});
	}

	@Test
	void channelMovedToAnotherMapGetsNoEventOfThatPass() throws IOException {
		ChannelMap elsewhere = new ChannelMap();
		List<Scripted> channels = twoWithInput();
		for (int i = 0; i < 2; i++) {
			Scripted other = channels.get(1 - i);
			channels.get(i).on("read", (self) -> {
				self.receive(10);
				if (elsewhere.isEmpty()) {
					other.addChannel(elsewhere);
				}
			});
		}
		Loopback.onePass(this.map, this.usePoll, Loopback.BOUND);
		passes();
		assertThat(elsewhere.channels()).singleElement().satisfies((channel) -> {
			Scripted moved = (Scripted) channel;
			assertThat(moved.events).isEmpty();
			Loopback.passUntil(elsewhere, this.usePoll, () -> moved.events.contains("read"));
		});
		Asyncore.closeAll(elsewhere, true);
	}

	@Test
	void removedChannelGetsNoEventOfThatPass() throws IOException {
		List<Scripted> channels = twoWithInput();
		channels.get(0).on("read", (self) -> channels.get(1).delChannel());
		channels.get(1).on("read", (self) -> channels.get(0).delChannel());
		Loopback.onePass(this.map, this.usePoll, Loopback.BOUND);
		assertThat(this.map.size()).isEqualTo(1);
		assertThat(channels).filteredOn((channel) -> channel.events.isEmpty()).singleElement().satisfies((removed) -> {
			assertThat(removed.closed()).isFalse();
			removed.close();
		});
	}

	@Test
	void channelAddedByPassWaitsForTheNextOne() throws IOException {
		Peer first = peer();
		Peer second = peer();
		second.send("waiting");
		List<Scripted> added = new ArrayList<>();
		Scripted opener = new Scripted(first.near(), this.map).on("read", (self) -> {
			self.receive(10);
			Scripted fresh = new Scripted(second.near(), this.map);
			fresh.writable = () -> true;
			added.add(fresh);
		});
		first.send("x");
		awaitInput(opener);
		Loopback.onePass(this.map, this.usePoll, Loopback.BOUND);
		assertThat(added).hasSize(1);
		assertThat(added.get(0).events).isEmpty();
		Loopback.onePass(this.map, this.usePoll, Loopback.BOUND);
		assertThat(added.get(0).events).contains("write");
		passUntil(() -> added.get(0).received.toString().equals("waiting"));
	}

	@Test
	void closingAllInHandlerEndsTheLoop() throws Exception {
		List<Scripted> channels = twoWithInput();
		Scripted.listening(this.map);
		channels.get(0).on("read", (self) -> Asyncore.closeAll(this.map, false));
		channels.get(1).readable = () -> false;
		Peer.elsewhere(() -> {
			Asyncore.loop(Duration.ofSeconds(30), this.usePoll, this.map);
			return null;
		});
		assertThat(this.map.isEmpty()).isTrue();
		assertThat(channels.get(0).events).containsExactly("read");
		assertThat(channels.get(1).events).isEmpty();
	}

	private List<Scripted> twoWithInput() throws IOException {
		List<Scripted> channels = new ArrayList<>();
		for (int i = 0; i < 2; i++) {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), this.map);
			peer.send("x");
			awaitInput(channel);
			channels.add(channel);
		}
		return channels;
	}

	// both events are to be in one pass, so the data has to be there before it
	private static void awaitInput(Scripted channel) throws IOException {
		try (Selector selector = Selector.open()) {
			channel.socket().register(selector, SelectionKey.OP_READ);
			assertThat(selector.select(Loopback.BOUND.toMillis())).isEqualTo(1);
		}
	}

	@Override
	protected Peer peer() throws IOException {
		Peer peer = keep(Peer.withNearEnd());
		SocketChannel near = peer.near();
		near.setOption(StandardSocketOptions.TCP_NODELAY, true);
		return peer;
	}

	@Override
	protected void passUntil(BooleanSupplier condition) throws IOException {
		Loopback.passUntil(this.map, this.usePoll, condition);
	}

	@Override
	protected void passes() throws IOException {
		for (int i = 0; i < 5; i++) {
			Loopback.onePass(this.map, this.usePoll, Duration.ZERO);
		}
	}

}
