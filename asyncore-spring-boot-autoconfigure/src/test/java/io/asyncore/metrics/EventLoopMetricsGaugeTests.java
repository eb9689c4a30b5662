package io.asyncore.metrics;

import java.lang.ref.WeakReference;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import io.asyncore.CapturedLog;
import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.DispatcherWithSend;
import io.asyncore.LoopMonitor;
import io.asyncore.Loopback;
import io.asyncore.PauseReason;
import io.asyncore.Peer;
import io.asyncore.ServerDispatcher;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link EventLoopMetrics}: what is asked for, and what there is of each name.
 */
class EventLoopMetricsGaugeTests {

	private final ChannelMap map = new ChannelMap();

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	@Test
	void countsChannelsByTheirStates() {
		bind(this.registry);
		channel("a", "connecting");
		channel("a", "connecting");
		channel("a", "listening");
		channel("b", "connected");
		channel("b", "created");
		awaitGauge(2, "asyncore.channels", "channel", "a", "state", "connecting");
		awaitGauge(1, "asyncore.channels", "channel", "a", "state", "listening");
		awaitGauge(0, "asyncore.channels", "channel", "a", "state", "connected");
		awaitGauge(1, "asyncore.channels", "channel", "b", "state", "connected");
		awaitGauge(0, "asyncore.channels", "channel", "b", "state", "connecting");
		this.map.channels().forEach(Dispatcher::close);
		awaitGauge(0, "asyncore.channels", "channel", "a", "state", "connecting");
	}

	@Test
	void addsUpWhatIsQueued() throws Exception {
		bind(this.registry);
		try (Peer peer = Peer.withSmallBuffers(); Peer other = Peer.withSmallBuffers()) {
			long queued = queue(peer) + queue(other);
			awaitGauge(queued, "asyncore.output.queued", "channel", "queueing");
		}
	}

	private int queue(Peer peer) throws Exception {
		DispatcherWithSend channel = new DispatcherWithSend(peer.near(), this.map);
		channel.setChannelName("queueing");
		// known since when it is served
		this.map.eventLoop().monitor().group("queueing");
		channel.send(new byte[16 * 1024 * 1024]);
		assertThat(channel.outBuffered()).isPositive();
		return channel.outBuffered();
	}

	@Test
	void whenAClassKeepsItsQueueToItselfCountsTheOthers() {
		bind(this.registry);
		channel("a", "connected");
		Dispatcher refusing = new Dispatcher(this.map) {

			@Override
			public int outBuffered() {
				throw new IllegalStateException("only on the loop");
			}

			@Override
			public boolean connected() {
				return true;
			}

		};
		refusing.setChannelName("a");
		refusing.addChannel();
		awaitGauge(2, "asyncore.channels", "channel", "a", "state", "connected");
		awaitGauge(0, "asyncore.output.queued", "channel", "a");
	}

	@Test
	void countsPausedListenersByReason() throws Exception {
		bind(this.registry);
		ServerDispatcher full = new ServerDispatcher(Loopback.anyPort(), (socket, peer) -> new Dispatcher(socket),
				this.map);
		full.setChannelName("server");
		full.setMaxConnections(1);
		full.open();
		channel("server", "listening", PauseReason.DESCRIPTORS);
		try (Peer peer = Peer.connectTo(full.localAddress())) {
			Loopback.passUntil(this.map, () -> full.connections() == 1);
			awaitGauge(1, "asyncore.accept.paused", "channel", "server", "reason", "limit");
			awaitGauge(1, "asyncore.accept.paused", "channel", "server", "reason", "descriptors");
			this.map.channels().stream().filter(Dispatcher::connected).forEach(Dispatcher::close);
			assertThat(peer.isEnded()).isFalse();
			awaitGauge(0, "asyncore.accept.paused", "channel", "server", "reason", "limit");
		}
		finally {
			full.close();
		}
	}

	@Test
	void countsTasksThatWait() {
		bind(this.registry);
		this.map.eventLoop().execute(() -> {
		});
		assertThat(gauge("asyncore.loop.tasks")).isEqualTo(1);
	}

	@Test
	void countsStalls() {
		bind(this.registry);
		this.map.eventLoop().monitor().stalled();
		assertThat(this.registry.get("asyncore.loop.stalls").functionCounter().count()).isEqualTo(1);
	}

	@Test
	void whenThereAreTooManyNamesWarnsOnceAndCountsThemTogether() {
		try (CapturedLog log = new CapturedLog()) {
			bind(this.registry);
			for (int i = 0; i < EventLoopMetrics.MOST_GROUPS; i++) {
				channel("name-" + i, "connected");
			}
			assertThat(log.warnings()).isEmpty();
			channel("one-too-many", "connected");
			channel("another", "connected");
			assertThat(log.warnings()).singleElement()
				.asString()
				.contains("200")
				.contains("'one-too-many'")
				.contains("setChannelName()");
			assertThat(names()).hasSize(EventLoopMetrics.MOST_GROUPS + 1)
				.contains("name-0", LoopMonitor.OTHER)
				.doesNotContain("another");
			awaitGauge(2, "asyncore.channels", "channel", LoopMonitor.OTHER, "state", "connected");
			// known names go on
			channel("name-0", "connected");
			awaitGauge(2, "asyncore.channels", "channel", "name-0", "state", "connected");
		}
	}

	@Test
	void whenBoundToSeveralRegistriesServesEach() throws Exception {
		SimpleMeterRegistry other = new SimpleMeterRegistry();
		bind(this.registry);
		bind(other);
		try (Peer peer = Peer.withNearEnd()) {
			Loopback.passUntil(this.map, () -> true);
			Dispatcher channel = new Dispatcher(peer.near(), this.map) {

				@Override
				protected boolean writable() {
					return false;
				}

				@Override
				protected void handleRead() throws Exception {
					recv(10);
				}

			};
			channel.setChannelName("channel");
			peer.send("x");
			Loopback.passUntil(this.map, () -> this.map.eventLoop().monitor().group("channel").received() == 1);
			for (MeterRegistry registry : new MeterRegistry[] { this.registry, other }) {
				assertThat(registry.get("asyncore.handler").tag("handler", "read").timer().count()).isEqualTo(1);
				assertThat(registry.get("asyncore.data.received").functionCounter().count()).isEqualTo(1);
				assertThat(registry.get("asyncore.loop.work").timer().count()).isPositive();
			}
		}
	}

	@Test
	void hasCommonTagsOnEveryMeter() {
		new EventLoopMetrics(this.map.eventLoop(), Tags.of("zone", "a")).bindTo(this.registry);
		channel("a", "connected");
		assertThat(this.registry.getMeters()).isNotEmpty()
			.allMatch((meter) -> "a".equals(meter.getId().getTag("zone")));
	}

	@Test
	void gaugesStayWhenTheBinderIsGarbage() {
		channel("a", "connected");
		WeakReference<EventLoopMetrics> binder = new WeakReference<>(bind(this.registry));
		await().atMost(Loopback.BOUND).until(() -> {
			System.gc();
			return binder.get() == null;
		});
		awaitGauge(1, "asyncore.channels", "channel", "a", "state", "connected");
		assertThat(gauge("asyncore.loop.tasks")).isZero();
	}

	private EventLoopMetrics bind(MeterRegistry registry) {
		EventLoopMetrics metrics = new EventLoopMetrics(this.map.eventLoop());
		metrics.bindTo(registry);
		return metrics;
	}

	private void channel(String name, String state) {
		channel(name, state, null);
	}

	private void channel(String name, String state, @Nullable PauseReason paused) {
		Dispatcher channel = new InState(this.map, state, paused);
		channel.setChannelName(name);
		channel.addChannel();
		this.map.eventLoop().monitor().group(name);
	}

	private Set<String> names() {
		return this.registry.getMeters()
			.stream()
			.map((meter) -> meter.getId().getTag("channel"))
			.filter((name) -> name != null)
			.collect(Collectors.toCollection(TreeSet::new));
	}

	// all channels are counted at a time, and not each time anew
	private void awaitGauge(double value, String name, String... tags) {
		await().atMost(Loopback.BOUND).untilAsserted(() -> assertThat(gauge(name, tags)).isEqualTo(value));
	}

	private double gauge(String name, String... tags) {
		return this.registry.get(name).tags(tags).gauge().value();
	}

	/**
	 * A channel without a socket that says what it is asked to.
	 */
	private static final class InState extends Dispatcher {

		private final String state;

		private final @Nullable PauseReason paused;

		InState(ChannelMap map, String state, @Nullable PauseReason paused) {
			super(map);
			this.state = state;
			this.paused = paused;
		}

		@Override
		public boolean connected() {
			return this.state.equals("connected");
		}

		@Override
		public boolean connecting() {
			return this.state.equals("connecting");
		}

		@Override
		public boolean accepting() {
			return this.state.equals("listening");
		}

		@Override
		public @Nullable PauseReason acceptPaused() {
			return this.paused;
		}

	}

}
