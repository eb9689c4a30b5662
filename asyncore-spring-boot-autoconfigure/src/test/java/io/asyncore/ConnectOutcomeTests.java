package io.asyncore;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ConnectOutcome}: what is counted of attempts to connect, and that only
 * what was connected counts as opened.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConnectOutcomeTests extends ConnectingFixture {

	private static final String NAME = "tested";

	private final News news = new News();

	@BeforeEach
	void observe() {
		this.map.eventLoop().monitor().addObserver(this.news);
	}

	@Test
	void connectionThatIsThere() throws IOException {
		server("127.0.0.1");
		Scripted client = tested(StandardProtocolFamily.INET);
		client.on("connect", (self) -> assertThat(group().opened()).as("before the hook").isEqualTo(1));
		client.connect(new InetSocketAddress("127.0.0.1", this.port));
		passUntilOver(client);
		assertThat(client.failures).isEmpty();
		assertThat(counted()).isEqualTo(Map.of("connected", 1L, "opened", 1L));
		client.close();
		assertThat(counted()).isEqualTo(Map.of("connected", 1L, "opened", 1L, "closed local", 1L));
		assertThat(this.news.events).containsExactly("opened tested", "closed tested local");
	}

	@Test
	void connectionThatIsRefused() throws IOException {
		Scripted client = tested(StandardProtocolFamily.INET);
		client.connect(Peer.nobody());
		assertOutcome(client, "refused");
	}

	@Test
	void connectionThatIsRefusedAndMadeAtASecondAttempt() throws IOException {
		Scripted client = tested(StandardProtocolFamily.INET).on("close", (self) -> {
		});
		client.connect(new InetSocketAddress("127.0.0.1", this.port));
		Loopback.passUntil(this.map, () -> client.events.contains("close"));
		server("127.0.0.1");
		client.connect(new InetSocketAddress("127.0.0.1", this.port));
		Loopback.passUntil(this.map, client::connected);
		assertThat(counted()).isEqualTo(Map.of("refused", 1L, "connected", 1L, "opened", 1L));
	}

	@Test
	void hostOfWhichAllAddressesRefuseIsOneAttempt() throws IOException {
		Scripted client = tested(StandardProtocolFamily.INET6);
		connect(client, "127.0.0.2", "127.0.0.3");
		assertOutcome(client, "refused");
	}

	@Test
	void peerThatDoesNotAnswerInTime() throws IOException {
		FullListener full = full("127.0.0.2");
		Scripted client = tested(StandardProtocolFamily.INET);
		client.setConnectTimeout(Duration.ofSeconds(5));
		client.connect(full.address());
		passes(3);
		assertThat(counted()).isEmpty();
		this.clock.advanceMillis(5000);
		assertOutcome(client, "timeout");
	}

	@Test
	void hostThatIsNotFound() throws IOException {
		Scripted client = tested(StandardProtocolFamily.INET6);
		client.connect(HOST, this.port);
		this.resolver.answer(HOST).completeExceptionally(new IllegalStateException("as planned"));
		assertOutcome(client, "unresolved");
	}

	@Test
	void hostWithoutAnAddressOfTheFamily() throws IOException {
		Scripted client = tested(StandardProtocolFamily.INET);
		connect(client, "::1");
		assertOutcome(client, "unresolved");
	}

	@Test
	void hostThatIsNotFoundInTime() throws IOException {
		Scripted client = tested(StandardProtocolFamily.INET6);
		client.setConnectTimeout(Duration.ofSeconds(5));
		client.connect(HOST, this.port);
		passes(2);
		this.clock.advanceMillis(5000);
		assertOutcome(client, "unresolved");
	}

	@Test
	void nameOfTheSystemThatIsNotFound() throws IOException {
		this.map.eventLoop().setResolver(Resolver.system());
		Scripted client = tested(StandardProtocolFamily.INET);
		client.connect("no such host, as planned", 1);
		assertOutcome(client, "unresolved");
	}

	@Test
	void channelThatIsClosedMeanwhile() throws IOException {
		FullListener full = full("127.0.0.2");
		Scripted client = tested(StandardProtocolFamily.INET);
		client.connect(full.address());
		passes(2);
		client.close();
		assertOutcome(client, "closed");
	}

	@Test
	void channelThatIsGivenAnotherSocketMeanwhile() throws IOException {
		FullListener full = full("127.0.0.2");
		Scripted client = tested(StandardProtocolFamily.INET);
		client.connect(full.address());
		passes(2);
		client.createSocket();
		client.close();
		assertOutcome(client, "closed");
	}

	@Test
	void unixSocketWithoutAListener(@TempDir Path folder) throws IOException {
		Path path = folder.resolve("socket");
		try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			listener.bind(UnixDomainSocketAddress.of(path));
		}
		Scripted client = tested(StandardProtocolFamily.UNIX);
		client.connect(UnixDomainSocketAddress.of(path));
		assertOutcome(client, "refused");
	}

	@Test
	void unixSocketThatIsNotThere(@TempDir Path folder) throws IOException {
		Scripted client = tested(StandardProtocolFamily.UNIX);
		client.connect(UnixDomainSocketAddress.of(folder.resolve("missing")));
		assertOutcome(client, "refused");
	}

	@Test
	void addressOfAnotherKind() throws IOException {
		Scripted client = tested(StandardProtocolFamily.INET);
		client.connect(UnixDomainSocketAddress.of("/as/planned"));
		assertOutcome(client, "error");
	}

	@Test
	void tellsFailuresOfTheSystemApart() {
		InetSocketAddress address = new InetSocketAddress("127.0.0.1", 1);
		Map<IOException, ConnectOutcome> expected = Map.of(new ConnectException("Connection refused"),
				ConnectOutcome.REFUSED, new ConnectException("Connection timed out"), ConnectOutcome.TIMEOUT,
				new NoRouteToHostException("No route to host"), ConnectOutcome.UNREACHABLE,
				new SocketException("Network is unreachable"), ConnectOutcome.UNREACHABLE,
				new BindException("Cannot assign requested address"), ConnectOutcome.ERROR,
				new SocketException("Too many open files"), ConnectOutcome.ERROR, new SocketException(),
				ConnectOutcome.ERROR);
		expected.forEach((failure, outcome) -> assertThat(ConnectOutcome.of(failure, true, address)).as("%s", failure)
			.isEqualTo(outcome));
	}

	@Test
	void hasALabel() {
		for (ConnectOutcome outcome : ConnectOutcome.values()) {
			assertThat(outcome.label()).isEqualTo(outcome.name().toLowerCase(Locale.ROOT));
		}
	}

	private Scripted tested(StandardProtocolFamily family) throws IOException {
		Scripted client = client(family);
		client.setChannelName(NAME);
		return client;
	}

	private ChannelStats group() {
		return this.map.eventLoop().monitor().group(NAME);
	}

	private void assertOutcome(Dispatcher client, String outcome) throws IOException {
		Loopback.passUntil(this.map, client::closed);
		assertThat(counted()).isEqualTo(Map.of(outcome, 1L));
		assertThat(this.news.events).as("neither opened nor closed").isEmpty();
	}

	// what is not zero
	private Map<String, Long> counted() {
		Map<String, Long> counted = new TreeMap<>();
		for (ConnectOutcome outcome : ConnectOutcome.values()) {
			counted.put(outcome.label(), group().connects(outcome));
		}
		for (CloseReason reason : CloseReason.values()) {
			counted.put("closed " + reason.label(), group().closed(reason));
		}
		counted.put("opened", group().opened());
		counted.values().removeIf((count) -> count == 0);
		return counted;
	}

}
