package io.asyncore;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Pipe;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

import io.asyncore.transport.Transports;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is left of a map that nobody can reach any more: nothing, in whatever state its
 * channels are, and whether or not its loop has ever run.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AbandonedMapTests {

	private static final int COUNT = 10;

	@TempDir
	private static Path directory;

	@ParameterizedTest
	@EnumSource
	void whenItsLoopHasNeverRunFreesItsDescriptors(State state) throws Exception {
		assertFreed(() -> abandon(state));
	}

	@ParameterizedTest
	@EnumSource
	void whenItsLoopHasRunFreesItsDescriptors(State state) throws Exception {
		assertFreed(() -> {
			ChannelMap map = abandon(state);
			Asyncore.loop(Duration.ZERO, false, map, 3);
			assertThat(map.size()).isEqualTo(COUNT);
		});
	}

	@Test
	void whenItsChannelsCameFromAnotherMapFreesTheirDescriptors() throws Exception {
		ChannelMap other = new ChannelMap();
		assertFreed(() -> {
			ChannelMap map = new ChannelMap();
			for (Dispatcher channel : abandon(State.LISTENING)) {
				channel.addChannel(map);
			}
			for (Dispatcher channel : abandon(State.NOT_READING)) {
				channel.addChannel(other);
				channel.addChannel(map);
			}
		});
		assertThat(other.isEmpty()).isTrue();
	}

	@Test
	void whenItsChannelsTryAnAddressThatDoesNotAnswerFreesTheirDescriptors() throws Exception {
		try (FullListener full = new FullListener("127.0.0.1", 0)) {
			assertFreed(() -> {
				ScriptedResolver resolver = new ScriptedResolver();
				resolver.knows("host.test", "127.0.0.1", "127.0.0.1", "127.0.0.1");
				MovableClock clock = new MovableClock();
				ChannelMap map = new ChannelMap(clock, Transports.standard());
				map.eventLoop().setResolver(resolver);
				Dispatcher client = new Dispatcher(map);
				client.createSocket();
				client.connect("host.test", full.port());
				for (int i = 0; i < 3; i++) {
					Asyncore.loop(Duration.ZERO, false, map, 3);
					clock.advanceMillis(300);
				}
				assertThat(client.connecting()).isTrue();
			});
		}
	}

	@Test
	void aChannelThatHasLeftKeepsItsSocket() throws Exception {
		SocketChannel socket;
		try (Loopback.Pair pair = Loopback.pair()) {
			socket = pair.near();
			Dispatcher channel = new Dispatcher(socket, new ChannelMap());
			channel.delChannel();
			channel = null;
			assertFreed(() -> abandon(State.CREATED));
			assertThat(socket.isOpen()).isTrue();
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "BOUND", "LISTENING" })
	void thePortIsFreeAgain(State state) throws Exception {
		InetSocketAddress address = address(state);
		Dispatcher successor = new Dispatcher(new ChannelMap());
		Awaitility.await().ignoreExceptions().atMost(Loopback.BOUND).until(() -> {
			System.gc();
			successor.createSocket();
			successor.bind(address);
			return true;
		});
		successor.listen(1);
		assertThat(successor.localAddress()).isEqualTo(address);
		successor.close();
	}

	private static InetSocketAddress address(State state) throws IOException {
		SocketAddress address = abandon(state).channels().get(0).localAddress();
		Dispatcher other = new Dispatcher(new ChannelMap());
		other.createSocket();
		try {
			other.bind(address);
		}
		catch (BindException ex) {
			return (InetSocketAddress) address;
		}
		finally {
			other.close();
		}
		throw new IllegalStateException("Nobody has " + address);
	}

	private static void assertFreed(Step step) throws Exception {
		long sockets = Sockets.descriptors("socket:");
		long pipes = Sockets.descriptors("pipe:");
		long selectors = Sockets.descriptors("anon_inode:[eventpoll]");
		step.run();
		assertThat(Sockets.descriptors("socket:") + Sockets.descriptors("pipe:")).as("what is abandoned")
			.isGreaterThan(sockets + pipes);
		Awaitility.await().pollInterval(Duration.ofMillis(50)).atMost(Loopback.BOUND).untilAsserted(() -> {
			System.gc();
			assertThat(Sockets.descriptors("socket:")).isLessThanOrEqualTo(sockets);
			assertThat(Sockets.descriptors("pipe:")).isLessThanOrEqualTo(pipes);
			assertThat(Sockets.descriptors("anon_inode:[eventpoll]")).isLessThanOrEqualTo(selectors);
		});
	}

	private static ChannelMap abandon(State state) throws IOException {
		ChannelMap map = new ChannelMap();
		for (int i = 0; i < COUNT; i++) {
			state.make(map);
		}
		return map;
	}

	/**
	 * What a channel of the map has come to.
	 */
	enum State {

		CREATED {

			@Override
			void make(ChannelMap map) throws IOException {
				new Dispatcher(map).createSocket();
			}

		},

		UNIX {

			@Override
			void make(ChannelMap map) throws IOException {
				new Dispatcher(map).createSocket(StandardProtocolFamily.UNIX);
			}

		},

		BOUND {

			@Override
			void make(ChannelMap map) throws IOException {
				Dispatcher channel = new Dispatcher(map);
				channel.createSocket();
				channel.bind(Loopback.anyPort());
			}

		},

		LISTENING {

			@Override
			void make(ChannelMap map) throws IOException {
				Dispatcher channel = new Dispatcher(map);
				channel.createSocket();
				channel.bind(Loopback.anyPort());
				channel.listen(1);
			}

		},

		SERVER {

			@Override
			void make(ChannelMap map) throws IOException {
				new ServerDispatcher(Loopback.anyPort(), (socket, peer) -> new Dispatcher(socket), map).open();
			}

		},

		UNIX_SERVER {

			@Override
			void make(ChannelMap map) throws IOException {
				Path file = directory.resolve("s" + System.nanoTime());
				new ServerDispatcher(UnixDomainSocketAddress.of(file), (socket, peer) -> new Dispatcher(socket), map)
					.open();
			}

		},

		NOT_READING {

			@Override
			void make(ChannelMap map) throws IOException {
				Loopback.Pair pair = Loopback.pair();
				pair.far().close();
				new Dispatcher(pair.near(), map) {
					@Override
					protected boolean readable() {
						return false;
					}
				};
			}

		},

		DATAGRAMS {

			@Override
			void make(ChannelMap map) throws IOException {
				Dispatcher channel = new Dispatcher(map);
				channel.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
				channel.bind(Loopback.anyPort());
			}

		},

		PIPE {

			@Override
			void make(ChannelMap map) throws IOException {
				Pipe pipe = Pipe.open();
				pipe.sink().close();
				new Dispatcher(pipe.source(), map) {
					@Override
					protected boolean readable() {
						return false;
					}
				};
			}

		};

		abstract void make(ChannelMap map) throws IOException;

	}

	/**
	 * What leaves something behind.
	 */
	@FunctionalInterface
	private interface Step {

		void run() throws Exception;

	}

}
