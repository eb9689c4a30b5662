package io.asyncore;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The label of a channel: point 18 of the contract.
 */
@Timeout(60)
class ChannelLabelTests {

	private static final String HOSTILE = "it's\n\u202e\u001b[2J";

	private static final String SHOWN = "'it\\'s\\n\\u202e\\u001b[2J'";

	private final ChannelMap map = new ChannelMap();

	@AfterEach
	void close() throws IOException {
		Asyncore.closeAll(this.map, true);
	}

	@Test
	void thereIsNoneByDefault() {
		Dispatcher channel = new Dispatcher(this.map);
		assertThat(channel.label()).isNull();
		assertThat(channel.toString()).doesNotContain("'");
		assertThat(ChannelSnapshot.of(channel).label()).isNull();
	}

	@Test
	void isWhatWasSetLast() {
		Dispatcher channel = new Dispatcher(this.map);
		channel.setLabel("device-7");
		assertThat(channel.label()).isEqualTo("device-7");
		assertThat(channel.channelName()).isEqualTo("Dispatcher");
		channel.setLabel(HOSTILE);
		assertThat(channel.label()).isEqualTo(HOSTILE);
		channel.setLabel(null);
		assertThat(channel.label()).isNull();
	}

	@Test
	void anyThreadMaySetIt() throws Exception {
		Dispatcher channel = new Dispatcher(this.map);
		Peer.elsewhere(() -> {
			channel.setLabel("device-7");
			return null;
		});
		assertThat(channel.label()).isEqualTo("device-7");
	}

	@Test
	void standsBehindTheAddress() throws IOException {
		Dispatcher channel = new Dispatcher(this.map);
		channel.setLabel("device-7");
		assertThat(channel.toString()).matches("<io\\.asyncore\\.Dispatcher 'device-7' at 0x[0-9a-f]+>");
		channel.createSocket();
		channel.bind(Loopback.anyPort());
		channel.listen(1);
		assertThat(channel.toString())
			.matches("<io\\.asyncore\\.Dispatcher listening 127\\.0\\.0\\.1:\\d+ 'device-7' at 0x[0-9a-f]+>");
	}

	@Test
	void isEscapedAndCutWhereItIsShown() {
		Dispatcher channel = new Dispatcher(this.map);
		channel.setLabel(HOSTILE);
		assertThat(channel.toString()).contains(" " + SHOWN + " at 0x");
		channel.setLabel("x".repeat(1_000_000));
		assertThat(channel.toString()).hasSizeLessThan(400).contains("xxx... (1000000 characters)' at 0x");
	}

	@Test
	void isInASnapshot() {
		Dispatcher channel = new Dispatcher(this.map);
		channel.setLabel("device-7");
		assertThat(ChannelSnapshot.of(channel).label()).isEqualTo("device-7");
	}

	@Test
	void aSnapshotCanBeMadeWithoutOne() {
		ChannelSnapshot snapshot = new ChannelSnapshot(1, "echo", null, Dispatcher.class, "loop", ChannelState.BOUND,
				null, null, Duration.ZERO, Duration.ZERO, 0, 0, 0, Set.of(), false);
		assertThat(snapshot.label()).isNull();
		assertThat(snapshot.name()).isEqualTo("echo");
	}

	@Test
	void staysWhenTheChannelIsClosedAndOpenedAgain() throws IOException {
		Dispatcher channel = new Dispatcher(this.map);
		channel.setLabel("device-7");
		channel.createSocket();
		channel.close();
		channel.createSocket();
		assertThat(channel.label()).isEqualTo("device-7");
	}

	@Test
	void isInTheLineOfAFailureWithThePeer() throws IOException {
		try (Peer peer = Peer.withNearEnd(); CapturedLog log = new CapturedLog()) {
			Dispatcher channel = new Failing(peer, this.map);
			channel.setLabel(HOSTILE);
			channel.setChannelName("devices");
			peer.send("x");
			Loopback.passUntil(this.map, channel::closed);
			assertThat(log.errors()).singleElement()
				.asString()
				.contains("closing channel 'devices' <" + Failing.class.getName(), " 127.0.0.1:", SHOWN);
		}
	}

	@Test
	void isInTheLineOfAFailureOfAClassThatDescribesItselfInAnotherWay() throws IOException {
		try (Peer peer = Peer.withNearEnd(); CapturedLog log = new CapturedLog()) {
			Dispatcher channel = new Failing(peer, this.map) {

				@Override
				public String toString() {
					return "my device";
				}

			};
			channel.setLabel("device-7");
			int port = ((java.net.InetSocketAddress) peer.socket().getLocalAddress()).getPort();
			peer.send("x");
			Loopback.passUntil(this.map, channel::closed);
			assertThat(log.errors()).singleElement()
				.asString()
				.contains("closing channel my device 'device-7' to 127.0.0.1:" + port + ": java.lang");
		}
	}

	@Test
	void nothingIsCountedByIt() throws IOException {
		Peer peer = Peer.withNearEnd();
		Dispatcher channel = new Loopback.Recorder(peer.near(), this.map);
		channel.setLabel("device-7");
		peer.send("x").close();
		Loopback.passUntil(this.map, channel::closed);
		assertThat(this.map.eventLoop().monitor().groups()).extracting(ChannelStats::name).containsExactly("Recorder");
	}

	private static class Failing extends Dispatcher {

		Failing(Peer peer, ChannelMap map) throws IOException {
			super(peer.near(), map);
		}

		@Override
		protected void handleRead() {
			throw new IllegalStateException("as planned");
		}

	}

}
