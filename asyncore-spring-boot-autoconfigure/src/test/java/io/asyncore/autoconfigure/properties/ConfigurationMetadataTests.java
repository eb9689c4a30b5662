package io.asyncore.autoconfigure.properties;

import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import io.asyncore.Dispatcher;
import io.asyncore.autoconfigure.AsyncoreProperties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What development tools are told of the properties.
 */
class ConfigurationMetadataTests {

	private final Map<String, JsonNode> properties = read("properties");

	// the file of this module, not that of a library
	private static Map<String, JsonNode> read(String section) {
		try (InputStream metadata = AsyncoreProperties.class.getProtectionDomain()
			.getCodeSource()
			.getLocation()
			.toURI()
			.resolve("META-INF/spring-configuration-metadata.json")
			.toURL()
			.openStream()) {
			return new JsonMapper().readTree(metadata)
				.get(section)
				.valueStream()
				.collect(Collectors.toMap((property) -> property.get("name").asString(), (property) -> property));
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	@ParameterizedTest
	@CsvSource({ "asyncore.enabled, true", "asyncore.loop.threads, 1", "asyncore.loop.distribution, round-robin",
			"asyncore.loop.timeout, 30s", "asyncore.loop.use-poll, false", "asyncore.lifecycle.phase, 2147482111",
			"asyncore.shutdown.grace-period, 20s", "asyncore.watchdog.enabled, true", "asyncore.watchdog.warn, 100ms",
			"asyncore.watchdog.down, 5s", "asyncore.logging.mdc, false", "asyncore.observation.enabled, false",
			"asyncore.dashboard.enabled, false", "management.endpoint.asyncore.access, unrestricted" })
	void describesPropertiesWithTheirDefaults(String name, String defaultValue) {
		assertThat(this.properties).containsKey(name);
		assertThat(this.properties.get(name).get("defaultValue").asString()).isEqualTo(defaultValue);
	}

	@Test
	void hasNoPropertyThatIsTakenForAMistake() {
		KnownKey known = PropertiesCheck.known(AsyncoreProperties.class);
		assertThat(this.properties.keySet().stream().filter((name) -> name.startsWith("asyncore.")))
			.hasSizeGreaterThan(10)
			.allSatisfy((name) -> assertThat(known.find(uniform(name), false)).isNotNull());
	}

	private static List<String> uniform(String name) {
		return Arrays.stream(name.split("\\.")).skip(1).map(KnownKey::uniform).toList();
	}

	@Test
	void leadsFromTheNameOfAServerToItsProperties() {
		assertThat(this.properties.get("asyncore.servers").get("type").asString())
			.isEqualTo("java.util.Map<java.lang.String," + AsyncoreProperties.Server.class.getName() + ">");
		assertThat(read("hints").get("asyncore.servers.keys").get("providers").valueStream()).anySatisfy((provider) -> {
			assertThat(provider.get("name").asString()).isEqualTo("spring-bean-reference");
			assertThat(provider.get("parameters").get("target").asString()).isEqualTo(Dispatcher.class.getName());
		});
	}

	@Test
	void hasASentenceForEachProperty() {
		assertThat(this.properties.values()).isNotEmpty()
			.allSatisfy(
					(property) -> assertThat(property.get("description").asString()).endsWith(".").matches("[A-Z].*"));
	}

}
