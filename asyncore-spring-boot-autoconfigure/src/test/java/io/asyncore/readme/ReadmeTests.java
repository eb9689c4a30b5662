package io.asyncore.readme;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

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
	@CsvSource({ "Greeter, @Component", "GreeterTests, @SpringBootTest", "EchoServer, @Component" })
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

}
