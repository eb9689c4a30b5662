package io.asyncore;

import java.io.IOException;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what counts as a channel that was opened, and that was closed.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChannelLifeTests extends MonitoringFixture {

	@Test
	void channelIsOpenedOnceWhenItIsServed() throws IOException {
		channel(peer());
		assertThat(group().opened()).isZero();
		passes(3);
		assertThat(group().opened()).isEqualTo(1);
	}

	@Test
	void connectingChannelIsOpenedOnce() throws IOException {
		Scripted listener = Scripted.listening(this.map);
		Scripted channel = connecting(listener.localAddress());
		assertThat(group().opened()).isZero();
		until(channel::connected);
		passes(2);
		assertThat(group().opened()).isEqualTo(1);
	}

	@Test
	void listenersAndUnconnectedSocketsAreNotOpened() throws IOException {
		Scripted listener = listener();
		Scripted created = named(new Scripted(this.map));
		created.createSocket();
		passes(2);
		listener.close();
		created.close();
		assertThat(group().opened()).isZero();
		assertThat(closed(group())).isZero();
	}

	@Test
	void closingTwiceIsClosingOnce() throws IOException {
		Scripted channel = channel(peer());
		pass();
		channel.close();
		channel.close();
		assertThat(closed(group())).isEqualTo(1);
	}

	@Test
	void dispatcherThatServesAgainIsOpenedAgain() throws IOException {
		Scripted listener = Scripted.listening(this.map);
		Scripted channel = named(new Scripted(this.map));
		for (int i = 1; i <= 3; i++) {
			channel.createSocket();
			channel.connect(listener.localAddress());
			until(channel::connected);
			assertOpen(1);
			channel.close();
			assertOpen(0);
			assertThat(group().opened()).isEqualTo(i);
		}
	}

	@Test
	void socketThatIsReplacedIsClosed() throws IOException {
		Scripted channel = channel(peer());
		pass();
		channel.setSocket(peer().near());
		assertOpen(0);
		assertThat(group().closed(CloseReason.LOCAL)).isEqualTo(1);
		pass();
		assertOpen(1);
		channel.setSocket(channel.socket());
		pass();
		assertThat(group().opened()).isEqualTo(2);
	}

	@Test
	void socketThatIsReplacedBeforeItIsServedIsNeither() throws IOException {
		Scripted channel = channel(peer());
		channel.setSocket(peer().near());
		assertThat(closed(group())).isZero();
		pass();
		assertThat(group().opened()).isEqualTo(1);
	}

	@Test
	void channelThatIsNeverServedIsNeither() throws IOException {
		Scripted channel = channel(peer());
		this.monitor.addObserver(this.news);
		channel.close();
		passes(2);
		assertThat(group().opened()).isZero();
		assertThat(closed(group())).isZero();
		assertThat(this.news.events).isEmpty();
	}

	@Test
	void channelThatLeavesTheMapStaysOpen() throws IOException {
		Scripted channel = channel(peer());
		pass();
		channel.delChannel();
		assertOpen(1);
		channel.addChannel();
		pass();
		assertThat(group().opened()).isEqualTo(1);
		channel.close();
		assertOpen(0);
	}

	@Test
	void channelThatMovesBeforeItIsServedIsOpenedWhereItIsServed() throws IOException {
		Scripted channel = channel(peer());
		ChannelMap other = this.clock.map();
		channel.addChannel(other);
		Loopback.onePass(other, false, Duration.ZERO);
		pass();
		channel.close();
		ChannelStats group = other.eventLoop().monitor().group(NAME);
		assertThat(group.opened()).isEqualTo(1);
		assertThat(closed(group)).isEqualTo(1);
		assertThat(group().opened()).isZero();
	}

	@Test
	void whenAnotherThreadClosesBeforeItIsServedIsNotOpened() throws Exception {
		this.monitor.addObserver(this.news);
		try (LoopThread thread = LoopThread.run(this.map)) {
			thread.call(() -> {
				Scripted channel = channel(peer());
				return Peer.elsewhere(() -> {
					channel.close();
					return null;
				});
			});
			thread.awaitPass();
			thread.awaitPass();
		}
		assertThat(this.news.events).isEmpty();
		assertThat(group().opened()).isZero();
	}

	@Test
	void whenAnotherThreadClosesAtAnyMomentBothOrNeitherAreCounted() throws Exception {
		this.monitor.addObserver(this.news);
		try (LoopThread thread = LoopThread.run(this.map)) {
			for (int i = 0; i < 200; i++) {
				Peer peer = Peer.withNearEnd();
				Scripted channel = thread.call(() -> channel(peer));
				channel.close();
				peer.close();
			}
			thread.awaitPass();
			thread.awaitPass();
		}
		assertOpen(0);
		assertThat(this.news.events).hasSize((int) (2 * group().opened()));
		for (int i = 0; i < this.news.events.size(); i += 2) {
			assertThat(this.news.events.subList(i, i + 2)).containsExactly("opened tested", "closed tested local");
		}
	}

	@Test
	void whenFactoryIsSlowAndAnotherThreadClosesItIsNeverClosedUnopened() throws IOException {
		ServerDispatcher server = server((socket, address) -> {
			Scripted channel = new Scripted(socket, this.map);
			this.map.eventLoop().execute(() -> {
			});
			closeElsewhere(channel);
			return channel;
		});
		client(server);
		assertThat(group().rejected(RejectReason.REFUSED)).isEqualTo(1);
		assertThat(group().opened()).isZero();
		assertThat(closed(group())).isZero();
		assertThat(server.connections()).isZero();
	}

	private static void closeElsewhere(Dispatcher channel) throws Exception {
		Peer.elsewhere(() -> {
			channel.close();
			return null;
		});
	}

	private void assertOpen(int count) {
		assertThat(group().opened() - closed(group())).isEqualTo(count);
	}

}
