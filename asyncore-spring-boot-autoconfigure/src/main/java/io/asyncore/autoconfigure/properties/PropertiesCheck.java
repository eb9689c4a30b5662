package io.asyncore.autoconfigure.properties;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;

/**
 * Finds properties below {@code asyncore} that have no effect as they are written, before
 * any of them is bound. What the environment has is warned about only, because variables
 * may be there that others have set: Kubernetes, for instance, has some for each service.
 */
public final class PropertiesCheck implements BeanFactoryPostProcessor {

	private static final Logger logger = LoggerFactory.getLogger(PropertiesCheck.class);

	private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("asyncore");

	private static final String SERVERS = "servers";

	private static final String OF_KUBERNETES = "(?i).*_(SERVICE_(HOST|PORT(_\\w+)?)|PORT_\\d+_(TCP|UDP|SCTP)(_\\w+)?)";

	private final Environment environment;

	private final KnownKey known;

	/**
	 * Create a new instance.
	 * @param environment where properties are set
	 * @param type what they are bound to
	 */
	public PropertiesCheck(Environment environment, Class<?> type) {
		this.environment = environment;
		this.known = known(type);
	}

	static KnownKey known(Class<?> type) {
		// that which decides whether there is anything to bind is not bound itself
		return KnownKey.of(type).with("enabled", new KnownKey(KnownKey.Kind.VALUE, Map.of(), null, false));
	}

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		if (!(this.environment instanceof ConfigurableEnvironment configurable)) {
			return;
		}
		Predicate<PropertySource<?>> isOfParent = isOfParent(beanFactory.getParentBeanFactory());
		Map<String, ConfiguredKey> keys = new LinkedHashMap<>();
		for (ConfigurationPropertySource source : ConfigurationPropertySources
			.from(configurable.getPropertySources())) {
			if (!(source.getUnderlyingSource() instanceof PropertySource<?> underlying
					&& isOfParent.test(underlying))) {
				// the first one is that which is bound
				ConfiguredKey.below(PREFIX, source).forEach((key) -> keys.putIfAbsent(key.identity(), key));
			}
		}
		check(keys.values());
	}

	// which has been checked with that
	private static Predicate<PropertySource<?>> isOfParent(@Nullable BeanFactory parent) {
		if (!(parent instanceof ListableBeanFactory beans)
				|| beans.getBeanNamesForType(PropertiesCheck.class, true, false).length == 0) {
			return (source) -> false;
		}
		Object environment = beans.getBean(ConfigurableApplicationContext.ENVIRONMENT_BEAN_NAME);
		return (source) -> environment instanceof ConfigurableEnvironment known
				&& isSame(source, known.getPropertySources().get(source.getName()));
	}

	private static boolean isSame(PropertySource<?> source, @Nullable PropertySource<?> other) {
		return other != null && Objects.equals(other.getSource(), source.getSource());
	}

	private void check(Collection<ConfiguredKey> keys) {
		List<PropertyProblem> problems = new ArrayList<>();
		List<String> variables = new ArrayList<>();
		for (ConfiguredKey key : keys) {
			KnownKey found = this.known.find(key.uniform(), key.variable() != null);
			if (found != null && found.hasValue()) {
				warnOfMillis(key, found);
			}
			else if (key.variable() != null) {
				if (!isOfOthers(key)) {
					variables.add(variable(key));
				}
			}
			else if (found != null) {
				problems.addAll(valueInPlaceOf(found, key, keys));
			}
			else if (!isOfOthers(key)) {
				problems.add(unknown(key, keys));
			}
		}
		if (!variables.isEmpty()) {
			logger
				.warn("There are variables of the environment that set no property, and so do nothing: {}. Correct or "
						+ "remove them", String.join(", ", variables));
		}
		if (!problems.isEmpty()) {
			throw new WrongPropertiesException(problems);
		}
	}

	private void warnOfMillis(ConfiguredKey key, KnownKey known) {
		String value = this.environment.resolvePlaceholders(key.value()).strip();
		if (known.coarse() && value.matches("0*[1-9]\\d{0,2}")) {
			logger.warn("'{}' is {}, and without a unit that means {}ms. If it is to be seconds write {}s, if not {}ms",
					(key.variable() != null) ? key.variable() : key.text(), value, value, value, value);
		}
	}

	// a name that begins as ours do is no proof that we are meant
	private boolean isOfOthers(ConfiguredKey key) {
		if (!key.ofProcess()) {
			return false;
		}
		if (key.variable() != null
				&& (key.variable().matches(OF_KUBERNETES) || key.value().matches("(tcp|udp|sctp)://.*"))) {
			return true;
		}
		String section = key.uniform().get(0);
		return this.known.child(section) == null
				&& this.known.keys().keySet().stream().noneMatch((name) -> Spelling.isAlmost(section, name));
	}

	private String variable(ConfiguredKey key) {
		String meant = meant(key);
		return "'" + key.variable() + "'" + ((meant != null)
				? " (did you mean '" + ConfiguredKey.variable(List.of(meant.split("\\."))) + "'?)" : "");
	}

	private List<PropertyProblem> valueInPlaceOf(KnownKey found, ConfiguredKey key, Collection<ConfiguredKey> all) {
		boolean ofServer = isOfServers(key) && key.uniform().size() == 2;
		if (ofServer && server().child(key.uniform().get(1)) != null && !key.value().isEmpty()) {
			return List.of(PropertyProblem.tooHigh(key, serverWithoutProperties(all)));
		}
		if (key.value().isEmpty()) {
			boolean alone = all.stream().noneMatch((other) -> isBelow(other, key) || isTooHigh(other));
			return (ofServer && alone) ? List.of(PropertyProblem.valueOfServer(key)) : List.of();
		}
		if (found.kind() == KnownKey.Kind.NAMES) {
			return List.of(PropertyProblem.valueOfServers(key));
		}
		return List.of(ofServer ? PropertyProblem.valueOfServer(key)
				: PropertyProblem.valueOfSection(key, List.copyOf(found.keys().keySet())));
	}

	// what was to be indented is in its place beside it
	private @Nullable String serverWithoutProperties(Collection<ConfiguredKey> keys) {
		List<String> empty = keys.stream()
			.filter((key) -> isOfServers(key) && key.uniform().size() == 2 && key.value().isEmpty())
			.map((key) -> key.end(1).get(0))
			.toList();
		return (empty.size() == 1) ? empty.get(0) : null;
	}

	private static boolean isBelow(ConfiguredKey key, ConfiguredKey other) {
		return key != other && key.identity().startsWith(other.identity());
	}

	private boolean isTooHigh(ConfiguredKey key) {
		return isOfServers(key) && !key.value().isEmpty() && find(server(), key, 1) != null;
	}

	private PropertyProblem unknown(ConfiguredKey key, Collection<ConfiguredKey> all) {
		if (isTooHigh(key)) {
			return PropertyProblem.tooHigh(key, serverWithoutProperties(all));
		}
		int depth = depth(key);
		KnownKey section = Objects.requireNonNull(section(key, depth));
		return PropertyProblem.unknown(key, meant(key), ConfiguredKey.text(key.start(depth)),
				List.copyOf(section.keys().keySet()));
	}

	/**
	 * Return the number of elements, one after the other, that lead to a section.
	 */
	private int depth(ConfiguredKey key) {
		int depth = 0;
		while (depth < key.uniform().size() && section(key, depth + 1) != null) {
			depth++;
		}
		return depth;
	}

	private @Nullable KnownKey section(ConfiguredKey key, int depth) {
		KnownKey found = this.known.find(key.uniform().subList(0, depth), false);
		boolean hasMore = found != null && (found.kind() == KnownKey.Kind.NAMES || !found.keys().isEmpty());
		return hasMore ? found : null;
	}

	private @Nullable String meant(ConfiguredKey key) {
		int depth = depth(key);
		KnownKey section = section(key, depth);
		if (section == null || depth == key.uniform().size()) {
			return null;
		}
		String ofServer = ofServer(key, depth);
		if (ofServer != null) {
			return ofServer;
		}
		List<String> rest = key.uniform().subList(depth, key.uniform().size());
		String path = Spelling.closest(String.join("", rest), section.paths());
		if (path != null) {
			return text(key, depth, path, List.of());
		}
		String name = Spelling.nearest(rest.get(0), section.keys().keySet());
		if (name == null || !find(section, key.uniform(), depth, name)) {
			// beyond the name of a server, which may be several elements of a variable
			int last = (key.variable() != null) ? key.uniform().size() - 1 : depth;
			for (int i = depth; i <= last; i++) {
				path = Spelling.nearest(String.join("", key.uniform().subList(i, key.uniform().size())),
						section.paths());
				if (path != null) {
					return text(key, i, path, List.of());
				}
			}
		}
		return (name != null) ? text(key, depth, name, key.end(depth + 1)) : null;
	}

	private static String text(ConfiguredKey key, int depth, String name, List<String> end) {
		List<String> elements = new ArrayList<>(key.start(depth));
		elements.add(name);
		elements.addAll(end);
		return ConfiguredKey.text(elements);
	}

	private static boolean find(KnownKey section, List<String> uniform, int depth, String name) {
		List<String> path = new ArrayList<>(List.of(KnownKey.uniform(name)));
		path.addAll(uniform.subList(depth + 1, uniform.size()));
		KnownKey found = section.find(path, false);
		return found != null && found.hasValue();
	}

	/**
	 * Return what is meant if it is a property of a server that is there but for the name
	 * of the server, or the name of the section, or the brackets of a name with dots.
	 */
	private @Nullable String ofServer(ConfiguredKey key, int depth) {
		String servers = PREFIX + "." + SERVERS + ".";
		if (depth == 0 && find(server(), key, 0) != null) {
			return servers + "<name>." + ConfiguredKey.text(key.end(0));
		}
		if (depth == 0 && key.uniform().size() > 1 && find(server(), key, 1) != null) {
			boolean misspelt = Spelling.nearest(key.uniform().get(0), this.known.keys().keySet()) != null;
			return misspelt ? null : servers + ConfiguredKey.text(key.end(0));
		}
		if (!isOfServers(key)) {
			return null;
		}
		for (int i = depth + 1; i < key.uniform().size(); i++) {
			if (find(server(), key, i) != null) {
				return PREFIX + "." + SERVERS + "[" + String.join(".", key.end(1).subList(0, i - 1)) + "]."
						+ ConfiguredKey.text(key.end(i));
			}
		}
		return null;
	}

	private static @Nullable KnownKey find(KnownKey section, ConfiguredKey key, int start) {
		KnownKey found = section.find(key.uniform().subList(start, key.uniform().size()), false);
		return (found != null && found.hasValue()) ? found : null;
	}

	private static boolean isOfServers(ConfiguredKey key) {
		return key.uniform().get(0).equals(SERVERS) && key.uniform().size() > 1;
	}

	private KnownKey server() {
		return Objects.requireNonNull(this.known.find(List.of(SERVERS, "any"), false));
	}

}
