package io.asyncore;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The option {@code SO_LINGER}: nobody who closes a channel waits for what was sent,
 * whichever way it comes to be closed.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(60)
class LingerTests {

	// much longer than a close takes, and than the whole test may
	private static final int LINGER_SECONDS = 20;

	private static final Duration AT_ONCE = Duration.ofSeconds(5);

	private final ChannelMap map = new ChannelMap();

	@AfterEach
	void close() throws IOException {
		Asyncore.closeAll(this.map, true);
	}

	@ParameterizedTest
	@EnumSource
	void closingDoesNotWait(Way way) throws Exception {
		try (Loopback.Pair pair = Loopback.pair()) {
			pair.near().setOption(StandardSocketOptions.SO_LINGER, LINGER_SECONDS);
			fill(pair.near());
			assertAtOnce(() -> way.close(pair.near(), this.map));
			assertThat(pair.near().isOpen()).isFalse();
			assertThat(this.map.isEmpty()).isTrue();
		}
	}

	@Test
	void whatWasSentArrives() throws Exception {
		try (Loopback.Pair pair = Loopback.pair()) {
			pair.near().setOption(StandardSocketOptions.SO_LINGER, LINGER_SECONDS);
			int sent = fill(pair.near());
			assertAtOnce(() -> Way.BEFORE_THE_LOOP_RUNS.close(pair.near(), this.map));
			Socket peer = pair.far().socket();
			peer.setSoTimeout((int) Loopback.BOUND.toMillis());
			assertThat(peer.getInputStream().readAllBytes()).hasSize(sent);
		}
	}

	@Test
	void channelThatIsRefusedDoesNotWait() throws Exception {
		Dispatcher listener = new Dispatcher(this.map) {
			@Override
			protected void handleAccepted(SocketChannel socket, java.net.SocketAddress address) throws IOException {
				fill(socket);
				throw new IllegalStateException("not you, as planned");
			}
		};
		listener.createSocket();
		listener.setOption(StandardSocketOptions.SO_LINGER, LINGER_SECONDS);
		listener.bind(Loopback.anyPort());
		listener.listen(5);
		try (Socket peer = Loopback.peer(listener)) {
			assertAtOnce(() -> Loopback.passUntil(this.map,
					() -> this.map.eventLoop()
						.monitor()
						.groups()
						.stream()
						.anyMatch((group) -> group.rejected(RejectReason.ERROR) == 1)));
			assertThat(peer.getInputStream().readAllBytes()).isNotEmpty();
		}
	}

	@Test
	void zeroStillResets() throws Exception {
		try (Loopback.Pair pair = Loopback.pair()) {
			Dispatcher channel = new Dispatcher(pair.near(), this.map);
			channel.setOption(StandardSocketOptions.SO_LINGER, 0);
			channel.close();
			ByteBuffer buffer = ByteBuffer.allocate(1);
			assertThatExceptionOfType(SocketException.class).isThrownBy(() -> pair.far().read(buffer))
				.withMessageContaining("reset");
		}
	}

	private static void assertAtOnce(Step step) throws Exception {
		long start = System.nanoTime();
		step.run();
		assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isLessThan(AT_ONCE.toMillis());
	}

	private static int fill(SocketChannel socket) throws IOException {
		socket.configureBlocking(false);
		ByteBuffer data = ByteBuffer.allocate(1 << 24);
		while (socket.write(data) > 0) {
			continue;
		}
		return data.position();
	}

	/**
	 * How a channel comes to be closed.
	 */
	enum Way {

		BEFORE_THE_LOOP_RUNS {

			@Override
			void close(SocketChannel socket, ChannelMap map) throws IOException {
				new Dispatcher(socket, map).close();
			}

		},

		BY_ANOTHER_SOCKET {

			@Override
			void close(SocketChannel socket, ChannelMap map) throws IOException {
				Dispatcher channel = new Dispatcher(socket, map);
				channel.createSocket();
				channel.close();
			}

		},

		ALL_OF_THE_MAP {

			@Override
			void close(SocketChannel socket, ChannelMap map) throws IOException {
				new Dispatcher(socket, map);
				Asyncore.closeAll(map, false);
			}

		},

		AT_A_STOP {

			@Override
			void close(SocketChannel socket, ChannelMap map) throws IOException {
				new Dispatcher(socket, map) {
					@Override
					protected boolean readable() {
						return false;
					}
				};
				map.eventLoop().shutdown(Duration.ZERO);
				map.eventLoop().run();
			}

		},

		IN_A_HANDLER {

			@Override
			void close(SocketChannel socket, ChannelMap map) throws IOException {
				Dispatcher channel = new Dispatcher(socket, map);
				map.eventLoop().execute(channel::close);
				Asyncore.loop(map);
			}

		},

		WHEN_REGISTERED {

			@Override
			void close(SocketChannel socket, ChannelMap map) throws IOException {
				Dispatcher channel = new Dispatcher(socket, map);
				Asyncore.loop(Duration.ZERO, false, map, 2);
				assertThat(socket.isRegistered()).isTrue();
				channel.close();
			}

		},

		AFTER_LEAVING {

			@Override
			void close(SocketChannel socket, ChannelMap map) throws IOException {
				Dispatcher channel = new Dispatcher(socket, map);
				Asyncore.loop(Duration.ZERO, false, map, 2);
				channel.delChannel();
				Asyncore.poll(Duration.ZERO, map);
				channel.close();
			}

		};

		abstract void close(SocketChannel socket, ChannelMap map) throws IOException;

	}

	/**
	 * Something that is to take no time.
	 */
	@FunctionalInterface
	private interface Step {

		void run() throws Exception;

	}

}
