package io.asyncore;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for a {@link ServerDispatcher} one of whose loops fails to serve a connection.
 */
class HandOverFailuresTests extends HandOverFixture {

	@Test
	void failureOfTheFactoryIsToldToTheServerOnItsLoop() throws Exception {
		try (LoopGroup loops = new LoopGroup(2)) {
			List<String> told = new CopyOnWriteArrayList<>();
			AtomicInteger made = new AtomicInteger();
			ServerDispatcher server = loops.open(new ServerDispatcher(Loopback.anyPort(), (socket, peer) -> {
				if (made.incrementAndGet() % 2 == 0) {
					throw new IOException("as planned");
				}
				return greeter(new Greeter());
			}, loops.map(0)) {

				@Override
				protected void handleError(Throwable failure) {
					EventLoop loop = EventLoop.current();
					told.add(failure.getMessage() + " " + ((loop != null) ? loop.name() : "elsewhere"));
				}

			});
			greet(server);
			Socket second = client(server);
			assertThat(second.getInputStream().read()).isEqualTo(-1);
			await().until(() -> !told.isEmpty());
			assertThat(told).containsExactly("as planned loop-0");
			assertThat(server.connections()).isOne();
			assertThat(rejected(loops, server, RejectReason.ERROR)).isOne();
			assertThat(server.accepting()).isTrue();
			greet(server);
		}
	}

	@Test
	void failureOfTheFactoryLeavesTheListenerByDefault() throws Exception {
		try (LoopGroup loops = new LoopGroup(2); CapturedLog log = new CapturedLog()) {
			AtomicInteger made = new AtomicInteger();
			ServerDispatcher server = loops.serve((socket, peer) -> {
				// a channel that has the socket already is closed with it
				Greeter greeter = greeter(new Greeter(socket));
				if (made.incrementAndGet() % 2 == 0) {
					throw new IllegalStateException("as planned");
				}
				return greeter;
			});
			greet(server);
			assertThat(client(server).getInputStream().read()).isEqualTo(-1);
			await().until(() -> !log.errors().isEmpty());
			assertThat(log.errors()).singleElement().asString().contains("as planned", "keeping channel");
			await().until(this.greeters.get(1)::closed);
			greet(server);
		}
	}

	@Test
	void channelThatTheFactoryPutsIntoAnotherLoopIsRefusedBeforeBothServeIt() throws Exception {
		try (LoopGroup loops = new LoopGroup(2); CapturedLog log = new CapturedLog()) {
			ServerDispatcher server = loops.serve((socket, peer) -> greeter(new Greeter(socket, loops.map(0))));
			greet(server);
			assertThat(client(server).getInputStream().read()).isEqualTo(-1);
			// the other loop may have failed over it as well
			await().untilAsserted(() -> assertThat(log.errors()).anySatisfy((error) -> assertThat(error).asString()
				.contains("into the map of another loop", "leave the map out")));
			await().until(this.greeters.get(1)::closed);
			assertThat(server.connections()).isOne();
			greet(server);
		}
	}

	@Test
	void failureOfHandleOpenGoesToTheChannel() throws Exception {
		try (LoopGroup loops = new LoopGroup(2)) {
			ServerDispatcher server = loops.serve((socket, peer) -> greeter(new Greeter() {

				@Override
				protected void handleOpen() {
					throw new IllegalStateException("as planned");
				}

				@Override
				protected void handleError(Throwable failure) {
					this.calls.add(failure.getMessage());
					close();
				}

			}));
			for (int i = 0; i < 2; i++) {
				assertThat(client(server).getInputStream().read()).isEqualTo(-1);
			}
			await().until(() -> server.connections() == 0);
			assertThat(this.greeters).allSatisfy((greeter) -> assertThat(greeter.calls).contains("as planned"));
			assertThat(on(loops, 1)).hasSize(1);
		}
	}

	@Test
	void whenTheFactoryRefusesTheConnectionIsClosed() throws Exception {
		try (LoopGroup loops = new LoopGroup(2)) {
			ServerDispatcher server = loops.serve((socket, peer) -> {
				Greeter greeter = greeter(new Greeter());
				greeter.close();
				return greeter;
			});
			for (int i = 0; i < 4; i++) {
				assertThat(client(server).getInputStream().read()).isEqualTo(-1);
			}
			await().until(() -> server.connections() == 0);
			assertThat(rejected(loops, server, RejectReason.REFUSED)).isEqualTo(4);
		}
	}

	@Test
	void exitOfTheFactoryLeavesThatLoopOnly() throws Exception {
		LoopGroup loops = new LoopGroup(2);
		AtomicInteger made = new AtomicInteger();
		ServerDispatcher server = loops.serve((socket, peer) -> {
			if (made.incrementAndGet() == 2) {
				throw new ExitNow();
			}
			return greeter(new Greeter());
		});
		greet(server);
		assertThat(client(server).getInputStream().read()).isEqualTo(-1);
		loops.thread(1).join();
		assertThat(loops.thread(1).failure()).isInstanceOf(ExitNow.class);
		for (int i = 0; i < 4; i++) {
			greet(server);
		}
		assertThat(on(loops, 0)).hasSize(5);
		assertThat(server.connections()).isEqualTo(5);
		loops.close();
	}

	@Test
	void whenTheLoopEndsAnotherOneServesWhatWaits() throws Exception {
		try (LoopGroup loops = new LoopGroup(2); Gate gate = new Gate()) {
			ServerDispatcher server = loops.serve(this.factory);
			List<Socket> waiting = new ArrayList<>();
			loops.loop(1).execute(() -> {
				gate.pass();
				throw new ExitNow();
			});
			gate.awaitArrival();
			for (int i = 0; i < 6; i++) {
				waiting.add(client(server));
			}
			await().until(() -> server.connections() == 6);
			assertThat(this.greeters).hasSize(3);
			gate.open();
			for (Socket client : waiting) {
				assertThat(client.getInputStream().read()).isEqualTo('!');
			}
			assertThat(on(loops, 0)).hasSize(6);
			assertThat(server.connections()).isEqualTo(6);
			loops.thread(1).join();
			assertThat(loops.loop(1).parts().arrivals().connections()).isZero();
		}
	}

	@Test
	void whenNoLoopIsLeftClosesWhatWaits() throws Exception {
		LoopGroup loops = new LoopGroup(2);
		Gate gate = new Gate();
		ServerDispatcher server = loops.serve(this.factory);
		loops.loop(1).execute(() -> {
			gate.pass();
			throw new ExitNow();
		});
		gate.awaitArrival();
		greet(server);
		Socket waiting = client(server);
		await().until(() -> server.connections() == 2);
		loops.end(0);
		gate.open();
		loops.thread(1).join();
		assertThat(waiting.getInputStream().read()).isEqualTo(-1);
		assertThat(server.connections()).isOne();
		assertThat(rejected(loops, server, RejectReason.REFUSED)).isOne();
		loops.close();
	}

	@Test
	void closeAllClosesWhatWaits() throws Exception {
		try (LoopGroup loops = new LoopGroup(2); Gate gate = new Gate()) {
			ServerDispatcher server = loops.serve(this.factory);
			loops.loop(1).execute(gate::pass);
			gate.awaitArrival();
			greet(server);
			Socket waiting = client(server);
			await().until(() -> server.connections() == 2);
			Asyncore.closeAll(loops.map(1), false);
			assertThat(waiting.getInputStream().read()).isEqualTo(-1);
			assertThat(server.connections()).isOne();
			gate.open();
			loops.awaitPasses();
			assertThat(this.greeters).hasSize(1);
		}
	}

}
