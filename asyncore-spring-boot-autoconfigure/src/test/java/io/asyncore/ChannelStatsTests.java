package io.asyncore;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ChannelStats}: bytes, connections accepted and rejected, handlers.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChannelStatsTests extends MonitoringFixture {

	private static final int MUCH = 8 * 1024 * 1024;

	@Test
	void remembersTheLastFailureOnly() throws IOException {
		assertThat(group().lastFailure()).isNull();
		Instant before = Instant.now();
		for (Exception failure : List.of(new IllegalStateException("first"), new IOException("second\n"))) {
			Peer peer = peer();
			Scripted channel = channel(peer);
			channel.on("read", (self) -> {
				throw failure;
			});
			peer.send("x");
			until(channel::closed);
		}
		ChannelFailure last = group().lastFailure();
		assertThat(last).isNotNull();
		assertThat(last.type()).isEqualTo("java.io.IOException");
		assertThat(last.message()).isEqualTo("second\\n");
		assertThat(last.count()).isEqualTo(2);
		assertThat(last.time()).isBetween(before, Instant.now());
	}

	@Test
	void remembersAFailureThatCannotBeDescribed() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer);
		channel.on("read", (self) -> {
			throw new IllegalStateException() {

				@Override
				public String getMessage() {
					throw new IllegalArgumentException("as planned");
				}

			};
		});
		peer.send("x");
		until(channel::closed);
		assertThat(group().lastFailure()).isNotNull().extracting(ChannelFailure::message).isEqualTo("cannot be told");
	}

	@Test
	void isOneForEachName() {
		ChannelStats group = this.monitor.group("b");
		assertThat(this.monitor.group("b")).isSameAs(group);
		ChannelStats other = this.monitor.group("a");
		assertThat(this.monitor.groups()).containsExactly(other, group);
		assertThat(group.name()).isEqualTo("b");
		assertThat(group.loop()).isSameAs(this.map.eventLoop());
		assertThat(group).hasToString("ChannelStats[b]");
	}

	@Test
	void whenEachChannelHasANameOfItsOwnThoseThatAreTooManyAreCountedTogether() throws IOException {
		int most = LoopMonitor.MOST_NAMES;
		this.monitor.addObserver(this.news);
		this.monitor.setTimed(true);
		try (CapturedLog log = new CapturedLog()) {
			for (int i = 0; i < most + 20; i++) {
				Peer peer = peer();
				Scripted channel = new Scripted(peer.near(), this.map);
				channel.setChannelName("device-" + i);
				deliver(peer, channel, "hello");
				assertThat(channel.channelName()).as("in logs").isEqualTo("device-" + i);
				assertThat(this.monitor.countedAs(channel)).isEqualTo((i < most) ? channel.channelName() : "other");
				channel.close();
			}
			assertThat(log.warnings()).singleElement().asString().contains("'device-" + most + "'", "'other'");
		}
		assertThat(this.monitor.groups()).hasSize(most + 1);
		ChannelStats other = this.monitor.group(LoopMonitor.OTHER);
		assertThat(other.opened()).isEqualTo(20);
		assertThat(other.closed(CloseReason.LOCAL)).isEqualTo(20);
		assertThat(other.calls(Hook.READ)).isEqualTo(20);
		assertThat(this.news.handled).contains("device-0 read", "other read");
		assertThat(this.monitor.groups().stream().mapToLong(ChannelStats::received).sum()).isEqualTo(5 * (most + 20));
	}

	@Test
	void namesThatAreKnownKeepTheirGroup() {
		ChannelStats first = this.monitor.group("first");
		try (CapturedLog log = new CapturedLog()) {
			for (int i = 0; i < 10_000; i++) {
				this.monitor.group("name-" + i);
			}
			assertThat(log.warnings()).hasSize(1);
		}
		assertThat(this.monitor.group("first")).isSameAs(first);
		assertThat(this.monitor.group("name-9999")).isSameAs(this.monitor.group("name-5000"));
		assertThat(this.monitor.groups()).hasSize(LoopMonitor.MOST_NAMES + 1);
	}

	@Test
	void countsBytesOfAllItsChannels() throws IOException {
		for (int i = 1; i <= 3; i++) {
			Peer peer = peer();
			Scripted channel = channel(peer);
			deliver(peer, channel, "hello");
			assertThat(channel.send(new byte[7])).isEqualTo(7);
			assertThat(group().received()).isEqualTo(i * 5);
			assertThat(group().sent()).isEqualTo(i * 7);
			channel.close();
		}
		Peer peer = peer();
		deliver(peer, new Scripted(peer.near(), this.map), "of another name");
		assertThat(group().received()).isEqualTo(15);
	}

	@Test
	void countsWhatTheSocketTakes() throws IOException {
		ScriptedEndpoint endpoint = new ScriptedEndpoint(peer().near());
		endpoint.writes.add(ScriptedEndpoint.transferring(3));
		endpoint.writes.add(ScriptedEndpoint.returning(0));
		endpoint.writes.add(ScriptedEndpoint.failing("as planned"));
		endpoint.reads.add(ScriptedEndpoint.returning(0));
		endpoint.reads.add(ScriptedEndpoint.transferring(2));
		endpoint.reads.add(ScriptedEndpoint.returning(-1));
		Scripted channel = named(new Scripted(this.map)).on("close", (self) -> {
		});
		channel.channel().use(endpoint);
		ByteBuffer data = ByteBuffer.allocate(10);
		channel.send(data);
		channel.send(data);
		ByteBuffer buffer = ByteBuffer.allocate(5);
		channel.recv(buffer);
		channel.recv(buffer);
		channel.recv(buffer);
		channel.send(data);
		assertThat(endpoint.calls).hasSize(6);
		assertThat(group().sent()).isEqualTo(3);
		assertThat(group().received()).isEqualTo(2);
	}

	@Test
	void whenSocketIsFullCountsWhatIsNotQueued() throws IOException {
		Peer peer = keep(Peer.withSmallBuffers());
		DispatcherWithSend channel = named(new DispatcherWithSend(peer.near(), this.map));
		channel.send(new byte[MUCH]);
		assertThat(channel.outBuffered()).isPositive();
		assertThat(group().sent()).isEqualTo(MUCH - channel.outBuffered());
		until(() -> {
			peer.poll();
			assertThat(group().sent()).isEqualTo(MUCH - channel.outBuffered());
			return channel.outBuffered() == 0;
		});
		assertThat(group().sent()).isEqualTo(MUCH);
	}

	@Test
	void countsBytesOfFiles(@TempDir Path folder) throws IOException {
		Path path = Files.write(folder.resolve("file"), new byte[MUCH]);
		Peer peer = peer();
		Scripted channel = channel(peer);
		try (FileChannel file = FileChannel.open(path)) {
			channel.on("write", (self) -> self.send(file, group().sent(), MUCH));
			channel.writable = () -> group().sent() < MUCH;
			until(() -> peer.poll().count() == MUCH);
		}
		assertThat(group().sent()).isEqualTo(MUCH);
		assertThat(ChannelSnapshot.of(channel).sent()).isEqualTo(MUCH);
	}

	@Test
	void countsBytesOfDatagrams() throws IOException {
		Scripted near = datagrams();
		near.on("read", (self) -> {
			ByteBuffer buffer = ByteBuffer.allocate(100);
			while (self.recvFrom(buffer) != null) {
				self.received.append(buffer.position());
				buffer.clear();
			}
		});
		Scripted far = datagrams();
		far.sendTo(ByteBuffer.allocate(5), near.localAddress());
		far.sendTo(ByteBuffer.allocate(0), near.localAddress());
		until(() -> near.received.toString().equals("50"));
		far.connect(near.localAddress());
		until(far::connected);
		far.send(new byte[4]);
		until(() -> near.received.toString().equals("504"));
		assertThat(group().sent()).isEqualTo(9);
		assertThat(group().received()).isEqualTo(9);
	}

	private Scripted datagrams() throws IOException {
		Scripted channel = named(new Scripted(this.map));
		channel.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		channel.bind(Loopback.anyPort());
		return channel;
	}

	// accepted and rejected

	@Test
	void countsConnectionsByTheListener() throws IOException {
		ServerDispatcher server = server();
		client(server);
		client(server);
		assertThat(group().accepted()).isEqualTo(2);
		assertThat(group().opened()).isEqualTo(2);
		assertThat(rejected()).containsExactly(0L, 0L, 0L);
	}

	@Test
	void whenFactoryFailsTheConnectionIsRejected() throws IOException {
		ServerDispatcher server = server((socket, address) -> {
			throw new IllegalStateException("as planned");
		});
		try (CapturedLog log = new CapturedLog()) {
			client(server);
			assertThat(log.errors()).hasSize(1);
		}
		assertThat(group().accepted()).isEqualTo(1);
		assertThat(group().opened()).isZero();
		assertThat(rejected()).containsExactly(1L, 0L, 0L);
	}

	@Test
	void whenHandlerOfAcceptedFailsTheConnectionIsRejected() throws IOException {
		Scripted listener = listener().onAccepted((socket) -> {
			throw new IllegalStateException("as planned");
		});
		keep(Peer.connectTo(listener.localAddress()));
		until(() -> !listener.failures.isEmpty());
		assertThat(group().accepted()).isEqualTo(1);
		assertThat(rejected()).containsExactly(1L, 0L, 0L);
	}

	@Test
	void whenHandlerFailsBeforeItAcceptsNothingIsRejected() throws IOException {
		Scripted listener = listener().on("accept", (self) -> {
			throw new IllegalStateException("as planned");
		});
		keep(Peer.connectTo(listener.localAddress()));
		until(() -> !listener.failures.isEmpty());
		assertThat(group().accepted()).isZero();
		assertThat(rejected()).containsExactly(0L, 0L, 0L);
	}

	@Test
	void whenFactoryReturnsAClosedChannelTheConnectionIsRejected() throws IOException {
		client(server((socket, address) -> {
			Scripted channel = new Scripted(socket, this.map);
			channel.close();
			return channel;
		}));
		assertThat(rejected()).containsExactly(0L, 1L, 0L);
		assertThat(group().opened()).isZero();
	}

	@Test
	void whenNobodyHandlesTheConnectionItIsRejected() throws IOException {
		Dispatcher listener = named(new Dispatcher(this.map));
		listener.createSocket();
		listener.bind(Loopback.anyPort());
		listener.listen(5);
		keep(Peer.connectTo(listener.localAddress()));
		until(() -> group().accepted() == 1);
		assertThat(rejected()).containsExactly(0L, 0L, 1L);
	}

	@Test
	void whenHandlerClosesTheConnectionItselfItIsNotRejected() throws IOException {
		Scripted listener = listener().onAccepted(SocketChannel::close);
		keep(Peer.connectTo(listener.localAddress()));
		until(() -> group().accepted() == 1);
		assertThat(rejected()).containsExactly(0L, 0L, 0L);
	}

	private List<Long> rejected() {
		List<Long> rejected = new ArrayList<>();
		for (RejectReason reason : RejectReason.values()) {
			rejected.add(group().rejected(reason));
		}
		return rejected;
	}

	// handlers

	@Test
	void countsHandlersWhileTheyAreTimed() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", (self) -> {
			self.receive(10);
			this.clock.advanceMillis("y".contentEquals(self.received.substring(self.received.length() - 1)) ? 3 : 5);
		});
		deliver(peer, channel, "x");
		assertThat(group().calls(Hook.READ)).isZero();
		this.monitor.setTimed(true);
		deliver(peer, channel, "y");
		deliver(peer, channel, "z");
		assertThat(group().calls(Hook.READ)).isEqualTo(2);
		assertThat(group().failures(Hook.READ)).isZero();
		assertThat(group().totalNanos(Hook.READ)).isEqualTo(8_000_000);
		assertThat(group().longestNanos(Hook.READ)).isEqualTo(5_000_000);
		this.monitor.setTimed(false);
		deliver(peer, channel, "!");
		assertThat(group().calls(Hook.READ)).isEqualTo(2);
		assertThat(group().totalNanos(Hook.READ)).isEqualTo(8_000_000);
	}

	@Test
	void timesEachHandlerByItself() throws IOException {
		this.monitor.setTimed(true);
		Peer first = peer();
		Peer second = peer();
		Scripted slow = channel(first).on("read", (self) -> {
			self.receive(10);
			this.clock.advanceMillis(40);
		});
		Scripted quick = channel(second).on("read", (self) -> {
			self.receive(10);
			this.clock.advanceMillis(2);
		});
		quick.setChannelName("quick");
		passes(2);
		first.send("x");
		second.send("x");
		Sockets.awaitReadable(first.near());
		Sockets.awaitReadable(second.near());
		passes(2);
		assertThat(slow.events).contains("read");
		assertThat(group().totalNanos(Hook.READ)).isEqualTo(40_000_000);
		assertThat(this.monitor.group("quick").totalNanos(Hook.READ)).isEqualTo(2_000_000);
	}

	@Test
	void whenLoopDidNotRunMeanwhileThatIsNoTimeOfAHandler() throws IOException {
		this.monitor.setTimed(true);
		Peer peer = peer();
		Scripted channel = channel(peer);
		deliver(peer, channel, "x");
		this.clock.advanceMillis(1000);
		channel.callLater(Duration.ZERO, () -> this.clock.advanceMillis(1));
		passes(2);
		assertThat(group().totalNanos(Hook.TASK)).isEqualTo(1_000_000);
	}

	@Test
	void doesNotCountPredicates() throws IOException {
		this.monitor.setTimed(true);
		channel(peer());
		passes(3);
		assertThat(group().calls(Hook.PREDICATE)).isZero();
	}

	@Test
	void countsFailuresAndWhoIsToldOfThem() throws IOException {
		this.monitor.setTimed(true);
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", (self) -> {
			throw new IllegalStateException("as planned");
		});
		peer.send("x");
		until(channel::closed);
		assertThat(group().calls(Hook.READ)).isEqualTo(1);
		assertThat(group().failures(Hook.READ)).isEqualTo(1);
		assertThat(group().calls(Hook.ERROR)).isEqualTo(1);
		assertThat(group().failures(Hook.ERROR)).isZero();
		assertThat(group().calls(Hook.CLOSE)).as("not because a peer has gone").isZero();
	}

	@Test
	void countsFailuresOfThoseWhoAreTold() throws IOException {
		this.monitor.setTimed(true);
		Scripted channel = channel(peer()).on("error", (self) -> {
			throw new IllegalStateException("as planned");
		});
		pass();
		channel.callLater(Duration.ZERO, () -> {
			throw new IllegalStateException("as planned");
		});
		try (CapturedLog log = new CapturedLog()) {
			until(channel::closed);
			assertThat(log.errors()).hasSize(1);
		}
		assertThat(group().failures(Hook.TASK)).isEqualTo(1);
		assertThat(group().failures(Hook.ERROR)).isEqualTo(1);
		assertThat(group().closed(CloseReason.ERROR)).isEqualTo(1);
	}

	@Test
	void countsEachKindOfHandler() throws IOException {
		this.monitor.setTimed(true);
		ServerDispatcher server = server();
		Scripted client = connecting(server.localAddress());
		until(() -> client.connected() && server.connections() == 1);
		client.writable = () -> !client.events.contains("write");
		client.callLater(Duration.ZERO, () -> {
		});
		client.setIdleTimeout(Duration.ofSeconds(1));
		until(() -> client.events.contains("write"));
		this.clock.advanceMillis(1000);
		try (CapturedLog log = new CapturedLog()) {
			until(client::closed);
			assertThat(log.infos()).hasSize(1);
		}
		for (Hook hook : new Hook[] { Hook.ACCEPT, Hook.OPEN, Hook.CONNECT, Hook.WRITE, Hook.TIMEOUT }) {
			assertThat(group().calls(hook)).as(hook.label()).isEqualTo(1);
		}
		assertThat(group().calls(Hook.EXPT)).isZero();
		assertThat(group().closed(CloseReason.TIMEOUT)).isEqualTo(1);
	}

	@Test
	void whenChannelMovesItsBytesCountWhereItIs() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer);
		deliver(peer, channel, "abc");
		ChannelMap other = this.clock.map();
		channel.addChannel(other);
		peer.send("defgh");
		Loopback.passUntil(other, () -> channel.received.length() == 8);
		assertThat(group().received()).isEqualTo(3);
		assertThat(other.eventLoop().monitor().group(NAME).received()).isEqualTo(5);
		channel.close();
	}

	@Test
	void whenChannelIsRenamedItsBytesCountByTheNewName() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer);
		deliver(peer, channel, "abc");
		channel.setChannelName("renamed");
		deliver(peer, channel, "de");
		assertThat(group().received()).isEqualTo(3);
		assertThat(this.monitor.group("renamed").received()).isEqualTo(2);
		assertThat(ChannelSnapshot.of(channel).received()).isEqualTo(5);
	}

}
