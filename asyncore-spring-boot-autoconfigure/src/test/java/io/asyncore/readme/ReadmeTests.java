package io.asyncore.readme;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.asyncore.autoconfigure.AsyncoreProperties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what {@code README.md} and the documents of this module say.
 */
class ReadmeTests {

	private static final Path README = Path.of("..", "README.md");

	private static final Path GUIDE = Path.of("GUIDE.md");

	private static final Path REFERENCE = Path.of("REFERENCE.md");

	private static final Path SOURCES = Path.of("src", "test", "java", "io", "asyncore", "readme");

	@ParameterizedTest
	@CsvSource({ "Greeter, @Component", "Device, @Component", "Devices, @RestController", "Tracker, @Component",
			"Feed, @Component", "GreeterTests, @SpringBootTest" })
	void showsSourcesThatCompile(String name, String start) throws IOException {
		assertShows(README, name, start);
	}

	@ParameterizedTest
	@CsvSource({ "EchoServer, @Component", "Console, class Console", "Syslog, @Component" })
	void guideShowsSourcesThatCompile(String name, String start) throws IOException {
		assertShows(GUIDE, name, start);
	}

	private static void assertShows(Path document, String name, String start) throws IOException {
		String source = Files.readString(SOURCES.resolve(name + ".java"));
		String shown = source.substring(source.indexOf(start)).replace("\t", "    ");
		assertThat(Files.readString(document)).contains("```java\n" + shown + "```");
	}

	@Test
	void linksLeadSomewhere() throws IOException {
		Pattern link = Pattern.compile("\\]\\(([^)#]*)(?:#([^)]*))?\\)");
		for (Path document : List.of(README, GUIDE, REFERENCE, Path.of("PERFORMANCE.md"),
				Path.of("..", "demo-app", "README.md"))) {
			Matcher matcher = link.matcher(Files.readString(document));
			while (matcher.find()) {
				Path target = matcher.group(1).isEmpty() ? document : document.resolveSibling(matcher.group(1));
				assertThat(target).as("%s in %s", matcher.group(), document).exists();
				if (matcher.group(2) != null) {
					assertThat(Files.readString(target)
						.lines()
						.filter((line) -> line.startsWith("#"))
						.map(ReadmeTests::anchor)).as("%s in %s", matcher.group(), document).contains(matcher.group(2));
				}
			}
		}
	}

	private static String anchor(String heading) {
		return heading.replaceAll("^#+ ", "").toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 -]", "").replace(' ', '-');
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
		String reference = Files.readString(REFERENCE);
		List<String> properties = new ArrayList<>();
		collect("asyncore.servers.<name>", AsyncoreProperties.Server.class, properties);
		assertThat(properties).hasSizeGreaterThan(20)
			.allSatisfy((property) -> assertThat(reference).contains("\n| `" + property + "` | "));
		assertThat(reference.lines().filter((line) -> line.startsWith("| `asyncore.servers.")))
			.hasSameSizeAs(properties);
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
