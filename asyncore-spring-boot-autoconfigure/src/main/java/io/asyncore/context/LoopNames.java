package io.asyncore.context;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.asyncore.EventLoop;

/**
 * The names of loops that share connections: meters, logs and threads tell the loops
 * apart by these.
 */
final class LoopNames {

	private final List<EventLoop> loops;

	private final Map<EventLoop, Change> changes = new IdentityHashMap<>();

	LoopNames(List<EventLoop> loops) {
		this.loops = loops;
	}

	/**
	 * Give the loops that have the same name a number each, such as
	 * {@code asyncore-loop-2}. A name that only one of them has stays.
	 */
	void distinguish() {
		List<String> names = this.loops.stream().map(EventLoop::name).toList();
		Set<String> taken = new HashSet<>(names);
		for (int i = 0; i < names.size(); i++) {
			List<String> others = new ArrayList<>(names);
			String name = others.remove(i);
			if (others.contains(name)) {
				rename(this.loops.get(i), name, unused(name + "-" + (i + 1), taken));
			}
		}
	}

	private static String unused(String name, Set<String> taken) {
		String unused = name;
		for (int i = 1; !taken.add(unused); i++) {
			unused = name + "-" + i;
		}
		return unused;
	}

	private void rename(EventLoop loop, String before, String after) {
		this.changes.put(loop, new Change(before, after));
		loop.setName(after);
	}

	/**
	 * Take the numbers away again, of loops that may live on.
	 */
	void restore() {
		this.changes.forEach((loop, change) -> {
			if (loop.name().equals(change.after())) {
				loop.setName(change.before());
			}
		});
		this.changes.clear();
	}

	/**
	 * A name that was given to a loop.
	 *
	 * @param before the name that it had
	 * @param after the name that it has now
	 */
	private record Change(String before, String after) {

	}

}
