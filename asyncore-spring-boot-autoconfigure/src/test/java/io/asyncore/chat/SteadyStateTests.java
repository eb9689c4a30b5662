package io.asyncore.chat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

import com.sun.management.ThreadMXBean;
import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.DispatcherWithSend;
import io.asyncore.EventLoop;
import io.asyncore.LoopThread;
import io.asyncore.Peer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is left behind by a message that is received and answered.
 */
@Timeout(120)
class SteadyStateTests {

	private static final int WARM_UP = 20_000;

	private static final int MEASURED = 5_000;

	private static final int MOST_TRIES = 40;

	// the selector of the JDK boxes the descriptor until it is compiled as a whole
	private static final int BOXED_DESCRIPTOR = 16;

	private final ChannelMap map = new ChannelMap();

	static List<Echo> echoes() {
		return List.of(DispatcherEcho::new, WithSendEcho::new, LineEcho::new, (socket, map) -> {
			Dispatcher watched = new LineEcho(socket, map);
			watched.setIdleTimeout(Duration.ofMinutes(1));
			return watched;
		});
	}

	@ParameterizedTest
	@MethodSource("echoes")
	void leavesNoGarbage(Echo echo) throws Exception {
		try (Peer peer = Peer.withNearEnd()) {
			Dispatcher channel = echo.open(peer.near(), this.map);
			try (LoopThread thread = LoopThread.run(this.map)) {
				ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
				long id = Objects.requireNonNull(this.map.eventLoop().thread()).getId();
				peer.socket().configureBlocking(true);
				exchange(peer, WARM_UP);
				long least = Long.MAX_VALUE;
				// beside load it may take long until all of it is compiled
				for (int i = 0; i < MOST_TRIES && least > BOXED_DESCRIPTOR; i++) {
					long before = threads.getThreadAllocatedBytes(id);
					exchange(peer, MEASURED);
					least = Math.min(least, (threads.getThreadAllocatedBytes(id) - before) / MEASURED);
				}
				assertThat(least).as("bytes for each message").isLessThanOrEqualTo(BOXED_DESCRIPTOR);
				thread.call(() -> {
					channel.close();
					return true;
				});
			}
		}
	}

	private static void exchange(Peer peer, int count) throws IOException {
		ByteBuffer message = ByteBuffer.wrap("a line of some length\n".getBytes());
		ByteBuffer answer = ByteBuffer.allocate(message.capacity());
		for (int i = 0; i < count; i++) {
			peer.socket().write(message.clear());
			answer.clear();
			while (answer.hasRemaining() && peer.socket().read(answer) >= 0) {
				// until all of it is here
			}
			assertThat(answer.flip().equals(message.flip())).isTrue();
		}
	}

	private interface Echo {

		Dispatcher open(SelectableChannel socket, ChannelMap map) throws IOException;

	}

	private static final class DispatcherEcho extends Dispatcher {

		DispatcherEcho(SelectableChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected void handleRead() throws IOException {
			EventLoop loop = map().eventLoop();
			ByteBuffer buffer = loop.takeBuffer();
			recv(buffer);
			send(buffer.flip());
			loop.giveBack(buffer);
		}

	}

	private static final class WithSendEcho extends DispatcherWithSend {

		WithSendEcho(SelectableChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected void handleRead() throws IOException {
			EventLoop loop = map().eventLoop();
			ByteBuffer buffer = loop.takeBuffer();
			recv(buffer);
			send(buffer.flip());
			loop.giveBack(buffer);
		}

	}

	private static final class LineEcho extends AsyncChat {

		private static final byte[] NEWLINE = { '\n' };

		LineEcho(SelectableChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
			setTerminator("\n");
		}

		@Override
		protected void collectIncomingData(ByteBuffer data) {
			push(data);
		}

		@Override
		protected void foundTerminator() {
			push(NEWLINE);
		}

	}

}
