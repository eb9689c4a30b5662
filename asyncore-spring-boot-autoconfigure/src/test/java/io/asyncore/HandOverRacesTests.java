package io.asyncore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Many connections while the loops that share them come and go.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HandOverRacesTests {

	private static final int CONNECTIONS = 300;

	private final AtomicInteger made = new AtomicInteger();

	private final ChannelFactory factory = (socket, peer) -> {
		this.made.incrementAndGet();
		return new Greeter();
	};

	@ParameterizedTest
	@EnumSource
	void whileLoopsEndAndBeginAgainNoConnectionIsLost(ChannelDistribution distribution) throws Exception {
		long before = Sockets.descriptors("socket:");
		try (LoopGroup loops = new LoopGroup(3, distribution)) {
			ServerDispatcher server = loops.serve(this.factory);
			AtomicBoolean over = new AtomicBoolean();
			List<CompletableFuture<Void>> restless = new ArrayList<>();
			for (int i = 1; i < 3; i++) {
				loops.end(i);
				EventLoop loop = loops.loop(i);
				// ends after each pass, whatever waits, and begins again
				restless.add(CompletableFuture.runAsync(() -> run(loop, over)));
			}
			List<Socket> clients = new ArrayList<>();
			for (int i = 0; i < CONNECTIONS; i++) {
				clients.add(Loopback.peer(server));
			}
			await().atMost(Loopback.BOUND).until(() -> server.connections() == CONNECTIONS);
			for (Socket client : clients) {
				assertThat(client.getInputStream().read()).isEqualTo('!');
				client.close();
			}
			await().atMost(Loopback.BOUND).until(() -> server.connections() == 0);
			over.set(true);
			for (CompletableFuture<Void> thread : restless) {
				thread.get(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS);
			}
			assertThat(this.made.get()).isEqualTo(CONNECTIONS);
			for (EventLoop loop : loops.group.loops()) {
				assertThat(loop.parts().arrivals().connections()).isZero();
			}
		}
		await().atMost(Loopback.BOUND).until(() -> Sockets.descriptors("socket:") <= before);
	}

	private static void run(EventLoop loop, AtomicBoolean over) {
		try {
			while (!over.get()) {
				Asyncore.poll(Duration.ofMillis(1), loop.map());
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whileTheServerClosesAndOpensEachConnectionIsServedOrClosed(boolean reusePort) throws Exception {
		long before = Sockets.descriptors("socket:");
		try (LoopGroup loops = new LoopGroup(3)) {
			ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), this.factory, loops.map(0));
			server.setOption(StandardSocketOptions.SO_REUSEPORT, reusePort);
			loops.open(server);
			List<Socket> clients = new ArrayList<>();
			for (int i = 0; i < CONNECTIONS; i++) {
				clients.add(Loopback.peer(server));
				if (i % 20 == 19) {
					// by this thread, in the middle of it
					server.close();
					loops.open(server);
				}
			}
			for (Socket client : clients) {
				assertThat(firstByte(client)).isIn((int) '!', -1);
				client.close();
			}
			await().atMost(Loopback.BOUND).until(() -> server.connections() == 0);
			server.close();
		}
		await().atMost(Loopback.BOUND).until(() -> Sockets.descriptors("socket:") <= before);
	}

	private static int firstByte(Socket client) {
		try {
			return client.getInputStream().read();
		}
		catch (IOException ex) {
			// reset, because it was still in the backlog
			return -1;
		}
	}

	@Test
	void whileMapsAreEmptiedEachConnectionIsServedOrClosed() throws Exception {
		try (LoopGroup loops = new LoopGroup(3)) {
			ServerDispatcher server = loops.serve(this.factory);
			AtomicBoolean over = new AtomicBoolean();
			CompletableFuture<Void> emptying = CompletableFuture.runAsync(() -> {
				while (!over.get()) {
					closeAll(loops.map(1));
					closeAll(loops.map(2));
				}
			});
			List<Socket> clients = new ArrayList<>();
			for (int i = 0; i < CONNECTIONS; i++) {
				clients.add(Loopback.peer(server));
			}
			long third = CONNECTIONS / 3;
			// those of the first loop stay
			await().atMost(Loopback.BOUND).until(() -> server.connections() == third);
			over.set(true);
			emptying.get(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS);
			for (Socket client : clients) {
				assertThat(firstByte(client)).isIn((int) '!', -1);
				client.close();
			}
			await().atMost(Loopback.BOUND).until(() -> server.connections() == 0);
		}
	}

	private static void closeAll(ChannelMap map) {
		try {
			Asyncore.closeAll(map, true);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void theLimitIsNeverExceeded(boolean reusePort) throws Exception {
		int limit = 5;
		try (LoopGroup loops = new LoopGroup(4)) {
			AtomicInteger present = new AtomicInteger();
			AtomicInteger most = new AtomicInteger();
			ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), (socket, peer) -> {
				most.accumulateAndGet(present.incrementAndGet(), Math::max);
				this.made.incrementAndGet();
				return new Greeter() {

					@Override
					protected void handleRead() throws IOException {
						if (recv(100).length == 0 && closed()) {
							return;
						}
						// first this one, for the server counts it no longer when it is
						// closed
						present.decrementAndGet();
						close();
					}

					@Override
					protected void handleClose() {
						present.decrementAndGet();
						close();
					}

				};
			}, loops.map(0));
			server.setMaxConnections(limit);
			server.setOption(StandardSocketOptions.SO_REUSEPORT, reusePort);
			loops.open(server);
			List<Socket> clients = new ArrayList<>();
			for (int i = 0; i < CONNECTIONS / 3; i++) {
				Socket client = Loopback.peer(server);
				client.getOutputStream().write('x');
				clients.add(client);
			}
			await().atMost(Loopback.BOUND).until(() -> this.made.get() == clients.size());
			await().atMost(Loopback.BOUND).until(() -> server.connections() == 0);
			assertThat(most.get()).isBetween(1, limit);
			for (Socket client : clients) {
				client.close();
			}
		}
	}

	private static class Greeter extends DispatcherWithSend {

		@Override
		protected void handleOpen() {
			send(new byte[] { '!' });
		}

		@Override
		protected void handleRead() throws IOException {
			recv(100);
		}

	}

}
