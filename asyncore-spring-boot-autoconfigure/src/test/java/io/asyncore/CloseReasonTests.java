package io.asyncore;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link CloseReason}: what the end of a connection counts as.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CloseReasonTests extends MonitoringFixture {

	@Test
	void peerThatEndsItsStream() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer);
		peer.close();
		assertClosed(channel, CloseReason.PEER);
	}

	@Test
	void peerThatBreaksTheConnectionOff() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer);
		peer.reset();
		assertClosed(channel, CloseReason.PEER);
	}

	@Test
	void peerThatIsMissedWhenSending() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer);
		channel.readable = () -> false;
		channel.writable = () -> true;
		channel.on("write", (self) -> self.send(new byte[100]));
		pass();
		peer.reset();
		assertClosed(channel, CloseReason.PEER);
		assertThat(channel.events).doesNotContain("read");
	}

	@Test
	void channelThatItsHandlerOfClosesLeavesOpen() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer).on("close", (self) -> {
		});
		peer.close();
		until(() -> channel.events.contains("close"));
		assertThat(closed(group())).isZero();
		channel.close();
		assertClosed(channel, CloseReason.PEER);
	}

	@Test
	void handlerThatCloses() throws IOException {
		Scripted channel = receiving(Scripted::close);
		assertClosed(channel, CloseReason.LOCAL);
	}

	@Test
	void taskThatCloses() throws IOException {
		Scripted channel = channel(peer());
		channel.callLater(Duration.ZERO, channel::close);
		pass();
		assertThat(channel.closed()).isTrue();
		assertThat(group().opened()).as("was never served").isZero();
		assertThat(closed(group())).isZero();
	}

	@Test
	void anotherThreadThatCloses() throws Exception {
		Scripted channel = channel(peer());
		try (LoopThread thread = LoopThread.run(this.map)) {
			thread.awaitPass();
			channel.close();
			assertClosed(channel, CloseReason.LOCAL);
		}
	}

	@Test
	void anotherThreadThatClosesWhileAHandlerRuns() throws IOException {
		Scripted channel = receiving((self) -> Peer.elsewhere(() -> {
			self.close();
			return null;
		}));
		assertClosed(channel, CloseReason.LOCAL);
	}

	@Test
	void handlerThatFails() throws IOException {
		Scripted channel = receiving((self) -> {
			throw new IllegalStateException("as planned");
		});
		assertClosed(channel, CloseReason.ERROR);
	}

	@Test
	void predicateThatFails() throws IOException {
		Scripted channel = channel(peer());
		channel.writable = () -> {
			throw new IllegalStateException("as planned");
		};
		assertClosed(channel, CloseReason.ERROR);
	}

	@Test
	void handlerOfOpeningThatFails() throws IOException {
		ServerDispatcher server = server((socket, address) -> new Scripted(socket, this.map) {

			@Override
			protected void handleOpen() {
				throw new IllegalStateException("as planned");
			}

		});
		client(server);
		assertThat(server.connections()).isZero();
		assertThat(group().closed(CloseReason.ERROR)).isEqualTo(1);
		assertThat(group().opened()).isEqualTo(1);
		assertThat(group().rejected(RejectReason.ERROR)).isZero();
	}

	@Test
	void connectionThatCannotBeMade() throws IOException {
		Scripted channel = connecting(Peer.nobody());
		assertNeverOpened(channel);
	}

	@Test
	void hostThatIsNotFound() throws IOException {
		Scripted channel = named(new Scripted(this.map));
		channel.createSocket();
		channel.connect("no such host, as planned", 1);
		assertNeverOpened(channel);
	}

	@Test
	void failureThatIsSurvivedIsForgotten() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", (self) -> {
			self.receive(10);
			if (self.received.toString().equals("x")) {
				throw new IllegalStateException("as planned");
			}
		}).on("error", (self) -> {
		});
		deliver(peer, channel, "x");
		until(() -> channel.events.contains("error"));
		peer.close();
		assertClosed(channel, CloseReason.PEER);
	}

	@Test
	void channelThatIsIdle() throws IOException {
		Scripted channel = channel(peer());
		channel.setIdleTimeout(Duration.ofSeconds(1));
		pass();
		this.clock.advanceMillis(1000);
		try (CapturedLog log = new CapturedLog()) {
			assertClosed(channel, CloseReason.TIMEOUT);
			assertThat(log.infos()).hasSize(1);
		}
	}

	@Test
	void timeoutThatIsSurvivedIsForgotten() throws IOException {
		Dispatcher channel = named(new Dispatcher(peer().near(), this.map) {

			@Override
			protected void handleTimeout() {
			}

		});
		channel.setIdleTimeout(Duration.ofSeconds(1));
		pass();
		this.clock.advanceMillis(1000);
		passes(2);
		channel.close();
		assertClosed(channel, CloseReason.LOCAL);
	}

	@Test
	void limitThatIsExceeded() throws IOException {
		Scripted channel = receiving((self) -> {
			throw new LimitExceededException("as planned");
		});
		assertClosed(channel, CloseReason.LIMIT);
	}

	@Test
	void loopThatIsShutDown() throws IOException {
		Scripted channel = channel(peer());
		Scripted listener = listener();
		pass();
		this.map.eventLoop().shutdown(Duration.ZERO);
		this.map.eventLoop().run();
		assertThat(listener.closed()).isTrue();
		assertClosed(channel, CloseReason.SHUTDOWN);
	}

	@Test
	void mapThatIsClosed() throws IOException {
		Scripted channel = channel(peer());
		pass();
		Asyncore.closeAll(this.map, false);
		assertClosed(channel, CloseReason.SHUTDOWN);
	}

	@Test
	void channelThatSaysWhy() throws IOException {
		Scripted channel = channel(peer());
		pass();
		channel.setCloseReason(CloseReason.LIMIT);
		channel.close();
		assertClosed(channel, CloseReason.LIMIT);
	}

	@Test
	void newSocketMakesTheReasonForgotten() throws IOException {
		Scripted channel = channel(peer());
		pass();
		channel.setCloseReason(CloseReason.LIMIT);
		channel.close();
		channel.setSocket(peer().near());
		pass();
		channel.close();
		assertThat(group().closed(CloseReason.LIMIT)).isEqualTo(1);
		assertThat(group().closed(CloseReason.LOCAL)).isEqualTo(1);
		assertThat(group().opened()).isEqualTo(2);
	}

	@Test
	void labelsAreInLowerCase() {
		for (CloseReason reason : CloseReason.values()) {
			assertThat(reason.label()).isEqualTo(reason.name().toLowerCase(Locale.ROOT));
		}
		for (RejectReason reason : RejectReason.values()) {
			assertThat(reason.label()).isEqualTo(reason.name().toLowerCase(Locale.ROOT));
		}
		for (PauseReason reason : PauseReason.values()) {
			assertThat(reason.label()).isEqualTo(reason.name().toLowerCase(Locale.ROOT));
		}
		for (Hook hook : Hook.values()) {
			assertThat(hook.label()).isEqualTo(hook.name().toLowerCase(Locale.ROOT));
		}
		for (ChannelState state : ChannelState.values()) {
			assertThat(state.label()).isEqualTo(state.name().toLowerCase(Locale.ROOT));
		}
	}

	private void assertNeverOpened(Dispatcher channel) throws IOException {
		until(channel::closed);
		assertThat(channel.closeReason()).isEqualTo(CloseReason.ERROR);
		assertThat(closed(group())).isZero();
		assertThat(group().opened()).isZero();
	}

	private void assertClosed(Dispatcher channel, CloseReason expected) throws IOException {
		until(channel::closed);
		for (CloseReason reason : CloseReason.values()) {
			assertThat(group().closed(reason)).as(reason.label()).isEqualTo((reason == expected) ? 1 : 0);
		}
		assertThat(group().opened()).isEqualTo(1);
	}

}
