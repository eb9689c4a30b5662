package io.asyncore;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for connecting by a {@link Resolver} of the user, however it behaves.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ResolverTests extends ConnectingFixture {

	// which one is asked

	@Test
	void theLoopHasTheOneThatWasSet() {
		assertThat(this.map.eventLoop().resolver()).isSameAs(this.resolver);
		assertThat(new ChannelMap().eventLoop().resolver()).isSameAs(Resolver.system());
	}

	@ParameterizedTest
	@ValueSource(strings = { "127.0.0.1", "::1", "[::1]", "0:0:0:0:0:0:0:1", "[::ffff:127.0.0.1]" })
	void literalsAreNotAskedFor(String literal) throws IOException {
		server(literal.contains("127") ? "127.0.0.1" : "::1");
		Scripted client = client();
		client.connect(literal, this.port);
		passUntilOver(client);
		assertThat(client.events).containsExactly("connect");
		assertThat(this.resolver.asked).isEmpty();
	}

	@Test
	void literalInAnUnresolvedAddressIsNotAskedForEither() throws IOException {
		server("127.0.0.1");
		Scripted client = client();
		client.connect(InetSocketAddress.createUnresolved("127.0.0.1", this.port));
		passUntilOver(client);
		assertThat(client.events).containsExactly("connect");
		assertThat(this.resolver.asked).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "fe80::1%no-such-interface", "[fe80::1%no-such-interface]", "::1::", "[::1" })
	void badLiteralsFailWithoutAsking(String literal) throws IOException {
		Scripted client = client();
		client.connect(literal, this.port);
		assertThat(client.events).as("not from within connect()").isEmpty();
		Loopback.passUntil(this.map, client::closed);
		assertThat(client.events).containsExactly("error", "close");
		assertThat(client.failures).singleElement().isInstanceOf(UnknownHostException.class);
		assertThat(this.resolver.asked).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void namesAreAskedForOnce(boolean unresolved) throws IOException {
		server("127.0.0.1");
		this.resolver.knows(HOST, "127.0.0.3", "127.0.0.1");
		Scripted client = client();
		if (unresolved) {
			client.connect(InetSocketAddress.createUnresolved(HOST, this.port));
		}
		else {
			client.connect(HOST, this.port);
		}
		passUntilOver(client);
		assertThat(client.events).containsExactly("connect");
		assertThat(this.resolver.asked).containsExactly(HOST);
	}

	// how it may fail

	@ParameterizedTest
	@EnumSource(Misbehaviour.class)
	void whateverItDoesItIsOneFailure(Misbehaviour misbehaviour) throws IOException {
		this.map.eventLoop().setResolver(misbehaviour.resolver);
		Scripted client = client();
		client.connect(HOST, this.port);
		assertThat(client.connecting()).isTrue();
		assertThat(client.events).as("not from within connect()").isEmpty();
		Loopback.passUntil(this.map, client::closed);
		passes(3);
		assertThat(client.events).containsExactly("error", "close");
		assertThat(client.failures).singleElement().isInstanceOf(IOException.class);
		if (misbehaviour.cause != null) {
			assertThat(client.failures.get(0)).hasCauseInstanceOf(misbehaviour.cause);
		}
		assertThat(client.channel().connector()).isNull();
	}

	@Test
	void whenItThrowsTheExceptionOfTheSystemThatIsTold() throws IOException {
		UnknownHostException failure = new UnknownHostException("as planned");
		for (boolean wrapped : new boolean[] { true, false }) {
			this.map.eventLoop()
				.setResolver(
						(host) -> CompletableFuture.failedFuture(wrapped ? new CompletionException(failure) : failure));
			Scripted client = client();
			client.connect(HOST, this.port);
			Loopback.passUntil(this.map, client::closed);
			assertThat(client.failures).containsExactly(failure);
		}
	}

	@Test
	void whenSomeAddressesAreMissingTheOthersAreTried() throws IOException {
		server("127.0.0.1");
		this.resolver.answer(HOST).complete(Arrays.asList(null, ScriptedResolver.address("127.0.0.1"), null));
		Scripted client = client();
		client.connect(HOST, this.port);
		passUntilOver(client);
		assertThat(client.events).containsExactly("connect");
	}

	@Test
	void whenItAnswersTwiceTheFirstAnswerCounts() throws IOException {
		server("127.0.0.1");
		for (boolean goodFirst : new boolean[] { true, false }) {
			this.map.eventLoop().setResolver((host) -> new AnsweringTwice(goodFirst));
			Scripted client = client();
			client.connect(HOST, this.port);
			passUntilOver(client);
			assertThat(client.events).startsWith(goodFirst ? "connect" : "error");
			passes(3);
			assertThat(client.events).hasSize(goodFirst ? 1 : 2);
		}
	}

	@Test
	void whenItAnswersAgainWhileConnectedNothingHappens() throws IOException {
		server("127.0.0.1");
		AnsweringTwice answer = new AnsweringTwice(true);
		this.map.eventLoop().setResolver((host) -> answer);
		Scripted client = client();
		client.connect(HOST, this.port);
		passUntilOver(client);
		answer.again.run();
		passes(3);
		assertThat(client.events).containsExactly("connect");
		assertThat(client.connected()).isTrue();
	}

	// when and where it may answer

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void mayAnswerOnAnyThread(boolean waiting) throws Exception {
		ChannelMap real = new ChannelMap();
		real.eventLoop().setResolver(this.resolver);
		Scripted server = server("127.0.0.1", real);
		Scripted client = new Scripted(real);
		CompletableFuture<Boolean> connected = new CompletableFuture<>();
		client.on("connect", (channel) -> connected.complete(real.eventLoop().inLoop()));
		try (LoopThread thread = LoopThread.run(real)) {
			if (!waiting) {
				this.resolver.knows(HOST, "127.0.0.1");
			}
			thread.call(() -> {
				client.createSocket();
				client.connect(HOST, this.port);
				return 0;
			});
			if (waiting) {
				ForkJoinPool.commonPool().execute(() -> this.resolver.knows(HOST, "127.0.0.1"));
			}
			assertThat(connected.get(10, TimeUnit.SECONDS)).isTrue();
			thread.call(() -> {
				client.close();
				server.close();
				return 0;
			});
		}
	}

	@Test
	void whenAnswerComesAfterCloseNothingHappens() throws IOException {
		Scripted server = server("127.0.0.1");
		long sockets = Sockets.descriptors("socket:");
		Scripted client = client();
		client.connect(HOST, this.port);
		passes(2);
		client.close();
		this.resolver.knows(HOST, "127.0.0.1");
		passes(3);
		assertThat(client.events).isEmpty();
		assertThat(client.closed()).isTrue();
		assertThat(server.events).isEmpty();
		assertThat(Sockets.descriptors("socket:")).isLessThanOrEqualTo(sockets);
	}

	@Test
	void whenAnswerComesInTheNextLifeNothingHappens() throws IOException {
		Scripted client = client();
		client.connect(HOST, this.port);
		passes(1);
		client.createSocket();
		passes(1);
		this.resolver.knows(HOST, "127.0.0.1");
		passes(3);
		assertThat(client.events).isEmpty();
		assertThat(client.connecting()).isFalse();
		client.connect("other.test", this.port);
		passes(1);
		this.resolver.answer("third.test");
		client.close();
		client.createSocket();
		client.connect("third.test", this.port);
		this.resolver.answer("other.test").completeExceptionally(new IOException("of the life before"));
		passes(3);
		assertThat(client.connecting()).isTrue();
		assertThat(client.events).isEmpty();
		server("127.0.0.1");
		this.resolver.knows("third.test", "127.0.0.1");
		passUntilOver(client);
		assertThat(client.events).containsExactly("connect");
	}

	@Test
	void whenResolverClosesTheChannelNothingHappens() throws IOException {
		Scripted client = client();
		this.map.eventLoop().setResolver((host) -> {
			client.close();
			return CompletableFuture.completedFuture(ScriptedResolver.addresses("127.0.0.1"));
		});
		client.connect(HOST, this.port);
		passes(3);
		assertThat(client.events).isEmpty();
		assertThat(client.closed()).isTrue();
		assertThat(this.map.isEmpty()).isTrue();
	}

	@Test
	void whileTheNameIsLookedUpThereIsNoPeerAndTheLoopRests() throws IOException {
		Scripted client = client(StandardProtocolFamily.INET);
		client.writable = () -> true;
		client.connect(HOST, this.port);
		passes(3);
		assertThat(client.connecting()).isTrue();
		assertThat(client.connected()).isFalse();
		assertThat(client.remoteAddress()).isNull();
		assertThat(client.localAddress()).isNull();
		assertThat(client.addr()).isEqualTo(InetSocketAddress.createUnresolved(HOST, this.port));
		assertThat(client.send(new byte[1])).isZero();
		assertThat(client.recv(1)).isEmpty();
		assertThat(ChannelSnapshot.of(client).state()).isEqualTo(ChannelState.CONNECTING);
		assertRests(this.map);
		assertThat(client.events).isEmpty();
	}

	/**
	 * What a resolver may do that it should not, and the cause of the failure.
	 */
	enum Misbehaviour {

		THROWS((host) -> {
			throw new IllegalStateException("as planned");
		}, IllegalStateException.class),

		THROWS_ERROR((host) -> {
			throw new OutOfMemoryError("unable to create native thread");
		}, OutOfMemoryError.class),

		RETURNS_NULL((host) -> null, NullPointerException.class),

		COMPLETES_WITH_NULL((host) -> CompletableFuture.completedFuture(null), null),

		EMPTY((host) -> CompletableFuture.completedFuture(List.of()), null),

		ONLY_NULL((host) -> CompletableFuture.completedFuture(Arrays.asList((InetAddress) null)), null),

		FAILS((host) -> CompletableFuture.failedFuture(new SecurityException("as planned")), SecurityException.class),

		FAILS_BADLY((host) -> CompletableFuture.failedFuture(new NoClassDefFoundError("as planned")),
				NoClassDefFoundError.class),

		CANCELLED((host) -> {
			CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
			answer.cancel(false);
			return answer;
		}, CancellationException.class);

		private final Resolver resolver;

		private final Class<? extends Throwable> cause;

		Misbehaviour(Resolver resolver, Class<? extends Throwable> cause) {
			this.resolver = resolver;
			this.cause = cause;
		}

	}

	/**
	 * Tells one address and one failure, to whoever wants to know.
	 */
	private static final class AnsweringTwice extends CompletableFuture<List<InetAddress>> {

		private final boolean goodFirst;

		private Runnable again = () -> {
		};

		AnsweringTwice(boolean goodFirst) {
			this.goodFirst = goodFirst;
		}

		@Override
		public CompletableFuture<List<InetAddress>> whenComplete(
				BiConsumer<? super List<InetAddress>, ? super Throwable> action) {
			Runnable good = () -> action.accept(ScriptedResolver.addresses("127.0.0.1"), null);
			Runnable bad = () -> action.accept(null, new IOException("as planned"));
			(this.goodFirst ? good : bad).run();
			(this.goodFirst ? bad : good).run();
			this.again = bad;
			return this;
		}

	}

}
