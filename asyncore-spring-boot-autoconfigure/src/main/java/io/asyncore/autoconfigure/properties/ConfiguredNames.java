package io.asyncore.autoconfigure.properties;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * The names of what the configuration has by name, servers for instance. Spring Boot
 * finds the properties of {@code deviceSession} under {@code device-session} and in the
 * environment under {@code DEVICESESSION} as well, but takes these for two more things of
 * which it finds the same. They are one here, unless one property source has several.
 */
public final class ConfiguredNames {

	private final ConfigurationPropertyName prefix;

	// by what they have in common
	private final Map<String, Set<String>> names = new LinkedHashMap<>();

	private ConfiguredNames(String prefix) {
		this.prefix = ConfigurationPropertyName.of(prefix);
	}

	/**
	 * Leave out what is there under another name already.
	 * @param <T> the type of the things
	 * @param prefix what the names of the properties begin with
	 * @param things the things by the names that were bound
	 * @param environment where they come from
	 * @return the things by the names that the sources of the lowest precedence have
	 * given them, those of configuration files for instance; by those of environment
	 * variables only if there are no others
	 */
	public static <T> Map<String, T> unify(String prefix, Map<String, T> things, Environment environment) {
		if (!(environment instanceof ConfigurableEnvironment configurable)) {
			return things;
		}
		List<ConfigurationPropertySource> sources = new ArrayList<>();
		ConfigurationPropertySources.from(configurable.getPropertySources()).forEach(sources::add);
		Collections.reverse(sources);
		ConfiguredNames names = new ConfiguredNames(prefix);
		sources.stream().filter((source) -> !isOfSystem(source)).forEach(names::add);
		// which cannot have upper case, nor dashes
		sources.stream().filter(ConfiguredNames::isOfSystem).forEach(names::add);
		Map<String, T> unified = new LinkedHashMap<>(things);
		unified.keySet().removeIf(names::isAnotherForm);
		return unified;
	}

	private static boolean isOfSystem(ConfigurationPropertySource source) {
		return source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource;
	}

	private void add(ConfigurationPropertySource source) {
		if (!(source instanceof IterableConfigurationPropertySource iterable)) {
			return;
		}
		Set<String> present = new LinkedHashSet<>();
		iterable.stream()
			.filter(this.prefix::isAncestorOf)
			.forEach((name) -> present.add(name.getElement(this.prefix.getNumberOfElements(), Form.ORIGINAL)));
		present.forEach((name) -> add(name, present));
	}

	private void add(String name, Set<String> present) {
		Set<String> known = this.names.computeIfAbsent(uniform(name), (key) -> new HashSet<>());
		if (known.isEmpty() || present.containsAll(known)) {
			known.add(name);
		}
	}

	private boolean isAnotherForm(String name) {
		Set<String> known = this.names.getOrDefault(uniform(name), Set.of());
		return !known.isEmpty() && !known.contains(name);
	}

	// as Spring Boot compares elements of names
	private static String uniform(String name) {
		return name.replace("-", "").toLowerCase(Locale.ROOT);
	}

}
