package io.asyncore.actuate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import io.asyncore.ChannelMap;
import io.asyncore.ChannelSnapshot;
import io.asyncore.ChannelState;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.Gate;
import io.asyncore.Loopback;
import io.asyncore.autoconfigure.EchoApplication;
import io.asyncore.autoconfigure.SeveralLoops;
import io.asyncore.autoconfigure.actuate.AsyncoreEndpointAutoConfiguration;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link AsyncoreEndpoint} of an application with several loops.
 */
class AsyncoreEndpointLoopsTests {

	private final ApplicationContextRunner contextRunner = EchoApplication
		.runner(AsyncoreEndpointAutoConfiguration.class)
		.withPropertyValues("management.endpoints.web.exposure.include=asyncore", "asyncore.loop.threads=3");

	@Test
	void describesEachLoop() {
		this.contextRunner.run((context) -> {
			List<ScriptedClient> clients = SeveralLoops.clients(context, 6);
			List<LoopDescriptor> loops = endpoint(context).asyncore().loops();
			assertThat(loops).extracting(LoopDescriptor::name)
				.containsExactly("asyncore-loop-1", "asyncore-loop-2", "asyncore-loop-3");
			assertThat(loops).extracting(LoopDescriptor::thread)
				.containsExactly("asyncore-loop-1", "asyncore-loop-2", "asyncore-loop-3");
			assertThat(loops).extracting(LoopDescriptor::state).containsOnly("running");
			// the listener is on the first
			assertThat(loops).extracting(LoopDescriptor::channels).containsExactly(3, 2, 2);
			SeveralLoops.close(clients);
		});
	}

	@Test
	void describesWhichOfThemIsHeldAndWhichHasEnded() {
		this.contextRunner.withPropertyValues("asyncore.watchdog.down=50ms").run((context) -> {
			List<ScriptedClient> clients = SeveralLoops.clients(context, 3);
			try (Gate gate = context.getBean(Gate.class)) {
				clients.get(1).send("hold\n");
				gate.awaitArrival();
				clients.get(2).send("exit\n").expectEnd();
				await().atMost(Loopback.BOUND)
					.untilAsserted(
							() -> assertThat(endpoint(context).asyncore().loops()).extracting(LoopDescriptor::state)
								.containsExactly("running", "stalled", "dead"));
				assertThat(endpoint(context).asyncore().loops().get(1).running()).isNotNull()
					.satisfies((running) -> assertThat(running.channel()).isEqualTo("echo"));
				assertThat(endpoint(context).asyncore().loops().get(2).thread()).isNull();
			}
			SeveralLoops.close(clients);
		});
	}

	@Test
	void describesServersOnceAndGroupsByLoop() {
		this.contextRunner.withPropertyValues("asyncore.servers.echo.reuse-port=true").run((context) -> {
			List<ScriptedClient> clients = SeveralLoops.clients(context, 48);
			AsyncoreDescriptor descriptor = endpoint(context).asyncore();
			assertThat(descriptor.servers()).singleElement().satisfies((server) -> {
				assertThat(server.name()).isEqualTo("echo");
				assertThat(server.connections()).isEqualTo(48);
				// by whichever loop
				assertThat(server.accepted()).isEqualTo(48);
			});
			assertThat(descriptor.groups()).extracting(GroupDescriptor::name).containsOnly("echo");
			assertThat(descriptor.groups()).extracting(GroupDescriptor::loop)
				.containsExactly("asyncore-loop-1", "asyncore-loop-2", "asyncore-loop-3");
			assertThat(descriptor.groups().stream().mapToInt(GroupDescriptor::connected).sum()).isEqualTo(48);
			assertThat(descriptor.groups()).extracting(GroupDescriptor::listening).containsOnly(1);
			SeveralLoops.close(clients);
		});
	}

	@Test
	void sortsFiltersAndCutsTheChannelsOfAll() {
		this.contextRunner.run((context) -> {
			List<ScriptedClient> clients = SeveralLoops.clients(context, 7);
			AsyncoreEndpoint endpoint = endpoint(context);
			List<ChannelDescriptor> all = new ArrayList<>();
			for (int page = 0; page < 4; page++) {
				ChannelsDescriptor channels = endpoint.channels("channels", null, null, null, null, null, page, 2);
				assertThat(channels.total()).isEqualTo(8);
				all.addAll(channels.channels());
			}
			assertThat(all).hasSize(8).extracting(ChannelDescriptor::id).isSorted().doesNotHaveDuplicates();
			Map<String, Long> byLoop = all.stream()
				.collect(Collectors.groupingBy(ChannelDescriptor::loop, Collectors.counting()));
			assertThat(byLoop).isEqualTo(Map.of("asyncore-loop-1", 4L, "asyncore-loop-2", 2L, "asyncore-loop-3", 2L));
			clients.get(1).send("more\n").expectLine("more");
			ChannelsDescriptor sorted = endpoint.channels("channels", "echo", "ECHO", ChannelState.CONNECTED,
					ChannelOrder.RECEIVED, null, null, 1);
			assertThat(sorted.total()).isEqualTo(7);
			assertThat(sorted.channels()).singleElement()
				.satisfies((channel) -> assertThat(channel.loop()).isEqualTo("asyncore-loop-2"));
			SeveralLoops.close(clients);
		});
	}

	@Test
	void findsAndClosesAChannelOfAny() {
		this.contextRunner.run((context) -> {
			List<ScriptedClient> clients = SeveralLoops.clients(context, 3);
			for (EventLoop loop : SeveralLoops.of(context)) {
				Dispatcher channel = SeveralLoops.conversations(loop).get(0);
				long id = ChannelSnapshot.id(channel);
				ChannelDetails details = endpoint(context).channel("channels", id);
				assertThat(details).isNotNull();
				assertThat(details.channel().loop()).isEqualTo(loop.name());
				assertThat(endpoint(context).close("channels", id)).isTrue();
				assertThat(channel.closed()).isTrue();
				assertThat(endpoint(context).channel("channels", id)).isNull();
				assertThat(endpoint(context).close("channels", id)).isFalse();
			}
			clients.forEach(ScriptedClient::expectEnd);
			assertThat(context.getBean(ChannelMap.class).size()).isOne();
		});
	}

	private static AsyncoreEndpoint endpoint(ApplicationContext context) {
		return context.getBean(AsyncoreEndpoint.class);
	}

}
