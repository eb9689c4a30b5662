package io.asyncore;

import java.io.IOException;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Connects and closes at the same time, in several threads, with answers of a resolver
 * from others.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConnectingRacesTests extends ConnectingFixture {

	private static final int CLIENTS = 40;

	private static final int ROUNDS = 20;

	private static final List<String> HOSTS = List.of("127.0.0.1", "127.0.0.3", "127.0.0.2", "127.0.0.4", "::1");

	private final ExecutorService pool = Executors.newFixedThreadPool(4);

	private final Selectors realSelectors = new Selectors();

	private final ChannelMap real = new ChannelMap(System::nanoTime, this.realSelectors);

	@AfterEach
	void endPool() throws InterruptedException {
		this.pool.shutdownNow();
		assertThat(this.pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void whateverHappensEventsAreInOrderAndNothingIsLeft() throws Exception {
		full("127.0.0.2");
		Scripted server = server("127.0.0.1", this.real);
		server.onAccepted((socket) -> socket.close());
		this.real.eventLoop().setResolver(this::resolve);
		this.real.eventLoop().setConnectTimeout(Duration.ofMillis(400));
		Random random = new Random(7);
		List<Scripted> clients = new ArrayList<>();
		long sockets = Sockets.descriptors("socket:");
		try (CapturedLog log = new CapturedLog(); LoopThread thread = LoopThread.run(this.real)) {
			for (int i = 0; i < CLIENTS; i++) {
				clients.add(new Scripted(this.real));
			}
			for (int round = 0; round < ROUNDS; round++) {
				long seed = random.nextLong();
				thread.call(() -> begin(clients, new Random(seed)));
				for (int i = 0; i < CLIENTS / 2; i++) {
					Scripted victim = clients.get(random.nextInt(CLIENTS));
					long pause = random.nextInt(3_000_000);
					this.pool.execute(() -> {
						LockSupport.parkNanos(pause);
						victim.close();
					});
				}
			}
			Awaitility.await().atMost(Loopback.BOUND).until(() -> clients.stream().allMatch(Dispatcher::closed));
			assertThat(log.warnings()).isEmpty();
			assertThat(log.errors()).isEmpty();
			Awaitility.await()
				.atMost(Loopback.BOUND)
				.until(() -> this.real.size() == 1 && Sockets.descriptors("socket:") <= sockets);
			assertThat(thread.call(() -> keys(this.realSelectors))).isEqualTo(1);
			thread.call(() -> {
				server.close();
				return 0;
			});
		}
		for (Scripted client : clients) {
			assertThat(String.join(" ", client.events) + " ")
				.matches("(new (connect (read )?(close )?|error (close )?)?)*");
			assertThat(client.channel().connector()).isNull();
		}
		assertThat(clients).anyMatch((client) -> client.events.contains("connect"));
		assertThat(clients).anyMatch((client) -> client.events.contains("error"));
	}

	private int begin(List<Scripted> clients, Random random) throws IOException {
		for (Scripted client : clients) {
			// some are in the middle of it
			if (client.closed() || client.socket() == null || random.nextInt(4) == 0) {
				client.events.add("new");
				client.createSocket(StandardProtocolFamily.INET6);
				try {
					client.connect(HOST + random.nextInt(1000), this.port);
				}
				catch (IllegalStateException ex) {
					// closed by another thread
					assertThat(client.closed()).isTrue();
				}
			}
		}
		return clients.size();
	}

	private CompletableFuture<List<InetAddress>> resolve(String host) {
		Random random = new Random(host.hashCode());
		List<String> names = new ArrayList<>(HOSTS);
		Collections.shuffle(names, random);
		List<InetAddress> addresses = ScriptedResolver
			.addresses(names.subList(0, 1 + random.nextInt(HOSTS.size())).toArray(String[]::new));
		return switch (random.nextInt(5)) {
			case 0 -> CompletableFuture.completedFuture(addresses);
			case 1 -> CompletableFuture.failedFuture(new IOException("as planned"));
			// never
			case 2 -> new CompletableFuture<>();
			default -> CompletableFuture.supplyAsync(() -> addresses, this.pool);
		};
	}

	@Test
	void aStormOfAnswersIsTakenAsItComes() throws Exception {
		Scripted server = server("127.0.0.1", this.real);
		server.onAccepted((socket) -> socket.close());
		CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
		this.real.eventLoop().setResolver((host) -> answer);
		List<Scripted> clients = new ArrayList<>();
		try (LoopThread thread = LoopThread.run(this.real)) {
			thread.call(() -> {
				for (int i = 0; i < 1000; i++) {
					Scripted client = new Scripted(this.real);
					client.createSocket();
					client.connect(HOST, this.port);
					clients.add(client);
				}
				return 0;
			});
			// all in one thread that is not the loop's
			answer.complete(ScriptedResolver.addresses("127.0.0.3", "127.0.0.1"));
			Awaitility.await()
				.atMost(Loopback.BOUND.multipliedBy(3))
				.until(() -> clients.stream().allMatch(Dispatcher::closed));
			assertThat(thread.call(() -> this.real.size())).isEqualTo(1);
			thread.call(() -> {
				server.close();
				return 0;
			});
		}
		assertThat(clients).allSatisfy((client) -> assertThat(client.events).startsWith("connect").endsWith("close"));
	}

}
