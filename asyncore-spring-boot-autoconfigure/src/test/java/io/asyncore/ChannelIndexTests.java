package io.asyncore;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ChannelIndex}, by the map that has it.
 */
class ChannelIndexTests {

	private static final int MANY = 5000;

	private final ChannelMap map = new ChannelMap();

	@Test
	void findsWhatIsThereAndNothingElse() {
		Random random = new Random(7);
		List<Dispatcher> there = new ArrayList<>();
		List<Dispatcher> gone = new ArrayList<>();
		for (int i = 0; i < MANY; i++) {
			there.add(channel());
			if (i % 3 == 2) {
				Dispatcher left = there.remove(random.nextInt(there.size()));
				left.delChannel();
				gone.add(left);
			}
			assertThat(this.map.channel(there.get(0).channel().id())).isSameAs(there.get(0));
		}
		assertThat(there).allSatisfy((channel) -> assertThat(find(channel)).isSameAs(channel));
		assertThat(gone).allSatisfy((channel) -> assertThat(find(channel)).isNull());
		there.forEach(Dispatcher::delChannel);
		assertThat(there).allSatisfy((channel) -> assertThat(find(channel)).isNull());
		gone.forEach(Dispatcher::addChannel);
		assertThat(gone).allSatisfy((channel) -> assertThat(find(channel)).isSameAs(channel));
	}

	@Test
	void findsThoseThatWereThereBeforeAnybodyAsked() {
		List<Dispatcher> channels = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			channels.add(channel());
		}
		assertThat(channels).allSatisfy((channel) -> assertThat(find(channel)).isSameAs(channel));
	}

	@Test
	void findsThoseOfItsOwnMapOnly() {
		ChannelMap other = new ChannelMap();
		Dispatcher channel = channel();
		assertThat(find(channel)).isSameAs(channel);
		channel.addChannel(other);
		assertThat(find(channel)).isNull();
		assertThat(other.channel(channel.channel().id())).isSameAs(channel);
		assertThat(other.channel(-1)).isNull();
	}

	private Dispatcher channel() {
		Dispatcher channel = new Dispatcher(this.map);
		channel.addChannel();
		return channel;
	}

	private Dispatcher find(Dispatcher channel) {
		return this.map.channel(channel.channel().id());
	}

}
