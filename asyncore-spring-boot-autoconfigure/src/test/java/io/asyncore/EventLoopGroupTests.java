package io.asyncore;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link EventLoopGroup}.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EventLoopGroupTests {

	@Test
	void hasItsLoopsInOrder() {
		EventLoop one = new ChannelMap().eventLoop();
		EventLoop other = new ChannelMap().eventLoop();
		EventLoopGroup group = new EventLoopGroup(List.of(one, other));
		assertThat(group.loops()).containsExactly(one, other);
		assertThat(group.first()).isSameAs(one);
		assertThat(group.distribution()).isEqualTo(ChannelDistribution.ROUND_ROBIN);
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> group.loops().clear());
	}

	@Test
	void needsALoopAndEachOnce() {
		EventLoop loop = new ChannelMap().eventLoop();
		assertThatIllegalArgumentException().isThrownBy(() -> new EventLoopGroup(List.of()))
			.withMessageContaining("'loops'");
		assertThatIllegalArgumentException().isThrownBy(() -> new EventLoopGroup(List.of(loop, loop)))
			.withMessageContaining("once");
	}

	@Test
	void givesEachLoopItsTurn() throws Exception {
		try (LoopGroup loops = new LoopGroup(3)) {
			EventLoopGroup group = loops.group;
			for (int i = 0; i < 6; i++) {
				assertThat(group.next()).isSameAs(loops.loop(i % 3));
			}
		}
	}

	@Test
	void passesOverLoopsThatNobodyRuns() throws Exception {
		EventLoopGroup group;
		try (LoopGroup loops = new LoopGroup(3)) {
			group = loops.group;
			loops.end(1);
			for (int i = 0; i < 6; i++) {
				assertThat(group.next()).isNotNull().isNotSameAs(loops.loop(1));
			}
		}
		assertThat(group.next()).isNull();
	}

	@Test
	void passesOverLoopsThatComeToAnEnd() throws Exception {
		try (LoopGroup loops = new LoopGroup(2); Gate gate = new Gate()) {
			EventLoop ending = loops.loop(1);
			// both in one pass, or it might have ended before
			ending.execute(() -> {
				ending.shutdown(Loopback.BOUND);
				ending.execute(gate::pass);
			});
			gate.awaitArrival();
			for (int i = 0; i < 4; i++) {
				assertThat(loops.group.next()).isSameAs(loops.loop(0));
			}
		}
	}

	@Test
	void findsTheLoopWithTheFewestConnections() throws Exception {
		try (LoopGroup loops = new LoopGroup(3, ChannelDistribution.LEAST_CONNECTIONS)) {
			loops.loop(0).parts().arrivals().connected();
			loops.loop(2).parts().arrivals().connected();
			loops.loop(2).parts().arrivals().connected();
			assertThat(loops.group.next()).isSameAs(loops.loop(1));
			loops.loop(1).parts().arrivals().connected();
			loops.loop(1).parts().arrivals().connected();
			assertThat(loops.group.next()).isSameAs(loops.loop(0));
			loops.loop(0).parts().arrivals().connected();
			// those that are equal have their turn
			assertThat(List.of(loops.group.next(), loops.group.next(), loops.group.next()))
				.containsExactlyInAnyOrderElementsOf(loops.group.loops());
		}
	}

}
