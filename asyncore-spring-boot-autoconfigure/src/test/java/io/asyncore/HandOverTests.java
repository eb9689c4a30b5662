package io.asyncore;

import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for a {@link ServerDispatcher} whose connections several loops share.
 */
class HandOverTests extends HandOverFixture {

	@Test
	void makesEachChannelOnTheLoopThatServesIt() throws Exception {
		try (LoopGroup loops = new LoopGroup(3)) {
			ServerDispatcher server = loops.serve(this.factory);
			for (int i = 0; i < 6; i++) {
				greet(server);
			}
			for (int i = 0; i < 3; i++) {
				EventLoop loop = loops.loop(i);
				assertThat(this.greeters).filteredOn((greeter) -> greeter.map() == loop.map())
					.hasSize(2)
					.allSatisfy((greeter) -> assertThat(greeter.calls).containsExactly("made " + loop.name(),
							"opened " + loop.name() + " connected", "read " + loop.name()));
				assertThat(loops.map(i).channels()).filteredOn(Greeter.class::isInstance).hasSize(2);
			}
			assertThat(server.connections()).isEqualTo(6);
		}
	}

	@Test
	void channelsHaveTheNameOfTheServerAndCountForIt() throws Exception {
		try (LoopGroup loops = new LoopGroup(2)) {
			ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), this.factory, loops.map(0));
			server.setChannelName("greeter");
			loops.open(server);
			greet(server);
			greet(server);
			assertThat(this.greeters).allSatisfy((greeter) -> {
				assertThat(greeter.channelName()).isEqualTo("greeter");
				assertThat(ChannelSnapshot.of(greeter).server()).isEqualTo("greeter");
				assertThat(greeter.map().eventLoop().monitor().group("greeter").opened()).isOne();
			});
			assertThat(loops.loop(0).monitor().group("greeter").accepted()).isEqualTo(2);
			this.greeters.forEach(Dispatcher::close);
			assertThat(server.connections()).isZero();
		}
	}

	@Test
	void tellsTheMonitorOfTheLoopWhatTheFactoryTakes() throws Exception {
		try (LoopGroup loops = new LoopGroup(2); Gate gate = new Gate()) {
			List<String> intercepted = new CopyOnWriteArrayList<>();
			loops.loop(1).monitor().setTimed(true);
			loops.loop(1).monitor().addInterceptor((channel, hook, invocation) -> {
				intercepted.add(channel.channelName() + " " + hook.label());
				invocation.proceed();
			});
			ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), (socket, peer) -> {
				gate.pass();
				return greeter(new Greeter());
			}, loops.map(0));
			server.setChannelName("greeter");
			gate.open();
			loops.open(server);
			greet(server);
			client(server);
			gate.awaitArrival().awaitArrival();
			LoopActivity activity = loops.loop(1).monitor().activity();
			assertThat(activity.hook()).isEqualTo(Hook.ACCEPT);
			assertThat(activity.channel()).isNotNull()
				.satisfies((channel) -> assertThat(channel.channelName()).isEqualTo("greeter"));
			gate.open();
			await().until(() -> server.connections() == 2);
			loops.awaitPasses();
			assertThat(intercepted).startsWith("greeter accept", "greeter open");
			assertThat(loops.loop(1).monitor().group("greeter").calls(Hook.ACCEPT)).isOne();
		}
	}

	@Test
	void leastConnectionsFillUpTheEmptiestLoop() throws Exception {
		try (LoopGroup loops = new LoopGroup(2, ChannelDistribution.LEAST_CONNECTIONS)) {
			ServerDispatcher server = loops.serve(this.factory);
			for (int i = 0; i < 6; i++) {
				greet(server);
			}
			assertThat(on(loops, 0)).hasSize(3);
			on(loops, 1).forEach(Dispatcher::close);
			for (int i = 0; i < 3; i++) {
				greet(server);
			}
			// those that were closed and those that came for them
			assertThat(on(loops, 1)).hasSize(6);
			assertThat(on(loops, 0)).hasSize(3);
			Greeter moved = on(loops, 0).get(0);
			loops.thread(0).call(() -> {
				moved.addChannel(loops.map(1));
				return null;
			});
			assertThat(loops.loop(0).parts().arrivals().connections()).isEqualTo(2);
			assertThat(loops.loop(1).parts().arrivals().connections()).isEqualTo(4);
			this.greeters.forEach(Dispatcher::close);
			assertThat(loops.loop(0).parts().arrivals().connections()).isZero();
			assertThat(loops.loop(1).parts().arrivals().connections()).isZero();
		}
	}

	@Test
	void leastConnectionsCountThoseOnTheirWay() throws Exception {
		try (LoopGroup loops = new LoopGroup(2, ChannelDistribution.LEAST_CONNECTIONS); Gate gate = new Gate()) {
			ServerDispatcher server = loops.serve(this.factory);
			loops.loop(1).execute(gate::pass);
			gate.awaitArrival();
			for (int i = 0; i < 4; i++) {
				client(server);
			}
			await().until(() -> server.connections() == 4);
			assertThat(loops.loop(0).parts().arrivals().connections()).isEqualTo(2);
			assertThat(loops.loop(1).parts().arrivals().connections()).isEqualTo(2);
			assertThat(this.greeters).hasSize(2);
			gate.open();
			await().until(() -> this.greeters.size() == 4);
		}
	}

	@Test
	void theLimitHoldsForConnectionsOnTheirWay() throws Exception {
		try (LoopGroup loops = new LoopGroup(3); Gate gate = new Gate()) {
			ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), this.factory, loops.map(0));
			server.setMaxConnections(3);
			loops.open(server);
			loops.loop(1).execute(gate::pass);
			loops.loop(2).execute(gate::pass);
			gate.awaitArrival().awaitArrival();
			for (int i = 0; i < 6; i++) {
				client(server);
			}
			await().until(() -> server.connections() == 3);
			loops.thread(0).awaitPass();
			loops.thread(0).awaitPass();
			assertThat(server.connections()).isEqualTo(3);
			assertThat(server.acceptPaused()).isEqualTo(PauseReason.LIMIT);
			assertThat(this.greeters).hasSize(1);
			gate.stayOpen();
			await().until(() -> this.greeters.size() == 3);
			this.greeters.get(1).close();
			await().until(() -> this.greeters.size() == 4);
			assertThat(server.connections()).isEqualTo(3);
		}
	}

	@Test
	void whenTheServerClosesWhatIsOnItsWayIsServed() throws Exception {
		try (LoopGroup loops = new LoopGroup(2); Gate gate = new Gate()) {
			ServerDispatcher server = loops.serve(this.factory);
			loops.loop(1).execute(gate::pass);
			gate.awaitArrival();
			greet(server);
			Socket waiting = client(server);
			await().until(() -> server.connections() == 2);
			server.close();
			gate.open();
			assertThat(waiting.getInputStream().read()).isEqualTo('!');
			assertThat(on(loops, 1)).hasSize(1);
		}
	}

	@Test
	void withoutAGroupServesAllItself() throws Exception {
		try (LoopGroup loops = new LoopGroup(2)) {
			ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), this.factory, loops.map(0));
			assertThat(server.eventLoopGroup()).isNull();
			loops.thread(0).call(() -> {
				server.open();
				return null;
			});
			for (int i = 0; i < 4; i++) {
				greet(server);
			}
			assertThat(on(loops, 0)).hasSize(4);
		}
	}

	@Test
	void whenNoOtherLoopRunsServesAllItself() throws Exception {
		try (LoopGroup loops = new LoopGroup(1)) {
			EventLoop idle = new ChannelMap().eventLoop();
			ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), this.factory, loops.map(0));
			loops.open(server);
			server.setEventLoopGroup(new EventLoopGroup(List.of(idle)));
			for (int i = 0; i < 3; i++) {
				greet(server);
			}
			assertThat(on(loops, 0)).hasSize(3);
			assertThat(idle.map().isEmpty()).isTrue();
		}
	}

}
