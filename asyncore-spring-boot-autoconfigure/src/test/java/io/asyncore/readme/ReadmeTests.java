package io.asyncore.readme;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import io.asyncore.autoconfigure.AsyncoreProperties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what {@code README.md} says.
 */
class ReadmeTests {

	private static final Path README = Path.of("..", "README.md");

	private static final Path SOURCES = Path.of("src", "test", "java", "io", "asyncore", "readme");

	@ParameterizedTest
	@CsvSource({ "Greeter, @Component", "GreeterTests, @SpringBootTest", "EchoServer, @Component",
			"Console, class Console", "Syslog, @Component" })
	void showsSourcesThatCompile(String name, String start) throws IOException {
		String source = Files.readString(SOURCES.resolve(name + ".java"));
		String shown = source.substring(source.indexOf(start)).replace("\t", "    ");
		assertThat(Files.readString(README)).contains("```java\n" + shown + "```");
	}

	@Test
	void showsTheConfigurationOfTheSmallestServer() throws IOException {
		String readme = Files.readString(README);
		int start = readme.indexOf("```yaml\n") + "```yaml\n".length();
		String yaml = readme.substring(start, readme.indexOf("```", start));
		YamlPropertiesFactoryBean properties = new YamlPropertiesFactoryBean();
		properties.setResources(new ByteArrayResource(yaml.getBytes()));
		assertThat(properties.getObject()).containsOnlyKeys("asyncore.servers.greeter.port");
	}

	@Test
	void hasARowForEachPropertyOfAServer() throws IOException {
		String readme = Files.readString(README);
		List<String> properties = new ArrayList<>();
		collect("asyncore.servers.<name>", AsyncoreProperties.Server.class, properties);
		assertThat(properties).hasSizeGreaterThan(20)
			.allSatisfy((property) -> assertThat(readme).contains("\n| `" + property + "` | "));
		assertThat(readme.lines().filter((line) -> line.startsWith("| `asyncore.servers."))).hasSameSizeAs(properties);
	}

	private static void collect(String prefix, Class<?> type, List<String> properties) {
		for (RecordComponent component : type.getRecordComponents()) {
			String name = component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
			if (component.getType().isRecord()) {
				collect(prefix + "." + name, component.getType(), properties);
			}
			else {
				properties.add(prefix + "." + name);
			}
		}
	}

}
