package io.asyncore;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

/**
 * Which files depend on each other, directly or by others: whoever wants to understand
 * one of them has to be ready for all.
 */
final class NoLargerCircles extends ArchCondition<JavaClass> {

	private final int most;

	private final Map<String, Set<String>> uses = new LinkedHashMap<>();

	private JavaClass any;

	NoLargerCircles(int most) {
		super("depend on each other in circles of at most " + most + " files");
		this.most = most;
	}

	@Override
	public void init(Collection<JavaClass> classes) {
		Set<String> files = new TreeSet<>();
		classes.forEach((type) -> files.add(file(type)));
		for (JavaClass type : classes) {
			this.any = type;
			Set<String> used = this.uses.computeIfAbsent(file(type), (name) -> new TreeSet<>());
			for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
				String target = file(dependency.getTargetClass().getBaseComponentType());
				if (files.contains(target)) {
					used.add(target);
				}
			}
		}
	}

	@Override
	public void check(JavaClass type, ConditionEvents events) {
		// all at once, in the end
	}

	@Override
	public void finish(ConditionEvents events) {
		Set<String> largest = Set.of();
		for (String file : this.uses.keySet()) {
			Set<String> circle = new TreeSet<>(reachable(file));
			circle.removeIf((other) -> !reachable(other).contains(file));
			largest = (circle.size() > largest.size()) ? circle : largest;
		}
		events.add(new SimpleConditionEvent(this.any, largest.size() <= this.most,
				"a circle of " + largest.size() + " files: " + largest));
	}

	private Set<String> reachable(String file) {
		Set<String> found = new TreeSet<>();
		Deque<String> open = new ArrayDeque<>(this.uses.get(file));
		while (!open.isEmpty()) {
			String next = open.remove();
			if (found.add(next)) {
				open.addAll(this.uses.get(next));
			}
		}
		return found;
	}

	private static String file(JavaClass type) {
		return type.getName().replaceFirst("\\$.*", "");
	}

}
