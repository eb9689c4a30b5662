package io.asyncore.autoconfigure.properties;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.PropertySourceOrigin;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * A property that is set, by whatever name.
 *
 * @param name its name, one element after the other as they are written
 * @param uniform the same below the prefix, without dashes and in lower case; those that
 * are in brackets have them, with all that they hold
 * @param value its value
 * @param origin where it is set, {@code null} if that is not known
 * @param variable the name of the variable of the environment, {@code null} if it is none
 * @param ofProcess whether it is set for the process as a whole, where names of others
 * may begin as its own does
 */
record ConfiguredKey(List<String> name, List<String> uniform, String value, @Nullable String origin,
		@Nullable String variable, boolean ofProcess) {

	/**
	 * Read what is set below a prefix.
	 * @param source where to read; one that cannot tell what it has is left alone
	 * @param prefix what the names begin with
	 */
	static Stream<ConfiguredKey> below(ConfigurationPropertyName prefix, ConfigurationPropertySource source) {
		if (!(source instanceof IterableConfigurationPropertySource iterable)) {
			return Stream.empty();
		}
		return iterable.stream().filter(prefix::isAncestorOf).<ConfiguredKey>mapMulti((name, keys) -> {
			ConfigurationProperty property = source.getConfigurationProperty(name);
			if (property != null) {
				keys.accept(of(name, prefix.getNumberOfElements(), property, source.getUnderlyingSource()));
			}
		});
	}

	private static ConfiguredKey of(ConfigurationPropertyName name, int prefix, ConfigurationProperty property,
			@Nullable Object source) {
		List<String> elements = new ArrayList<>();
		List<String> uniform = new ArrayList<>();
		for (int i = 0; i < name.getNumberOfElements(); i++) {
			boolean indexed = name.chop(i + 1).isLastElementIndexed();
			String element = indexed ? "[" + name.getElement(i, Form.ORIGINAL) + "]"
					: name.getElement(i, Form.ORIGINAL);
			elements.add(element);
			if (i >= prefix) {
				uniform.add(indexed ? element : name.getElement(i, Form.UNIFORM));
			}
		}
		Origin origin = property.getOrigin();
		boolean ofSystem = source instanceof SystemEnvironmentPropertySource;
		String variable = null;
		if (ofSystem) {
			variable = (origin instanceof PropertySourceOrigin known) ? known.getPropertyName() : variable(elements);
		}
		return new ConfiguredKey(elements, uniform, String.valueOf(property.getValue()),
				(origin != null) ? origin.toString() : null, variable, ofSystem || isOfSystemProperties(source));
	}

	private static boolean isOfSystemProperties(@Nullable Object source) {
		return source instanceof PropertySource<?> known
				&& known.getName().equals(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);
	}

	/**
	 * Return the name of the variable that sets a property.
	 */
	static String variable(List<String> name) {
		return String.join("_", name.stream().map((element) -> element.replaceAll("[^A-Za-z0-9<>.]", "")).toList())
			.replace('.', '_')
			.toUpperCase(Locale.ROOT);
	}

	/**
	 * Return the part of the name that the prefix and the first elements behind it are.
	 */
	List<String> start(int count) {
		return this.name.subList(0, this.name.size() - this.uniform.size() + count);
	}

	/**
	 * Return the part of the name behind that.
	 */
	List<String> end(int count) {
		return this.name.subList(this.name.size() - this.uniform.size() + count, this.name.size());
	}

	String text() {
		return text(this.name);
	}

	static String text(List<String> name) {
		return String.join(".", name).replace(".[", "[");
	}

	/**
	 * Return what this property and others by other forms of its name have in common.
	 */
	String identity() {
		return KnownKey.uniform(String.join("", this.uniform));
	}

}
