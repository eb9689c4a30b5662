package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of which {@link CloseReason} counts where there are several.
 */
class CloseReasonPrecedenceTests extends MonitoringFixture {

	@Test
	void whenHandlerOfErrorsSetsAReasonAndClosesLaterThatCounts() throws IOException {
		Scripted channel = channel(peer()).on("error", (self) -> self.setCloseReason(CloseReason.LIMIT));
		channel.callLater(Duration.ZERO, () -> {
			throw new IllegalStateException("as planned");
		});
		until(() -> !channel.failures.isEmpty());
		channel.close();
		assertThat(group().closed(CloseReason.LIMIT)).isEqualTo(1);
	}

	@Test
	void whenHandlerOfTimeoutsSetsAReasonAndClosesLaterThatCounts() throws IOException {
		Dispatcher channel = named(new Dispatcher(peer().near(), this.map) {

			@Override
			protected void handleTimeout() {
				setCloseReason(CloseReason.LIMIT);
				callLater(Duration.ZERO, this::close);
			}

		});
		channel.setIdleTimeout(Duration.ofSeconds(1));
		pass();
		this.clock.advanceMillis(1000);
		until(channel::closed);
		assertThat(group().closed(CloseReason.LIMIT)).isEqualTo(1);
	}

	@Test
	void whenHandlerSetsAReasonAndFailsThatCounts() throws IOException {
		Scripted channel = receiving((self) -> {
			self.setCloseReason(CloseReason.LIMIT);
			throw new IllegalStateException("as planned");
		});
		until(channel::closed);
		assertThat(group().closed(CloseReason.LIMIT)).isEqualTo(1);
	}

	@Test
	void whenHandlerOfErrorsConnectsAgainTheReasonIsForgotten() throws IOException {
		Scripted listener = Scripted.listening(this.map).onAccepted(closing());
		Peer peer = peer();
		Scripted channel = channel(peer);
		channel.on("read", (self) -> {
			self.receive(10);
			if (self.events.size() == 1) {
				self.setCloseReason(CloseReason.LIMIT);
				throw new IllegalStateException("as planned");
			}
		}).on("error", (self) -> {
			self.close();
			self.createSocket();
			self.connect(listener.localAddress());
		});
		peer.send("x");
		until(() -> channel.events.contains("close"));
		assertThat(channel.events).containsExactly("read", "error", "connect", "read", "close");
		assertThat(group().closed(CloseReason.PEER)).isEqualTo(1);
	}

	@Test
	void whenConnectionCannotBeMadeAndIsClosedLaterNoPeerHasGone() throws IOException {
		Scripted channel = connecting(Peer.nobody()).on("error", (self) -> {
		});
		until(() -> !channel.failures.isEmpty());
		channel.close();
		// which was never opened
		assertThat(CloseReason.values()).allMatch((reason) -> group().closed(reason) == 0);
		assertThat(group().connects(ConnectOutcome.REFUSED)).isEqualTo(1);
		assertThat(channel.closeReason()).isEqualTo(CloseReason.ERROR);
	}

	@Test
	void whenServerFailsAfterItHasMadeAChannelItIsClosedForAnError() throws IOException {
		ServerDispatcher server = named(new ServerDispatcher(Loopback.anyPort(),
				(socket, address) -> new Scripted(socket, this.map), this.map) {

			@Override
			protected void handleAccepted(SocketChannel socket, SocketAddress address) throws Exception {
				super.handleAccepted(socket, address);
				throw new IllegalStateException("as planned");
			}

		});
		server.open();
		try (CapturedLog log = new CapturedLog()) {
			client(server);
			assertThat(log.errors()).hasSize(1);
		}
		assertThat(group().closed(CloseReason.ERROR)).isEqualTo(1);
	}

}
