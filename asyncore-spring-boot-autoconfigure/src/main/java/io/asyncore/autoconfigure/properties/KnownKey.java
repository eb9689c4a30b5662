package io.asyncore.autoconfigure.properties;

import java.lang.reflect.Constructor;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.boot.convert.DurationUnit;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;

/**
 * What may be written at the name of a property, and below it.
 *
 * @param kind what it is
 * @param keys what may be below a section, by canonical name and in order
 * @param each what may be below each name, or each index of a list, {@code null} if
 * nothing
 * @param coarse whether it is a time that is hardly meant to be a part of a second
 */
record KnownKey(Kind kind, Map<String, KnownKey> keys, @Nullable KnownKey each, boolean coarse) {

	/**
	 * Read the keys off the type that they are bound to.
	 */
	static KnownKey of(Class<?> type) {
		Map<String, KnownKey> keys = new LinkedHashMap<>();
		RecordComponent[] components = type.getRecordComponents();
		Parameter[] parameters = constructor(type, components).getParameters();
		for (int i = 0; i < components.length; i++) {
			String name = components[i].getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
			keys.put(name, of(ResolvableType.forType(components[i].getGenericType()), parameters[i]));
		}
		boolean convertible = ClassUtils.hasMethod(type, "of", String.class);
		return new KnownKey(convertible ? Kind.SECTION_OR_VALUE : Kind.SECTION, keys, null, false);
	}

	private static Constructor<?> constructor(Class<?> type, RecordComponent[] components) {
		try {
			return type.getDeclaredConstructor(
					Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
		}
		catch (NoSuchMethodException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static KnownKey of(ResolvableType type, @Nullable Parameter parameter) {
		Class<?> raw = type.resolve(Object.class);
		if (raw.isRecord()) {
			return of(raw);
		}
		if (Map.class.isAssignableFrom(raw)) {
			KnownKey each = of(type.asMap().getGeneric(1), null);
			// the name of a plain value may have dots
			return new KnownKey((each.kind == Kind.VALUE) ? Kind.ANYTHING : Kind.NAMES, Map.of(), each, false);
		}
		if (Collection.class.isAssignableFrom(raw) || raw.isArray()) {
			ResolvableType element = raw.isArray() ? type.getComponentType() : type.asCollection().getGeneric(0);
			return new KnownKey(Kind.LIST, Map.of(), of(element, null), false);
		}
		boolean coarse = raw == Duration.class && parameter != null && isCoarse(parameter);
		return new KnownKey(Kind.VALUE, Map.of(), null, coarse);
	}

	// which one is not whose default has milliseconds
	private static boolean isCoarse(Parameter parameter) {
		DefaultValue defaultValue = parameter.getAnnotation(DefaultValue.class);
		boolean fine = defaultValue != null
				&& DurationStyle.detectAndParse(defaultValue.value()[0]).toMillisPart() != 0;
		return !fine && !parameter.isAnnotationPresent(DurationUnit.class);
	}

	KnownKey with(String name, KnownKey key) {
		Map<String, KnownKey> keys = new LinkedHashMap<>(this.keys);
		keys.put(name, key);
		return new KnownKey(this.kind, keys, this.each, this.coarse);
	}

	/**
	 * Say whether it may have a value itself.
	 */
	boolean hasValue() {
		return switch (this.kind) {
			case SECTION, NAMES -> false;
			case SECTION_OR_VALUE, VALUE, LIST, ANYTHING -> true;
		};
	}

	/**
	 * Find what is below this key.
	 * @param path the elements of its name, as {@link ConfiguredKey#uniform()} has them
	 * @param joined whether several elements may be one, as in variables of the
	 * environment, where an underscore stands for a dot or a dash
	 * @return what is there, {@code null} if nothing can be
	 */
	@Nullable KnownKey find(List<String> path, boolean joined) {
		if (path.isEmpty()) {
			return this;
		}
		return switch (this.kind) {
			case ANYTHING -> this;
			case VALUE -> null;
			case LIST -> (this.each != null && path.get(0).startsWith("["))
					? this.each.find(path.subList(1, path.size()), joined) : null;
			case NAMES, SECTION, SECTION_OR_VALUE -> findBelow(path, joined);
		};
	}

	private @Nullable KnownKey findBelow(List<String> path, boolean joined) {
		KnownKey best = null;
		for (int count = 1; count <= (joined ? path.size() : 1); count++) {
			KnownKey next = (this.each != null) ? this.each : child(String.join("", path.subList(0, count)));
			KnownKey found = (next != null) ? next.find(path.subList(count, path.size()), joined) : null;
			if (found != null && (best == null || !best.hasValue())) {
				best = found;
			}
		}
		return best;
	}

	/**
	 * Return what is directly below this section.
	 * @param name its name, without dashes and in lower case
	 */
	@Nullable KnownKey child(String name) {
		return this.keys.entrySet()
			.stream()
			.filter((entry) -> uniform(entry.getKey()).equals(name))
			.map(Map.Entry::getValue)
			.findFirst()
			.orElse(null);
	}

	/**
	 * Return the names of all that may have values below this section, as far as they are
	 * known.
	 */
	List<String> paths() {
		List<String> paths = new ArrayList<>();
		this.keys.forEach((name, key) -> {
			if (key.hasValue()) {
				paths.add(name);
			}
			key.paths().forEach((path) -> paths.add(name + "." + path));
		});
		return paths;
	}

	static String uniform(String name) {
		return name.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
	}

	/**
	 * What a key can be.
	 */
	enum Kind {

		/** It has certain keys below. */
		SECTION,

		/** It has certain keys below, or a value in place of them. */
		SECTION_OR_VALUE,

		/** It has names below that the user gives. */
		NAMES,

		/** It has a value. */
		VALUE,

		/** It has values by index, or separated by commas. */
		LIST,

		/** It has names below that the user gives, with dots perhaps. */
		ANYTHING

	}

}
