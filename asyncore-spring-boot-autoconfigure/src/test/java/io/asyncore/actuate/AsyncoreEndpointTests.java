package io.asyncore.actuate;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

import io.asyncore.CapturedLog;
import io.asyncore.ChannelMap;
import io.asyncore.ChannelSnapshot;
import io.asyncore.ChannelState;
import io.asyncore.DatagramDispatcher;
import io.asyncore.Dispatcher;
import io.asyncore.DispatcherWithSend;
import io.asyncore.Loopback;
import io.asyncore.MovableClock;
import io.asyncore.Peer;
import io.asyncore.ServerDispatcher;
import io.asyncore.actuate.ChannelOrder.Direction;
import io.asyncore.context.EventLoopLifecycle;
import io.asyncore.context.ServerProtocol;
import io.asyncore.context.ServerSettings;
import io.asyncore.context.Servers;
import io.asyncore.context.SocketSettings;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link AsyncoreEndpoint} without an application.
 */
class AsyncoreEndpointTests {

	private static final int MANY = 50_000;

	private final MovableClock clock = new MovableClock();

	private final ChannelMap map = this.clock.map();

	private final List<Peer> peers = new ArrayList<>();

	private final AsyncoreEndpoint endpoint = endpoint();

	private AsyncoreEndpoint endpoint() {
		GenericApplicationContext context = new GenericApplicationContext();
		Servers servers = new Servers(List.of(), this.map.eventLoop(), context);
		EventLoopLifecycle lifecycle = new EventLoopLifecycle(this.map.eventLoop(), context, servers,
				new EventLoopLifecycle.Settings(Duration.ofSeconds(1), false, Duration.ZERO));
		return new AsyncoreEndpoint(lifecycle, servers, Duration.ofSeconds(5));
	}

	@AfterEach
	void close() throws Exception {
		for (Peer peer : this.peers) {
			peer.close();
		}
		this.map.channels().forEach(Dispatcher::close);
	}

	@ParameterizedTest
	@CsvSource({ "ID, abc", "QUEUED, bca", "AGE, cba", "IDLE, acb", "RECEIVED, bca", "SENT, abc" })
	void sortsByEachKeyBothWays(ChannelOrder key, String ascending) throws Exception {
		Sorted a = connect("a", 300);
		this.clock.advanceMillis(10);
		Sorted b = connect("b", 100);
		this.clock.advanceMillis(10);
		Sorted c = connect("c", 200);
		this.clock.advanceMillis(10);
		transfer(b, 1, 20);
		this.clock.advanceMillis(10);
		transfer(c, 2, 30);
		this.clock.advanceMillis(10);
		transfer(a, 3, 10);
		this.clock.advanceMillis(10);
		assertThat(names(key, Direction.ASC)).isEqualTo(ascending);
		String descending = new StringBuilder(ascending).reverse().toString();
		assertThat(names(key, Direction.DESC)).isEqualTo(descending);
		assertThat(names(key, null)).isEqualTo((key == ChannelOrder.ID) ? ascending : descending);
	}

	private Sorted connect(String name, int queued) throws Exception {
		Peer peer = Peer.withNearEnd();
		this.peers.add(peer);
		Sorted channel = new Sorted(peer, this.map, queued);
		channel.setChannelName(name);
		return channel;
	}

	private void transfer(Sorted channel, int received, int sent) throws Exception {
		channel.peer.send(new byte[received]);
		channel.send(new byte[sent]);
		Loopback.passUntil(this.map, () -> channel.received == received);
	}

	private String names(ChannelOrder key, @Nullable Direction direction) {
		return String.join("",
				channels(key, direction, null, null).channels().stream().map(ChannelDescriptor::name).toList());
	}

	private ChannelsDescriptor channels(@Nullable ChannelOrder sort, @Nullable Direction direction,
			@Nullable Integer page, @Nullable Integer size) {
		ChannelsDescriptor channels = this.endpoint.channels("channels", null, null, null, sort, direction, page, size);
		assertThat(channels).isNotNull();
		return channels;
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, -1, 501, Integer.MIN_VALUE, Integer.MAX_VALUE })
	void whenThePageHasAnImpossibleSizeRefuses(int size) {
		assertThatExceptionOfType(InvalidEndpointRequestException.class)
			.isThrownBy(() -> channels(null, null, null, size))
			.withMessageContaining("'size' must be between 1 and 500");
	}

	@Test
	void whenThePageIsNegativeRefuses() {
		assertThatExceptionOfType(InvalidEndpointRequestException.class)
			.isThrownBy(() -> channels(null, null, -1, null))
			.withMessageContaining("'page' must not be negative");
	}

	@Test
	void whenTheSectionIsUnknownHasNothing() {
		Dispatcher channel = channel("x");
		assertThat(this.endpoint.channels("other", null, null, null, null, null, null, null)).isNull();
		long id = channels(null, null, null, null).channels().get(0).id();
		assertThat(this.endpoint.channel("other", id)).isNull();
		assertThat(this.endpoint.close("other", id)).isFalse();
		assertThat(channel.closed()).isFalse();
	}

	@Test
	void closesAChannelOnce() {
		Dispatcher channel = channel("x");
		long id = channels(null, null, null, null).channels().get(0).id();
		assertThat(this.endpoint.close("channels", id)).isTrue();
		assertThat(channel.closed()).isTrue();
		assertThat(this.endpoint.close("channels", id)).isFalse();
		assertThat(this.endpoint.channel("channels", id)).isNull();
	}

	@Test
	void showsPagesOfManyChannels() {
		IntStream.range(0, MANY).forEach((i) -> channel("channel-" + i % 7));
		long start = System.nanoTime();
		ChannelsDescriptor last = channels(ChannelOrder.IDLE, null, MANY / 500 - 1, 500);
		assertThat(last.total()).isEqualTo(MANY);
		assertThat(last.channels()).hasSize(500);
		assertThat(channels(null, null, MANY / 500, 500).channels()).isEmpty();
		assertThat(this.endpoint.channels("channels", null, "channel-3", ChannelState.CREATED, ChannelOrder.QUEUED,
				null, 0, 10))
			.satisfies((page) -> assertThat(page.total()).isBetween(MANY / 7, MANY / 7 + 1));
		assertThat(this.endpoint.asyncore().loops().get(0).channels()).isEqualTo(MANY);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
	}

	@Test
	void showsChannelsWhoseNamesAreTooManyTogether() throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			for (int i = 0; i < 300; i++) {
				this.map.eventLoop().monitor().group("device-" + i);
			}
			assertThat(log.warnings()).hasSize(1);
		}
		for (String name : List.of("device-0", "device-298", "device-299")) {
			Dispatcher channel = channel(name);
			channel.createSocket();
			channel.listen(1);
		}
		List<GroupDescriptor> groups = this.endpoint.asyncore().groups();
		assertThat(groups).hasSize(201);
		assertThat(groups).filteredOn((group) -> group.listening() > 0)
			.extracting((group) -> group.name() + " " + group.listening())
			.containsExactly("device-0 1", "other 2");
		assertThat(channels(null, null, null, null).channels()).extracting(ChannelDescriptor::name)
			.containsExactly("device-0", "device-298", "device-299");
	}

	@ParameterizedTest
	@ValueSource(strings = { "</script><script>alert(1)</script>", "a\"b\\c\n\r\t\u0000", "\u202e\u2028{x}", "",
			"%s${x}", "\ud83d\ude00" })
	void tellsHostileNamesAsTheyAre(String name) {
		this.map.eventLoop().monitor().group(name);
		channel(name);
		JsonMapper mapper = new JsonMapper();
		JsonNode channels = mapper.readTree(mapper.writeValueAsString(channels(null, null, null, null)));
		assertThat(channels.get("channels").get(0).get("name").asString()).isEqualTo(name);
		JsonNode all = mapper.readTree(mapper.writeValueAsString(this.endpoint.asyncore()));
		assertThat(all.get("groups").get(0).get("name").asString()).isEqualTo(name);
		assertThat(this.endpoint.channels("channels", null, name, null, null, null, null, null).total()).isEqualTo(1);
	}

	@Test
	void tellsTheLastFailureOfAGroup() throws Exception {
		try (Peer peer = Peer.withNearEnd(); CapturedLog log = new CapturedLog()) {
			Dispatcher failing = new Dispatcher(peer.near(), this.map) {

				@Override
				protected void handleRead() {
					throw new IllegalStateException("as\nplanned");
				}

			};
			failing.setChannelName("failing");
			channel("good");
			peer.send("x");
			Loopback.passUntil(this.map, failing::closed);
			assertThat(log.errors()).hasSize(1);
		}
		this.map.eventLoop().monitor().group("good");
		JsonMapper mapper = new JsonMapper();
		JsonNode groups = mapper.readTree(mapper.writeValueAsString(this.endpoint.asyncore())).get("groups");
		JsonNode failure = groups.get(0).get("lastFailure");
		assertThat(failure.propertyNames()).containsExactly("type", "message", "time", "count");
		assertThat(failure.get("type").asString()).isEqualTo("java.lang.IllegalStateException");
		assertThat(failure.get("message").asString()).isEqualTo("as\\nplanned");
		assertThat(Instant.parse(failure.get("time").asString())).isBeforeOrEqualTo(Instant.now());
		assertThat(failure.get("count").asInt()).isOne();
		assertThat(groups.get(1).has("lastFailure")).isFalse();
	}

	@Test
	void tellsLabelsAndFindsChannelsByThem() {
		Dispatcher channel = channel("devices");
		channel.setLabel("Device\n7");
		channel("devices");
		assertThat(channels(null, null, null, null).channels()).extracting(ChannelDescriptor::label)
			.containsExactly("Device\\n7", null);
		ChannelsDescriptor found = this.endpoint.channels("channels", null, "device\n", null, null, null, null, null);
		assertThat(found).isNotNull();
		assertThat(found.channels()).extracting(ChannelDescriptor::id).containsExactly(ChannelSnapshot.id(channel));
		ChannelDetails details = this.endpoint.channel("channels", ChannelSnapshot.id(channel));
		assertThat(details).isNotNull();
		assertThat(details.channel().label()).isEqualTo("Device\\n7");
		JsonMapper mapper = new JsonMapper();
		JsonNode shown = mapper.readTree(mapper.writeValueAsString(channels(null, null, null, null))).get("channels");
		assertThat(shown.get(0).get("label").asString()).isEqualTo("Device\\n7");
		assertThat(shown.get(1).has("label")).isFalse();
	}

	@Test
	void tellsTheProtocolOfEachServer(@TempDir Path directory) throws Exception {
		ServerSettings settings = new ServerSettings("udp", Loopback.anyPort(), "udp", 1, 1, Duration.ZERO, null, 1,
				SocketSettings.of(ServerProtocol.UDP));
		GenericApplicationContext context = new GenericApplicationContext();
		context.registerBean("udp", DatagramDispatcher.class, () -> new DatagramDispatcher(this.map));
		context.refresh();
		Servers servers = new Servers(List.of(settings), this.map.eventLoop(), context);
		EventLoopLifecycle lifecycle = new EventLoopLifecycle(this.map.eventLoop(), context, servers,
				new EventLoopLifecycle.Settings(Duration.ofSeconds(1), false, Duration.ZERO));
		AsyncoreEndpoint endpoint = new AsyncoreEndpoint(lifecycle, servers, Duration.ofSeconds(5));
		UnixDomainSocketAddress path = UnixDomainSocketAddress.of(directory.resolve("s"));
		ServerDispatcher unix = new ServerDispatcher(path, (socket, peer) -> new Dispatcher(), this.map);
		unix.open();
		lifecycle.start();
		try {
			ServerDescriptor first = endpoint.asyncore().servers().get(0);
			assertThat(first)
				.extracting(ServerDescriptor::name, ServerDescriptor::protocol, ServerDescriptor::address,
						ServerDescriptor::port, ServerDescriptor::listening, ServerDescriptor::connections,
						ServerDescriptor::maxConnections)
				.containsExactly("udp", "udp", "127.0.0.1", Loopback.port(servers.dispatchers().get("udp")), true, 0,
						null);
			assertThat(endpoint.asyncore().servers()).extracting(ServerDescriptor::protocol)
				.containsExactly("udp", "unix");
		}
		finally {
			lifecycle.stop();
		}
		assertThat(endpoint.asyncore().servers()).singleElement()
			.extracting(ServerDescriptor::listening, ServerDescriptor::protocol)
			.containsExactly(false, "udp");
		context.close();
	}

	@Test
	void whenADescriptionFailsLeavesItOut() {
		new Dispatcher(this.map) {

			@Override
			public String toString() {
				throw new IllegalStateException("only on the loop");
			}

			@Override
			public int outBuffered() {
				throw new IllegalStateException("only on the loop");
			}

		}.addChannel();
		ChannelDescriptor channel = channels(null, null, null, null).channels().get(0);
		assertThat(channel.queued()).isZero();
		ChannelDetails details = this.endpoint.channel("channels", channel.id());
		assertThat(details).isNotNull();
		assertThat(details.channel().queued()).isZero();
	}

	@Test
	void staysConsistentWhileChannelsComeAndGo() throws Exception {
		AtomicBoolean over = new AtomicBoolean();
		CompletableFuture<Void> changes = CompletableFuture.runAsync(() -> {
			Deque<Dispatcher> open = new ArrayDeque<>();
			while (!over.get()) {
				open.add(channel("channel"));
				if (open.size() > 200) {
					open.remove().close();
				}
			}
		});
		try {
			for (int i = 0; i < 300; i++) {
				ChannelsDescriptor page = channels(ChannelOrder.ID, null, 0, 500);
				assertThat(page.channels()).hasSize(Math.min(page.total(), 500));
				assertThat(page.channels()).extracting(ChannelDescriptor::id).isSorted().doesNotHaveDuplicates();
				for (ChannelOrder order : ChannelOrder.values()) {
					assertThat(channels(order, Direction.DESC, 0, 500).channels()).extracting(ChannelDescriptor::id)
						.doesNotHaveDuplicates();
				}
				for (ChannelDescriptor channel : page.channels().subList(0, Math.min(3, page.channels().size()))) {
					ChannelDetails details = this.endpoint.channel("channels", channel.id());
					assertThat(details == null || details.channel().id() == channel.id()).isTrue();
				}
				assertThat(this.endpoint.asyncore().groups()).hasSizeLessThanOrEqualTo(1);
			}
		}
		finally {
			over.set(true);
			changes.get(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS);
		}
	}

	private Dispatcher channel(String name) {
		Dispatcher channel = new Dispatcher(this.map);
		channel.setChannelName(name);
		channel.addChannel();
		return channel;
	}

	private static final class Sorted extends DispatcherWithSend {

		private final Peer peer;

		private final int queued;

		private int received;

		Sorted(Peer peer, ChannelMap map, int queued) throws Exception {
			super(peer.near(), map);
			this.peer = peer;
			this.queued = queued;
		}

		@Override
		public int outBuffered() {
			return this.queued;
		}

		@Override
		protected void handleRead() throws Exception {
			this.received += recv(100).length;
		}

	}

}
