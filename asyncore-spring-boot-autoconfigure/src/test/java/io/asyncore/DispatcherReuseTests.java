package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Accepting, and serving again after a close: point 8 of the contract.
 */
@Timeout(60)
class DispatcherReuseTests extends MapFixture {

	@Nested
	class Accepting {

		private final ChannelMap map = DispatcherReuseTests.this.map;

		@Test
		void whenNobodyIsThereAcceptReturnsNull() throws IOException {
			Scripted server = Scripted.listening(this.map);
			assertThat(server.accept()).isNull();
			assertThat(server.accepting()).isTrue();
			assertThat(server.events).isEmpty();
		}

		@Test
		void whenNotListeningAcceptReturnsNull() throws IOException {
			Scripted channel = new Scripted(this.map);
			assertThat(channel.accept()).isNull();
			channel.createSocket();
			assertThat(channel.accept()).isNull();
			channel.close();
			assertThat(channel.accept()).isNull();
		}

		@Test
		void acceptReturnsSocketAndAddressOfPeer() throws IOException {
			Scripted server = Scripted.listening(this.map);
			List<Accepted> accepted = new ArrayList<>();
			server.on("accept", (self) -> {
				accepted.add(self.accept());
				assertThat(self.accept()).isNull();
			});
			Peer peer = keep(Peer.connectTo(server.localAddress()));
			passUntil(() -> !accepted.isEmpty());
			try (SocketChannel socket = accepted.get(0).socket()) {
				assertThat(accepted.get(0).address()).isEqualTo(peer.socket().getLocalAddress());
				assertThat(socket.getRemoteAddress()).isEqualTo(peer.socket().getLocalAddress());
			}
			assertThat(server.failures).isEmpty();
		}

		@Test
		void moreConnectionsThanOnePassAcceptsAreAllAccepted() throws IOException {
			int[] accepted = new int[1];
			Scripted server = new Scripted(this.map).onAccepted((socket) -> {
				accepted[0]++;
				socket.close();
			});
			server.createSocket();
			server.bind(Loopback.anyPort());
			server.listen(200);
			for (int i = 0; i < 150; i++) {
				keep(Peer.connectTo(server.localAddress()));
			}
			passUntil(() -> accepted[0] == 150);
			assertThat(server.failures).isEmpty();
		}

		@Test
		void onePassLeavesOthersTheirTurn() throws IOException {
			Scripted server = new Scripted(this.map);
			server.createSocket();
			server.bind(Loopback.anyPort());
			server.listen(200);
			for (int i = 0; i < 150; i++) {
				keep(Peer.connectTo(server.localAddress()));
			}
			Loopback.onePass(this.map, false, Loopback.BOUND);
			assertThat(server.events).hasSizeBetween(1, 149).containsOnly("accepted");
			passUntil(() -> server.events.size() == 150);
		}

		@Test
		void connectionThatIsResetBeforeItIsAcceptedHurtsNobody() throws IOException {
			Scripted server = Scripted.listening(this.map);
			for (int i = 0; i < 5; i++) {
				Peer.connectTo(server.localAddress()).reset();
			}
			keep(Peer.connectTo(server.localAddress()));
			passUntil(() -> !server.events.isEmpty());
			passes();
			assertThat(server.accept()).isNull();
			assertThat(server.failures).isEmpty();
			assertThat(server.accepting()).isTrue();
		}

		@Test
		void whenHandleAcceptedClosesTheListenerNoMoreIsAccepted() throws IOException {
			Scripted server = Scripted.listening(this.map);
			server.onAccepted((socket) -> {
				socket.close();
				server.close();
			});
			for (int i = 0; i < 5; i++) {
				keep(Peer.connectTo(server.localAddress()));
			}
			passUntil(server::closed);
			assertThat(server.events).containsExactly("accepted");
			assertThat(server.failures).isEmpty();
			assertThat(this.map.isEmpty()).isTrue();
		}

		@Test
		void whenNotReadableAcceptsNothing() throws IOException {
			Scripted server = Scripted.listening(this.map);
			server.readable = () -> false;
			keep(Peer.connectTo(server.localAddress()));
			for (int i = 0; i < 5; i++) {
				Loopback.onePass(this.map, false, Duration.ofMillis(1));
			}
			assertThat(server.events).isEmpty();
			server.readable = () -> true;
			passUntil(() -> server.events.contains("accepted"));
		}

		@Test
		void defaultHandleAcceptedClosesTheSocket() throws IOException {
			Dispatcher server = new Dispatcher(this.map);
			server.createSocket();
			server.bind(Loopback.anyPort());
			server.listen(5);
			Peer peer = keep(Peer.connectTo(server.localAddress()));
			passUntil(() -> peer.poll().isEnded());
			assertThat(server.accepting()).isTrue();
		}

		@Test
		void acceptedSocketMayBeHandedToDispatcherOfTheSameMapWithoutNamingIt() throws IOException {
			List<Dispatcher> handlers = new ArrayList<>();
			Scripted server = Scripted.listening(this.map)
				.onAccepted((socket) -> handlers.add(new DispatcherWithSend(socket)));
			keep(Peer.connectTo(server.localAddress()));
			passUntil(() -> !handlers.isEmpty());
			assertThat(handlers.get(0).map()).isSameAs(this.map);
			assertThat(this.map.channels()).containsExactly(server, handlers.get(0));
		}

	}

	@Nested
	class AfterClose {

		private final ChannelMap map = DispatcherReuseTests.this.map;

		@ParameterizedTest
		@ValueSource(booleans = { false, true })
		void listenerServesAgainOnTheSamePort(boolean served) throws IOException {
			Scripted server = Scripted.listening(this.map);
			SocketAddress address = server.localAddress();
			if (served) {
				keep(Peer.connectTo(address));
				passUntil(() -> server.events.contains("accepted"));
			}
			server.close();
			assertThat(server.closed()).isTrue();
			server.events.clear();
			server.createSocket();
			assertThat(server.closed()).isFalse();
			server.bind(address);
			server.listen(5);
			keep(Peer.connectTo(address));
			passUntil(() -> server.events.contains("accepted"));
			assertThat(server.failures).isEmpty();
			assertThat(this.map.channels()).containsExactly(server);
		}

		@Test
		void listenerServesAgainOnTheSamePortFromInsideItsLoop() throws IOException {
			Scripted server = Scripted.listening(this.map);
			SocketAddress address = server.localAddress();
			int[] accepted = new int[1];
			server.onAccepted((socket) -> {
				socket.close();
				if (++accepted[0] == 1) {
					server.close();
					server.createSocket();
					server.bind(address);
					server.listen(5);
				}
			});
			keep(Peer.connectTo(address));
			passUntil(() -> accepted[0] == 1);
			assertThat(server.failures).isEmpty();
			keep(Peer.connectTo(address));
			passUntil(() -> accepted[0] == 2);
		}

		@Test
		void whileLoopRunsElsewherePortIsFreeAtOnceAfterClose() throws Exception {
			Scripted server = Scripted.listening(this.map);
			Scripted remaining = Scripted.listening(this.map);
			SocketAddress address = server.localAddress();
			try (LoopThread thread = LoopThread.run(this.map)) {
				server.close();
				thread.awaitPass();
				try (ServerSocketChannel next = ServerSocketChannel.open()) {
					next.setOption(StandardSocketOptions.SO_REUSEADDR, false);
					next.bind(address);
					assertThat(next.getLocalAddress()).isEqualTo(address);
				}
				assertThat(remaining.accepting()).isTrue();
			}
		}

		@Test
		void clientConnectsAgain() throws IOException {
			Scripted server = Scripted.listening(this.map);
			Scripted client = Scripted.connecting(this.map, server.localAddress());
			for (int i = 0; i < 3; i++) {
				passUntil(client::closed);
				assertThat(client.events).startsWith("connect").endsWith("close");
				client.events.clear();
				client.createSocket();
				assertThat(client.addr()).isNull();
				client.connect(server.localAddress());
				assertThat(client.connecting()).isTrue();
			}
			assertThat(client.failures).isEmpty();
		}

		@Test
		void clientReconnectsFromInsideHandleClose() throws IOException {
			Scripted server = Scripted.listening(this.map);
			SocketAddress address = server.localAddress();
			int[] closes = new int[1];
			Scripted client = Scripted.connecting(this.map, address).on("close", (self) -> {
				self.close();
				if (++closes[0] < 3) {
					self.createSocket();
					self.connect(address);
				}
			});
			passUntil(() -> closes[0] == 3);
			assertThat(client.events).containsExactly("connect", "read", "close", "connect", "read", "close", "connect",
					"read", "close");
			assertThat(client.failures).isEmpty();
			assertThat(client.closed()).isTrue();
		}

		@Test
		void clientReconnectsFromInsideHandleErrorWhenRefused() throws IOException {
			Scripted server = Scripted.listening(this.map);
			SocketAddress address = server.localAddress();
			Scripted client = Scripted.connecting(this.map, Peer.nobody()).on("error", (self) -> {
				self.close();
				self.createSocket();
				self.connect(address);
			});
			passUntil(client::connected);
			assertThat(client.events).containsExactly("error", "connect");
			assertThat(client.failures).hasSize(1);
		}

		@Test
		void clientReconnectsFromInsideHandleCloseWhenRefused() throws IOException {
			Scripted server = Scripted.listening(this.map);
			SocketAddress address = server.localAddress();
			Scripted client = Scripted.connecting(this.map, Peer.nobody()).on("close", (self) -> {
				self.close();
				self.createSocket();
				self.connect(address);
			});
			passUntil(client::connected);
			assertThat(client.events).containsExactly("error", "close", "connect");
		}

		@Test
		void clientReconnectsFromInsideHandleErrorWhenHandleReadFails() throws IOException {
			Peer first = peer();
			Peer second = peer();
			Scripted client = new Scripted(first.near(), this.map);
			client.on("read", (self) -> {
				self.receive(100);
				if (self.received.toString().equals("bad")) {
					throw new IllegalStateException("as planned");
				}
			}).on("error", (self) -> {
				self.close();
				self.setSocket(second.near());
			});
			first.send("bad");
			second.send("good");
			passUntil(() -> client.received.toString().equals("badgood"));
			assertThat(client.events).containsExactly("read", "error", "read");
			passUntil(() -> first.poll().isEnded());
		}

		@Test
		void newSocketWantsItsOwnReadinessAfterTheOldOneWasFull() throws IOException {
			Peer first = keep(Peer.withSmallBuffers());
			Peer second = peer();
			Scripted client = new Scripted(first.near(), this.map);
			client.writable = () -> true;
			int[] last = new int[] { 65536 };
			client.on("write", (self) -> last[0] = self.send(new byte[65536]));
			passUntil(() -> last[0] < 65536);
			client.close();
			client.setSocket(second.near());
			client.on("write", (self) -> last[0] = self.send(new byte[1]));
			Loopback.onePass(this.map, false, Duration.ZERO);
			assertThat(last[0]).isEqualTo(1);
		}

		@Test
		void newSocketIsReadAfterTheOldOneHadEnded() throws IOException {
			Peer first = peer();
			Peer second = peer();
			Scripted client = new Scripted(first.near(), this.map).on("close",
					(self) -> assertThat(self.closed()).isFalse());
			first.endOutput();
			passUntil(() -> client.events.contains("close"));
			client.setSocket(second.near());
			second.send("served again").endOutput();
			passUntil(() -> client.received.toString().equals("served again")
					&& client.events.stream().filter("close"::equals).count() == 2);
		}

		@Test
		void newSocketWithoutCloseClosesTheOldOne() throws IOException {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), this.map);
			channel.createSocket();
			assertThat(channel.connected()).isFalse();
			assertThat(channel.addr()).isNull();
			passUntil(() -> peer.poll().isEnded());
			assertThat(channel.events).isEmpty();
			assertThat(this.map.channels()).containsExactly(channel);
		}

		@Test
		void timersOfTheOldLifeAreGone() throws IOException {
			Scripted channel = new Scripted(peer().near(), this.map);
			channel.callLater(Duration.ZERO, () -> channel.events.add("old timer"));
			channel.close();
			channel.setSocket(peer().near());
			channel.callLater(Duration.ZERO, () -> channel.events.add("new timer"));
			passUntil(() -> !channel.events.isEmpty());
			Loopback.onePass(this.map, false, Duration.ZERO);
			assertThat(channel.events).containsExactly("new timer");
		}

		@Test
		void answerOfOffloadedWorkOfTheOldLifeIsDropped() throws Exception {
			CountDownLatch go = new CountDownLatch(1);
			Scripted channel = new Scripted(peer().near(), this.map);
			channel.offload(() -> {
				go.await(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS);
				return "old";
			}, channel.events::add);
			channel.close();
			channel.setSocket(peer().near());
			go.countDown();
			channel.offload(() -> "new", channel.events::add);
			passUntil(() -> channel.events.contains("new"));
			Loopback.onePass(this.map, false, Duration.ofMillis(20));
			assertThat(channel.events).containsExactly("new");
		}

		@Test
		void answerOfWorkOffloadedBeforeTheNewSocketIsThereComes() throws Exception {
			Scripted channel = new Scripted(peer().near(), this.map);
			channel.close();
			channel.offload(() -> "before", channel.events::add);
			// something else keeps the map busy
			keep(new Scripted(peer().near(), this.map));
			passUntil(() -> !channel.events.isEmpty());
			channel.offload(() -> "then", channel.events::add);
			channel.setSocket(peer().near());
			passUntil(() -> channel.events.size() == 2);
			assertThat(channel.events).containsExactly("before", "then");
		}

	}

}
