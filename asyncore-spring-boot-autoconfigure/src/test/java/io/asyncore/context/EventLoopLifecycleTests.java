package io.asyncore.context;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.DispatcherWithSend;
import io.asyncore.ExitNow;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link EventLoopLifecycle}.
 */
@ExtendWith(OutputCaptureExtension.class)
class EventLoopLifecycleTests {

	private static final Duration BOUND = Duration.ofSeconds(10);

	private final ChannelMap map = new ChannelMap();

	private final GenericApplicationContext context = new GenericApplicationContext();

	private Duration gracePeriod = Duration.ofSeconds(20);

	@AfterEach
	void closeContext() {
		this.context.close();
		assertThat(loopThreads()).isEmpty();
	}

	@Test
	void runsLoopOnNonDaemonThreadWhileItIsStarted() {
		EventLoopLifecycle lifecycle = start();
		assertThat(lifecycle.isRunning()).isTrue();
		assertThat(loopThreads()).singleElement().satisfies((thread) -> assertThat(thread.isDaemon()).isFalse());
		lifecycle.stop();
		assertThat(lifecycle.isRunning()).isFalse();
	}

	@Test
	void startsAfterTheWebServerAndBeforeDefaultBeans() {
		// WebServerApplicationContext: start/stop at -2048, graceful shutdown at -1024
		assertThat(start().getPhase()).isGreaterThan(SmartLifecycle.DEFAULT_PHASE - 2048)
			.isLessThan(SmartLifecycle.DEFAULT_PHASE - 1024);
	}

	@Test
	void callsHandleOpenOnTheLoopInBeanOrderBeforeStartReturns() {
		List<String> calls = Collections.synchronizedList(new ArrayList<>());
		class Opened extends Dispatcher {

			private final String name;

			Opened(String name) {
				super(new ChannelMap());
				this.name = name;
			}

			@Override
			protected void handleOpen() {
				calls.add(this.name + (map().eventLoop().inLoop() ? " in loop" : " elsewhere"));
			}

		}
		this.context.registerBean("b", Dispatcher.class, () -> new Opened("b"));
		this.context.registerBean("a", Dispatcher.class, () -> new Opened("a"));
		start();
		assertThat(calls).containsExactly("b in loop", "a in loop");
		assertThat(this.map.size()).isEqualTo(2);
	}

	@Test
	void takesDispatchersIntoItsMapWhateverTheirConstructorTook() {
		Listener listener = new Listener(new ChannelMap());
		this.context.registerBean(Listener.class, () -> listener);
		start();
		assertThat(listener.map()).isSameAs(this.map);
		assertThat(this.map.contains(listener)).isTrue();
	}

	@Test
	void servesWhatConstructorsHaveBegun() throws IOException {
		CountDownLatch ticked = new CountDownLatch(1);
		Listener other = new Listener(this.map);
		this.context.registerBean(Listener.class, () -> other);
		start();
		CountDownLatch connected = new CountDownLatch(1);
		try (GenericApplicationContext second = new GenericApplicationContext()) {
			class Client extends Dispatcher {

				Client() throws IOException {
					createSocket();
					connect("127.0.0.1", other.port());
					callLater(Duration.ofMillis(1), ticked::countDown);
				}

				@Override
				protected void handleConnect() {
					connected.countDown();
				}

			}
			second.registerBean(Client.class, () -> {
				try {
					return new Client();
				}
				catch (IOException ex) {
					throw new IllegalStateException(ex);
				}
			});
			second.registerBean(EventLoopLifecycle.class,
					() -> new EventLoopLifecycle(new ChannelMap().eventLoop(), second.getBeanFactory(), settings()));
			second.refresh();
			assertThat(counted(connected)).isTrue();
			assertThat(counted(ticked)).isTrue();
		}
	}

	@Test
	void whenHandleOpenFailsFailsTheStartAndLeavesNothingOpen() {
		Listener listener = new Listener(this.map);
		this.context.registerBean("listener", Listener.class, () -> listener);
		Dispatcher failing = new Dispatcher(this.map) {

			@Override
			protected void handleOpen() {
				throw new AssertionError("no way");
			}

		};
		this.context.registerBean("failing", Dispatcher.class, () -> failing);
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(this::start)
			.havingRootCause()
			.isInstanceOf(AssertionError.class);
		assertThat(listener.closed()).isTrue();
		assertThat(this.map).isEmpty();
		await().atMost(BOUND).until(() -> loopThreads().isEmpty());
	}

	@Test
	void whenHandleOpenFailsNamesTheBean() {
		this.context.registerBean("failing", Dispatcher.class, () -> new Dispatcher(this.map) {

			@Override
			protected void handleOpen() throws IOException {
				throw new IOException("no way");
			}

		});
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(this::start)
			.havingCause()
			.isInstanceOf(DispatcherOpenException.class)
			.withMessageContaining("'failing'")
			.withMessageContaining("no way");
	}

	@Test
	void canBeStartedAgain() throws IOException {
		Listener listener = new Listener(this.map);
		this.context.registerBean(Listener.class, () -> listener);
		start();
		assertServes(listener);
		this.context.stop();
		assertThat(listener.closed()).isTrue();
		this.context.start();
		assertThat(listener.opened).isEqualTo(2);
		assertServes(listener);
	}

	@Test
	void whenConstructorMadeTheSocketSaysAfterRestartThatItIsGone(CapturedOutput output) {
		this.context.registerBean("early", Dispatcher.class, () -> {
			try {
				Dispatcher early = new Dispatcher(this.map);
				early.createSocket();
				early.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
				early.listen(1);
				return early;
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		});
		start();
		this.context.stop();
		assertThat(output).doesNotContain("handleOpen()");
		this.context.start();
		assertThat(output).contains("'early'").contains("handleOpen()");
	}

	@Test
	void whenStoppedSendsWhatIsQueuedAndClosesTheRest() throws Exception {
		byte[] much = new byte[8 * 1024 * 1024];
		Listener listener = new Listener(this.map) {

			@Override
			protected void handleAccepted(SocketChannel socket, SocketAddress address) throws IOException {
				DispatcherWithSend handler = new DispatcherWithSend(socket);
				handler.send(much);
				this.handlers.add(handler);
			}

		};
		this.context.registerBean(Listener.class, () -> listener);
		EventLoopLifecycle lifecycle = start();
		try (Socket reader = listener.connect(); Socket idle = listener.connect()) {
			await().atMost(BOUND).until(() -> listener.handlers.size() == 2);
			// the second peer reads what is there and then stays idle
			assertThat(idle.getInputStream().readNBytes(much.length)).hasSize(much.length);
			CountDownLatch stopped = new CountDownLatch(1);
			lifecycle.stop(stopped::countDown);
			await().atMost(BOUND).until(listener::closed);
			assertThat(stopped.getCount()).isOne();
			assertThat(reader.getInputStream().readAllBytes()).hasSize(much.length);
			assertThat(counted(stopped)).isTrue();
			assertThat(idle.getInputStream().read()).isEqualTo(-1);
		}
		assertThat(this.map).isEmpty();
	}

	@Test
	void whenPeerDoesNotReadStopsAfterTheGracePeriod() throws Exception {
		this.gracePeriod = Duration.ofMillis(50);
		Listener listener = new Listener(this.map) {

			@Override
			protected void handleAccepted(SocketChannel socket, SocketAddress address) throws IOException {
				DispatcherWithSend handler = new DispatcherWithSend(socket);
				handler.send(new byte[32 * 1024 * 1024]);
				this.handlers.add(handler);
			}

		};
		this.context.registerBean(Listener.class, () -> listener);
		EventLoopLifecycle lifecycle = start();
		try (Socket peer = listener.connect()) {
			await().atMost(BOUND).until(() -> !listener.handlers.isEmpty());
			lifecycle.stop();
			assertThat(lifecycle.isRunning()).isFalse();
			assertThat(listener.handlers).allMatch(Dispatcher::closed);
			assertThat(peer.isConnected()).isTrue();
		}
	}

	@Test
	void whenHandlerStopsTheContextDoesNotDeadlock() throws Exception {
		start();
		CountDownLatch closed = new CountDownLatch(1);
		this.map.eventLoop().execute(() -> {
			this.context.close();
			closed.countDown();
		});
		assertThat(counted(closed)).isTrue();
		await().atMost(BOUND).until(() -> loopThreads().isEmpty());
	}

	@Test
	void whenLoopEndsByItselfIsNotRunningAndClosesChannels(CapturedOutput output) {
		Listener listener = new Listener(this.map);
		this.context.registerBean(Listener.class, () -> listener);
		EventLoopLifecycle lifecycle = start();
		this.map.eventLoop().execute(() -> {
			throw new ExitNow();
		});
		await().atMost(BOUND).until(() -> !lifecycle.isRunning());
		assertThat(listener.closed()).isTrue();
		assertThat(output).contains("The event loop has ended");
		lifecycle.start();
		assertThat(listener.accepting()).isTrue();
	}

	@Test
	void whenHandlerHoldsUpTheLoopGivesUpAndSaysWhere(CapturedOutput output) throws Exception {
		this.gracePeriod = Duration.ZERO;
		EventLoopLifecycle lifecycle = start();
		CountDownLatch held = new CountDownLatch(1);
		CountDownLatch interrupted = new CountDownLatch(1);
		CountDownLatch release = new CountDownLatch(1);
		this.map.eventLoop().execute(() -> {
			held.countDown();
			while (release.getCount() > 0) {
				try {
					release.await();
				}
				catch (InterruptedException ex) {
					interrupted.countDown();
				}
			}
		});
		assertThat(counted(held)).isTrue();
		lifecycle.stop();
		assertThat(counted(interrupted)).isTrue();
		assertThat(lifecycle.isRunning()).isTrue();
		assertThat(output).contains("asyncore-loop").contains("a handler holds it up at").contains("await");
		release.countDown();
		await().atMost(BOUND).until(() -> !lifecycle.isRunning());
	}

	@Test
	void whenLoopIsStoppedBehindItsBackClosesConnections() throws IOException {
		Listener listener = new Listener(this.map);
		this.context.registerBean(Listener.class, () -> listener);
		EventLoopLifecycle lifecycle = start();
		try (Socket peer = listener.connect()) {
			await().atMost(BOUND).until(() -> listener.handlers.size() == 1);
			this.map.eventLoop().stop();
			assertThat(peer.getInputStream().read()).isEqualTo(-1);
		}
		await().atMost(BOUND).until(() -> !lifecycle.isRunning());
		lifecycle.start();
		assertServes(listener);
	}

	@Test
	void whenStartHasFailedCanBeStartedLater() throws IOException {
		Listener listener = new Listener(this.map);
		boolean[] fails = { true };
		this.context.registerBean("listener", Listener.class, () -> listener);
		Dispatcher failing = new Dispatcher(this.map) {

			@Override
			protected void handleOpen() throws IOException {
				if (fails[0]) {
					throw new IOException("not yet");
				}
			}

		};
		try (GenericApplicationContext beans = new GenericApplicationContext()) {
			beans.registerBean("listener", Listener.class, () -> listener);
			beans.registerBean("failing", Dispatcher.class, () -> failing);
			beans.refresh();
			EventLoopLifecycle lifecycle = new EventLoopLifecycle(this.map.eventLoop(), beans.getBeanFactory(),
					settings());
			assertThatExceptionOfType(DispatcherOpenException.class).isThrownBy(lifecycle::start);
			assertThat(lifecycle.isRunning()).isFalse();
			fails[0] = false;
			lifecycle.start();
			assertServes(listener);
			lifecycle.destroy();
			assertThat(lifecycle.isRunning()).isFalse();
		}
	}

	@Test
	void whenHandlerStartsItAgainRefuses() throws Exception {
		EventLoopLifecycle lifecycle = start();
		CountDownLatch refused = new CountDownLatch(1);
		this.map.eventLoop().execute(() -> {
			assertThatExceptionOfType(IllegalStateException.class).isThrownBy(lifecycle::start);
			refused.countDown();
		});
		assertThat(counted(refused)).isTrue();
	}

	@Test
	void servesTheTargetOfAProxy() {
		Listener target = new Listener(this.map);
		ProxyFactory proxy = new ProxyFactory(target);
		proxy.setProxyTargetClass(true);
		this.context.registerBean("proxied", Dispatcher.class, () -> (Dispatcher) proxy.getProxy());
		start();
		assertThat(target.accepting()).isTrue();
		assertThat(this.map.channels()).containsExactly(target);
	}

	private EventLoopLifecycle start() {
		this.context.registerBean(EventLoopLifecycle.class,
				() -> new EventLoopLifecycle(this.map.eventLoop(), this.context.getBeanFactory(), settings()));
		this.context.refresh();
		return this.context.getBean(EventLoopLifecycle.class);
	}

	private EventLoopLifecycle.Settings settings() {
		return new EventLoopLifecycle.Settings(Duration.ofSeconds(30), false, this.gracePeriod);
	}

	private static void assertServes(Listener listener) throws IOException {
		int before = listener.handlers.size();
		try (Socket peer = listener.connect()) {
			await().atMost(BOUND).until(() -> listener.handlers.size() > before);
			assertThat(peer.isConnected()).isTrue();
		}
	}

	private static boolean counted(CountDownLatch latch) {
		try {
			return latch.await(BOUND.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static List<Thread> loopThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("asyncore-loop"))
			.toList();
	}

	static class Listener extends Dispatcher {

		final List<Dispatcher> handlers = Collections.synchronizedList(new ArrayList<>());

		int opened;

		Listener(ChannelMap map) {
			super(map);
		}

		int port() {
			InetSocketAddress address = (InetSocketAddress) localAddress();
			assertThat(address).isNotNull();
			return address.getPort();
		}

		Socket connect() throws IOException {
			Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
			socket.setSoTimeout((int) BOUND.toMillis());
			return socket;
		}

		@Override
		protected void handleOpen() throws IOException {
			this.opened++;
			createSocket();
			bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			listen(16);
		}

		@Override
		protected void handleAccepted(SocketChannel socket, SocketAddress address) throws IOException {
			this.handlers.add(new DispatcherWithSend(socket));
		}

	}

}
