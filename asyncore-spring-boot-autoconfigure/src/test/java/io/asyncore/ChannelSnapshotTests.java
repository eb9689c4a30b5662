package io.asyncore;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ChannelSnapshot} and {@link ChannelMap#channel}.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChannelSnapshotTests extends MonitoringFixture {

	@Test
	void ofAChannelWithoutASocket() {
		ChannelSnapshot snapshot = ChannelSnapshot.of(named(new Scripted(this.map)));
		assertThat(snapshot.name()).isEqualTo(NAME);
		assertThat(snapshot.server()).isNull();
		assertThat(snapshot.type()).isEqualTo(Scripted.class);
		assertThat(snapshot.loop()).isEqualTo("asyncore-loop");
		assertThat(snapshot.state()).isEqualTo(ChannelState.CREATED);
		assertThat(snapshot.peer()).isNull();
		assertThat(snapshot.local()).isNull();
		assertThat(snapshot.interest()).isEmpty();
		assertThat(snapshot.secured()).isFalse();
	}

	@Test
	void ofAChannelThatIsBound() throws IOException {
		Scripted channel = new Scripted(this.map);
		channel.createSocket();
		channel.bind(Loopback.anyPort());
		this.clock.advanceMillis(70);
		pass();
		ChannelSnapshot snapshot = ChannelSnapshot.of(channel);
		assertThat(snapshot.state()).isEqualTo(ChannelState.CREATED);
		assertThat(snapshot.local()).isEqualTo(channel.localAddress()).isNotNull();
		assertThat(snapshot.age()).isEqualTo(Duration.ofMillis(70));
		assertThat(snapshot.interest()).isEmpty();
	}

	@Test
	void ofAListener() throws IOException {
		Scripted listener = listener();
		pass();
		ChannelSnapshot snapshot = ChannelSnapshot.of(listener);
		assertThat(snapshot.state()).isEqualTo(ChannelState.LISTENING);
		assertThat(snapshot.local()).isEqualTo(listener.localAddress()).isNotNull();
		assertThat(snapshot.peer()).isNull();
		assertThat(snapshot.interest()).containsExactly(Hook.ACCEPT);
	}

	@Test
	void ofAServerThatIsFull() throws IOException {
		ServerDispatcher server = server();
		server.setMaxConnections(1);
		try (CapturedLog log = new CapturedLog()) {
			client(server);
			assertThat(log.warnings()).hasSize(1);
		}
		pass();
		assertThat(ChannelSnapshot.of(server).interest()).isEmpty();
	}

	@Test
	void ofAChannelThatConnects() throws IOException {
		Scripted channel = new Scripted(this.map);
		channel.createSocket();
		channel.connect(Scripted.listening(this.map).onAccepted(this::keep).localAddress());
		ChannelSnapshot snapshot = ChannelSnapshot.of(channel);
		assertThat(snapshot.state()).isEqualTo(ChannelState.CONNECTING);
		until(channel::connected);
		pass();
		snapshot = ChannelSnapshot.of(channel);
		assertThat(snapshot.state()).isEqualTo(ChannelState.CONNECTED);
		assertThat(snapshot.peer()).isEqualTo(channel.addr());
		assertThat(snapshot.interest()).containsExactly(Hook.READ);
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void ofAChannelWhoseConnectionIsPending() throws IOException {
		ServerSocketChannel silent = keep(ServerSocketChannel.open().bind(Loopback.anyPort(), 1));
		for (int i = 0; i < 2; i++) {
			// there is no room for more in its backlog
			keep(SocketChannel.open(silent.getLocalAddress()));
		}
		Scripted channel = connecting(silent.getLocalAddress());
		passes(2);
		ChannelSnapshot snapshot = ChannelSnapshot.of(channel);
		assertThat(snapshot.state()).isEqualTo(ChannelState.CONNECTING);
		assertThat(snapshot.interest()).containsExactly(Hook.CONNECT);
		channel.close();
		assertThat(group().opened()).isZero();
		assertThat(closed(group())).isZero();
		assertThat(group().connects(ConnectOutcome.CLOSED)).isEqualTo(1);
	}

	@Test
	void ofAChannelThatIsConnected() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer);
		this.clock.advanceMillis(10);
		deliver(peer, channel, "hello");
		this.clock.advanceMillis(20);
		pass();
		channel.send(new byte[3]);
		this.clock.advanceMillis(30);
		pass();
		ChannelSnapshot snapshot = ChannelSnapshot.of(channel);
		assertThat(snapshot.peer()).isEqualTo(peer.socket().getLocalAddress());
		assertThat(snapshot.local()).isEqualTo(peer.socket().getRemoteAddress());
		assertThat(snapshot.age()).isEqualTo(Duration.ofMillis(60));
		assertThat(snapshot.idle()).isEqualTo(Duration.ofMillis(30));
		assertThat(snapshot.received()).isEqualTo(5);
		assertThat(snapshot.sent()).isEqualTo(3);
		assertThat(snapshot.queued()).isZero();
		assertThat(snapshot.interest()).containsExactly(Hook.READ);
		channel.readable = () -> false;
		pass();
		assertThat(ChannelSnapshot.of(channel).interest()).isEmpty();
	}

	@Test
	void ofAChannelThatWaitsForItsPeer() throws IOException {
		Peer peer = keep(Peer.withSmallBuffers());
		DispatcherWithSend channel = new DispatcherWithSend(peer.near(), this.map);
		channel.send(new byte[8 * 1024 * 1024]);
		passes(3);
		ChannelSnapshot snapshot = ChannelSnapshot.of(channel);
		assertThat(snapshot.interest()).containsExactly(Hook.READ, Hook.WRITE);
		assertThat(snapshot.queued()).isPositive().isEqualTo(channel.outBuffered());
		assertThat(snapshot.sent() + snapshot.queued()).isEqualTo(8 * 1024 * 1024);
	}

	@Test
	void ofAChannelWhoseQueueCannotBeAsked() throws IOException {
		Dispatcher channel = new Dispatcher(peer().near(), this.map) {

			@Override
			public int outBuffered() {
				throw new IllegalStateException("as planned");
			}

		};
		assertThat(ChannelSnapshot.of(channel).queued()).isZero();
	}

	@Test
	void ofAChannelThatIsAccepted() throws IOException {
		ServerDispatcher server = server();
		Peer client = client(server);
		Dispatcher channel = last(server);
		assertThat(ChannelSnapshot.of(channel).server()).isEqualTo(NAME);
		assertThat(ChannelSnapshot.of(server).server()).isNull();
		client.close();
		until(channel::closed);
		assertThat(ChannelSnapshot.of(channel).server()).isNull();
	}

	@Test
	void ofAChannelThatIsClosed() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer);
		deliver(peer, channel, "hello");
		channel.close();
		ChannelSnapshot snapshot = ChannelSnapshot.of(channel);
		assertThat(snapshot.state()).isEqualTo(ChannelState.CLOSED);
		assertThat(snapshot.peer()).isNull();
		assertThat(snapshot.local()).isNull();
		assertThat(snapshot.interest()).isEmpty();
		assertThat(snapshot.received()).isEqualTo(5);
	}

	@Test
	void ofAChannelWithANewSocketBeginsAnew() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer);
		deliver(peer, channel, "hello");
		long id = ChannelSnapshot.of(channel).id();
		this.clock.advanceMillis(50);
		channel.setSocket(peer().near());
		ChannelSnapshot snapshot = ChannelSnapshot.of(channel);
		assertThat(snapshot.id()).isEqualTo(id);
		assertThat(snapshot.received()).isZero();
		assertThat(snapshot.age()).isZero();
		assertThat(snapshot.idle()).isZero();
	}

	@Test
	void whileTheLoopIsBlockedIsTakenByAnotherThread() throws Exception {
		CountDownLatch blocked = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		Peer peer = peer();
		ServerDispatcher server = server();
		Scripted channel = channel(peer).on("read", (self) -> {
			self.receive(10);
			blocked.countDown();
			assertThat(goOn.await(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
		});
		try (LoopThread thread = LoopThread.run(this.map)) {
			peer.send("hello");
			assertThat(blocked.await(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
			this.clock.advanceMillis(90);
			ChannelSnapshot snapshot = Peer.elsewhere(() -> ChannelSnapshot.of(channel));
			assertThat(snapshot.received()).isEqualTo(5);
			assertThat(snapshot.age()).isEqualTo(Duration.ofMillis(90));
			assertThat(snapshot.idle()).isEqualTo(Duration.ofMillis(90));
			assertThat(snapshot.state()).isEqualTo(ChannelState.CONNECTED);
			assertThat(snapshot.interest()).containsExactly(Hook.READ);
			assertThat(Peer.elsewhere(() -> ChannelSnapshot.of(server)).state()).isEqualTo(ChannelState.LISTENING);
			Peer.elsewhere(() -> {
				channel.close();
				return null;
			});
			assertThat(ChannelSnapshot.of(channel).state()).isEqualTo(ChannelState.CLOSED);
			assertThat(ChannelSnapshot.of(channel).received()).isEqualTo(5);
			assertThat(group().closed(CloseReason.LOCAL)).isEqualTo(1);
			goOn.countDown();
			thread.awaitPass();
		}
	}

	@Test
	void numbersFindTheirChannels() throws IOException {
		Set<Long> numbers = new HashSet<>();
		for (int i = 0; i < 5; i++) {
			Scripted channel = channel(peer());
			long id = ChannelSnapshot.of(channel).id();
			assertThat(numbers.add(id)).isTrue();
			assertThat(this.map.channel(id)).isSameAs(channel);
			assertThat(ChannelSnapshot.of(channel).id()).isEqualTo(id);
		}
		assertThat(this.map.channel(-1)).isNull();
		Scripted elsewhere = new Scripted(peer().near(), this.clock.map());
		assertThat(numbers).doesNotContain(ChannelSnapshot.of(elsewhere).id());
		assertThat(this.map.channel(ChannelSnapshot.of(elsewhere).id())).isNull();
		elsewhere.close();
	}

	@Test
	void numbersOfChannelsThatHaveLeftFindNothing() throws IOException {
		Scripted channel = channel(peer());
		long id = ChannelSnapshot.of(channel).id();
		channel.delChannel();
		assertThat(this.map.channel(id)).isNull();
		channel.addChannel();
		assertThat(this.map.channel(id)).isSameAs(channel);
		channel.close();
		assertThat(this.map.channel(id)).isNull();
	}

}
