package io.asyncore;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import io.asyncore.connect.NameResolver;
import io.asyncore.transport.DaemonThreads;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link NameResolver}, and for connecting by name.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NameResolverTests {

	private final Queue<Runnable> given = new ArrayDeque<>();

	private final List<String> asked = new ArrayList<>();

	private final NameResolver resolver = new NameResolver(this::lookUp, this.given::add);

	private final ChannelMap map = new ChannelMap();

	@AfterEach
	void closeAll() throws IOException {
		Asyncore.closeAll(this.map, true);
	}

	// literals

	@ParameterizedTest
	@ValueSource(strings = { "127.0.0.1", "0.0.0.0", "255.255.255.255", "192.168.10.200", "::1", "::", "[::1]",
			"fe80::1", "fe80::1%1", "2001:db8::192.0.2.1", "2001:DB8:0:0:8:800:200C:417A", "::ffff:192.0.2.1" })
	void answersLiteralsAtOnce(String host) throws Exception {
		assertThat(NameResolver.isLiteral(host)).isTrue();
		CompletableFuture<List<InetAddress>> answer = this.resolver.resolve(host);
		assertThat(answer).isCompleted();
		assertThat(answer.get()).containsExactly(InetAddress.getAllByName(host));
		assertThat(this.given).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "0x7f.1", "localhost", "example.org", "dead.beef", "a", "" })
	void takesNothingElseForALiteral(String host) {
		assertThat(NameResolver.isLiteral(host)).isFalse();
		assertThat(this.resolver.resolve(host)).isNotDone();
		assertThat(this.given).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "1.2.3", "1", "999.1.1.1", "256.0.0.1", "1.2.3.4.5", "010.0.0.1", "1.2.3.4.", "." })
	void whenHostIsNeitherNameNorAddressFailsAtOnce(String host) {
		assertThat(NameResolver.isLiteral(host)).isFalse();
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> this.resolver.resolve(host).get())
			.withCauseInstanceOf(UnknownHostException.class)
			.withMessageContaining("neither a name nor an address");
		assertThat(this.given).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "1::2::3", "12345::", "fe80::1%no-such-interface", "[::1" })
	void whenLiteralIsInvalidFailsAtOnce(String host) {
		assertThat(this.resolver.resolve(host)).isCompletedExceptionally();
		assertThat(this.given).isEmpty();
	}

	// names

	@Test
	void looksANameUpOnceForAllWhoAskMeanwhile() throws Exception {
		CompletableFuture<List<InetAddress>> first = this.resolver.resolve("one");
		CompletableFuture<List<InetAddress>> second = this.resolver.resolve("one");
		CompletableFuture<List<InetAddress>> other = this.resolver.resolve("other");
		assertThat(this.given).hasSize(2);
		assertThat(first).isNotDone();
		this.given.remove().run();
		assertThat(this.asked).containsExactly("one");
		assertThat(first.get()).isEqualTo(second.get()).containsExactly(InetAddress.getLoopbackAddress());
		assertThat(other).isNotDone();
		this.given.remove().run();
		assertThat(other).isCompleted();
		// the answer is not kept: the system has its own memory
		assertThat(this.resolver.resolve("one")).isNotDone();
		this.given.remove().run();
		assertThat(this.asked).containsExactly("one", "other", "one");
	}

	@Test
	void whenNameIsUnknownFailsAndAsksAgainNextTime() {
		for (int i = 1; i <= 2; i++) {
			CompletableFuture<List<InetAddress>> answer = this.resolver.resolve("unknown");
			this.given.remove().run();
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(answer::get)
				.withCauseInstanceOf(UnknownHostException.class);
			assertThat(this.asked).hasSize(i);
		}
	}

	@Test
	void whenLookupFailsUnexpectedlyFails() {
		CompletableFuture<List<InetAddress>> answer = this.resolver.resolve("broken");
		this.given.remove().run();
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(answer::get)
			.withCauseInstanceOf(SecurityException.class);
	}

	@Test
	void whenTooManyAreLookedUpFails() {
		boolean[] full = { true };
		NameResolver busy = new NameResolver(this::lookUp, (task) -> {
			if (full[0]) {
				throw new RejectedExecutionException("as planned");
			}
			task.run();
		});
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(busy.resolve("name")::get)
			.withCauseInstanceOf(UnknownHostException.class)
			.withMessageContaining("name: too many");
		full[0] = false;
		assertThat(busy.resolve("name")).isCompleted();
	}

	@Test
	void whenThereIsNoThreadToLookItUpAllWhoWaitHearOfIt() {
		List<CompletableFuture<List<InetAddress>>> waiting = new ArrayList<>();
		NameResolver[] poor = new NameResolver[1];
		boolean[] scarce = { true };
		poor[0] = new NameResolver(this::lookUp, (task) -> {
			if (scarce[0]) {
				// another loop wants to know the same at this moment
				waiting.add(poor[0].resolve("name"));
				throw new OutOfMemoryError("unable to create native thread");
			}
			task.run();
		});
		waiting.add(poor[0].resolve("name"));
		assertThat(waiting).hasSize(2).allSatisfy((answer) -> {
			assertThat(answer).isCompletedExceptionally();
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(answer::get)
				.withCauseInstanceOf(UnknownHostException.class)
				.withMessageContaining("name: there is no thread");
		});
		scarce[0] = false;
		assertThat(poor[0].resolve("name")).isCompleted();
	}

	@Test
	void whenLookupFailsByAnErrorFails() {
		NameResolver broken = new NameResolver((host) -> {
			throw new NoClassDefFoundError("as planned");
		}, Runnable::run);
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(broken.resolve("name")::get)
			.withCauseInstanceOf(NoClassDefFoundError.class);
	}

	@Test
	void boundsItsThreadsAndItsQueue() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		NameResolver bounded = new NameResolver((host) -> {
			try {
				release.await(10, TimeUnit.SECONDS);
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
			return lookUp(host);
		}, DaemonThreads.pool("test-resolver-", 2, 3, 1));
		List<CompletableFuture<List<InetAddress>>> answers = new ArrayList<>();
		for (int i = 0; i < 6; i++) {
			answers.add(bounded.resolve("name" + i));
		}
		assertThat(answers.subList(0, 5)).noneMatch(CompletableFuture::isDone);
		assertThat(answers.get(5)).isCompletedExceptionally();
		release.countDown();
		for (CompletableFuture<List<InetAddress>> answer : answers.subList(0, 5)) {
			assertThat(answer.get(10, TimeUnit.SECONDS)).hasSize(1);
		}
	}

	// connecting by name

	@ParameterizedTest
	@ValueSource(strings = { "INET", "INET6" })
	void connectsToAName(StandardProtocolFamily family) throws IOException {
		Loopback.Recorder server = listener(InetAddress.getByName("127.0.0.1"));
		Loopback.Recorder client = client(family, "localhost", Loopback.port(server));
		assertThat(client.connecting()).isTrue();
		Loopback.passUntil(this.map, () -> client.connected() && server.events.contains("accepted"));
		assertThat(client.events).startsWith("connect");
		assertThat(client.failures).isEmpty();
		assertThat(client.addr()).hasToString("localhost/<unresolved>:" + Loopback.port(server));
	}

	@ParameterizedTest
	@ValueSource(strings = { "INET", "INET6" })
	void connectsToALiteral(StandardProtocolFamily family) throws IOException {
		Loopback.Recorder server = listener(InetAddress.getByName("127.0.0.1"));
		Loopback.Recorder client = client(family, "127.0.0.1", Loopback.port(server));
		Loopback.passUntil(this.map, client::connected);
		assertThat(client.events).startsWith("connect");
	}

	@Test
	void connectsToAnUnresolvedAddress() throws IOException {
		Loopback.Recorder server = listener(InetAddress.getByName("127.0.0.1"));
		Loopback.Recorder client = new Loopback.Recorder(this.map);
		client.createSocket();
		client.connect(InetSocketAddress.createUnresolved("localhost", Loopback.port(server)));
		Loopback.passUntil(this.map, client::connected);
		assertThat(client.events).startsWith("connect");
	}

	@Test
	void wakesAWaitingLoopUpWithTheAnswer() throws Exception {
		Loopback.Recorder server = listener(InetAddress.getByName("127.0.0.1"));
		CountDownLatch connected = new CountDownLatch(1);
		Loopback.Recorder client = new Loopback.Recorder(this.map) {

			@Override
			protected void handleConnect() {
				connected.countDown();
			}

		};
		try (LoopThread thread = LoopThread.run(this.map)) {
			assertThat(thread.call(() -> {
				client.createSocket();
				client.connect("localhost", Loopback.port(server));
				return client.connecting();
			})).isTrue();
			assertThat(connected.await(10, TimeUnit.SECONDS)).isTrue();
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void triesTheAddressesOfANameInOrder(@TempDir Path folder) throws Exception {
		Path hosts = Files.writeString(folder.resolve("hosts"), """
				127.0.0.2 two-addresses
				127.0.0.1 two-addresses
				""");
		try (ChildProcess process = new ChildProcess(":", "-Djdk.net.hosts.file=" + hosts,
				HostWithTwoAddresses.class)) {
			assertThat(process.readLine()).startsWith("connected to two-addresses/127.0.0.1:");
			assertThat(process.readLine())
				.isEqualTo("failed with java.net.ConnectException besides [java.net.ConnectException]");
			process.awaitEnd();
		}
	}

	@Test
	void whenAllAddressesRefuseTellsOnce() throws IOException {
		Loopback.Recorder server = listener(InetAddress.getByName("127.0.0.1"));
		int port = Loopback.port(server);
		server.close();
		try (CapturedLog log = new CapturedLog()) {
			Loopback.Recorder client = client(StandardProtocolFamily.INET, "localhost", port);
			Loopback.passUntil(this.map, () -> client.events.contains("close"));
			assertThat(client.events).containsExactly("error", "close");
			assertThat(client.failures).singleElement().isInstanceOf(IOException.class);
			assertThat(client.failures.get(0).getSuppressed())
				.hasSize(InetAddress.getAllByName("localhost").length - 1);
			assertThat(log.warnings()).hasSize(1);
		}
	}

	@Test
	void whenNoAddressFitsTheSocketTellsOnce() throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			Loopback.Recorder client = client(StandardProtocolFamily.INET, "::1", 9);
			assertThat(client.events).as("not from within connect()").isEmpty();
			Loopback.passUntil(this.map, () -> client.events.contains("close"));
			assertThat(client.events).containsExactly("error", "close");
			assertThat(client.failures).singleElement().isInstanceOf(IOException.class);
			assertThat(log.warnings()).hasSize(1);
		}
	}

	@Test
	void whenNameIsUnknownTellsOnce() throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			Loopback.Recorder client = client(StandardProtocolFamily.INET, "does-not-exist.invalid", 9);
			assertThat(client.events).as("not from within connect()").isEmpty();
			Loopback.passUntil(this.map, () -> client.events.contains("close"));
			assertThat(client.events).containsExactly("error", "close");
			assertThat(client.failures).singleElement().isInstanceOf(UnknownHostException.class);
			assertThat(log.warnings()).hasSize(1);
		}
	}

	@Test
	void whenClosedWhileTheNameIsLookedUpHearsNothing() throws IOException {
		Loopback.Recorder client = client(StandardProtocolFamily.INET, "localhost", 9);
		client.close();
		Loopback.Recorder other = client(StandardProtocolFamily.INET, "does-not-exist.invalid", 9);
		try (CapturedLog log = new CapturedLog()) {
			Loopback.passUntil(this.map, () -> other.events.contains("close"));
			assertThat(client.events).isEmpty();
			assertThat(log.warnings()).hasSize(1);
		}
	}

	@Test
	void whenClosedAndConnectedElsewhereTheOldAnswerIsForgotten() throws IOException {
		Loopback.Recorder server = listener(InetAddress.getByName("127.0.0.1"));
		Loopback.Recorder client = client(StandardProtocolFamily.INET, "does-not-exist.invalid", 9);
		client.close();
		client.createSocket();
		client.connect(server.localAddress());
		Loopback.passUntil(this.map, client::connected);
		assertThat(client.failures).isEmpty();
	}

	@Test
	void refusesPortsOutOfRange() throws IOException {
		Dispatcher client = new Dispatcher(this.map);
		client.createSocket();
		assertThatIllegalArgumentException().isThrownBy(() -> client.connect("localhost", -1));
		assertThatIllegalArgumentException().isThrownBy(() -> client.connect("localhost", 65536));
		assertThat(client.connecting()).isFalse();
	}

	@Test
	void knowsBothKindsOfLoopback() throws Exception {
		assertThat(this.resolver.resolve("127.0.0.1").get().get(0)).isInstanceOf(Inet4Address.class);
		assertThat(this.resolver.resolve("::1").get().get(0)).isInstanceOf(Inet6Address.class);
	}

	private InetAddress[] lookUp(String host) throws UnknownHostException {
		synchronized (this.asked) {
			this.asked.add(host);
		}
		if (Arrays.asList("unknown", "broken").contains(host)) {
			if (host.equals("broken")) {
				throw new SecurityException("as planned");
			}
			throw new UnknownHostException("as planned");
		}
		return new InetAddress[] { InetAddress.getLoopbackAddress() };
	}

	private Loopback.Recorder listener(InetAddress address) throws IOException {
		Loopback.Recorder server = new Loopback.Recorder(this.map);
		server.createSocket(
				(address instanceof Inet6Address) ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
		server.bind(new InetSocketAddress(address, 0));
		server.listen(5);
		return server;
	}

	private Loopback.Recorder client(ProtocolFamily family, String host, int port) throws IOException {
		Loopback.Recorder client = new Loopback.Recorder(this.map);
		client.createSocket(family);
		client.connect(host, port);
		return client;
	}

}
