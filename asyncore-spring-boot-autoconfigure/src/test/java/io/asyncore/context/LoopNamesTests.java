package io.asyncore.context;

import java.util.Arrays;
import java.util.List;

import io.asyncore.ChannelMap;
import io.asyncore.EventLoop;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoopNames}.
 */
class LoopNamesTests {

	@Test
	void oneLoopKeepsItsName() {
		assertNames(named("a"), "a");
	}

	@Test
	void loopsOfOneNameAreNumbered() {
		assertNames(named("a", "a", "a"), "a-1", "a-2", "a-3");
	}

	@Test
	void namesThatDifferStay() {
		assertNames(named("a", "b", "a"), "a-1", "b", "a-3");
	}

	@Test
	void takesNoNameThatAnotherLoopHas() {
		assertNames(named("a", "a-1", "a", "a-3"), "a-1-1", "a-1", "a-3-1", "a-3");
	}

	@Test
	void restoresNamesUnlessTheyHaveChanged() {
		List<EventLoop> loops = named("a", "a", "a");
		LoopNames names = new LoopNames(loops);
		names.distinguish();
		loops.get(1).setName("b");
		names.restore();
		assertThat(loops).extracting(EventLoop::name).containsExactly("a", "b", "a");
	}

	private static void assertNames(List<EventLoop> loops, String... names) {
		LoopNames distinguished = new LoopNames(loops);
		distinguished.distinguish();
		assertThat(loops).extracting(EventLoop::name).containsExactly(names);
		// done already
		distinguished.distinguish();
		assertThat(loops).extracting(EventLoop::name).containsExactly(names);
	}

	private static List<EventLoop> named(String... names) {
		return Arrays.stream(names).map((name) -> {
			EventLoop loop = new ChannelMap().eventLoop();
			loop.setName(name);
			return loop;
		}).toList();
	}

}
