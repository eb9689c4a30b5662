package io.asyncore;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What holds for the counters of a group, whatever happens to its channels.
 */
class ChannelLifePropertiesTests {

	@Property(tries = 150)
	void openedWithoutClosedIsWhatIsOpen(@ForAll @Size(min = 1, max = 25) List<Happening> happenings) throws Exception {
		try (Lives lives = new Lives()) {
			for (int i = 0; i < happenings.size(); i++) {
				lives.happens(happenings.get(i), i);
				lives.verify();
			}
		}
	}

	/**
	 * Something that happens to one of the channels.
	 */
	enum Happening {

		NEW, CONNECT, CONNECT_TO_NOBODY, PASS, CLOSE, CLOSE_ELSEWHERE, PEER_CLOSES, REPLACE, REUSE, FAIL, LEAVE, JOIN

	}

	private static final class Lives implements AutoCloseable {

		private final ChannelMap map = new ChannelMap();

		private final LoopMonitor monitor = this.map.eventLoop().monitor();

		private final News news = new News();

		private final Scripted listener;

		private final List<Scripted> channels = new ArrayList<>();

		private final List<Peer> peers = new ArrayList<>();

		Lives() throws IOException {
			this.listener = Scripted.listening(this.map);
			this.monitor.addObserver(this.news);
		}

		void happens(Happening happening, int chance) throws Exception {
			Scripted channel = this.channels.isEmpty() ? add() : this.channels.get(chance % this.channels.size());
			switch (happening) {
				case NEW -> add().setSocket(peer().near());
				case CONNECT -> connect(add(), false);
				case CONNECT_TO_NOBODY -> connect(add(), true);
				case PASS -> Asyncore.loop(Duration.ofMillis(1), false, this.map, 1);
				case CLOSE -> channel.close();
				case CLOSE_ELSEWHERE -> Peer.elsewhere(() -> {
					channel.close();
					return null;
				});
				case PEER_CLOSES -> closePeers();
				case REPLACE -> channel.setSocket(peer().near());
				case REUSE -> connect(channel, false);
				case FAIL -> channel.callLater(Duration.ZERO, () -> {
					throw new IllegalStateException("as planned");
				});
				case LEAVE -> channel.delChannel();
				case JOIN -> channel.addChannel();
			}
		}

		private Scripted add() {
			Scripted channel = new Scripted(this.map);
			channel.setChannelName(MonitoringFixture.NAME);
			this.channels.add(channel);
			return channel;
		}

		private void connect(Scripted channel, boolean toNobody) throws IOException {
			channel.createSocket();
			channel.connect(toNobody ? Peer.nobody() : this.listener.localAddress());
		}

		private Peer peer() throws IOException {
			Peer peer = Peer.withNearEnd();
			this.peers.add(peer);
			return peer;
		}

		private void closePeers() throws IOException {
			for (Peer peer : this.peers) {
				peer.close();
			}
		}

		void verify() {
			ChannelStats group = this.monitor.group(MonitoringFixture.NAME);
			long open = this.channels.stream().filter((channel) -> channel.channel().counters().isOpened()).count();
			assertThat(group.opened() - MonitoringFixture.closed(group)).isEqualTo(open);
			assertThat(this.channels).filteredOn(Dispatcher::closed)
				.noneMatch((channel) -> channel.channel().counters().isOpened());
			assertThat(this.news.events).filteredOn((event) -> event.startsWith("opened"))
				.hasSize((int) group.opened());
			assertThat(this.news.events).filteredOn((event) -> event.startsWith("closed"))
				.hasSize((int) MonitoringFixture.closed(group));
		}

		@Override
		public void close() throws IOException {
			Asyncore.loop(Duration.ofMillis(1), false, this.map, 1);
			verify();
			Asyncore.closeAll(this.map, true);
			for (Scripted channel : this.channels) {
				channel.close();
			}
			verify();
			closePeers();
			for (Peer peer : this.peers) {
				peer.near().close();
			}
		}

	}

}
