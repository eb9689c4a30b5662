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

	private static final Path FROM_PYTHON = Path.of("FROM-PYTHON.md");

	private static final Path SOURCES = Path.of("src", "test", "java", "io", "asyncore", "readme");

	// the first line of a class or of its annotations
	private static final Pattern TYPE = Pattern.compile("^(?:@(?!DirtiesContext)|(?:public )?class )",
			Pattern.MULTILINE);

	private static final Path BUILD = Path.of("..", ".ci", "run");

	@Test
	void showsSourcesThatCompile() throws IOException {
		assertShows(README, "Greeter", "Device", "Devices", "Tracker", "Feed", "GreeterTests");
	}

	@Test
	void guideShowsSourcesThatCompile() throws IOException {
		assertShows(GUIDE, "EchoServer", "Console", "Syslog", "SilenceTests");
	}

	@Test
	void fromPythonShowsSourcesThatCompile() throws IOException {
		assertShows(FROM_PYTHON, "PageSize", "Echo", "EchoListener", "Notes");
	}

	// these and nothing else, whatever lines are empty
	private static void assertShows(Path document, String... names) throws IOException {
		String shown = withoutEmptyLines(Files.readString(document));
		for (String name : names) {
			String source = withoutEmptyLines(Files.readString(SOURCES.resolve(name + ".java")).replace("\t", "    "));
			Matcher start = TYPE.matcher(source);
			assertThat(start.find()).isTrue();
			assertThat(shown).contains("\n" + source.substring(start.start()));
			shown = shown.replace(source.substring(start.start()), "");
		}
		assertThat(shown.replace("```java\n```", "")).doesNotContain("```java");
	}

	@Test
	void isShort() throws IOException {
		assertThat(Files.readAllLines(README)).hasSizeLessThan(250);
	}

	@Test
	void isBuiltAsItSays() throws IOException {
		assertThat(Files.readString(README)).contains("`mvn verify`");
		assertThat(Files.readAllLines(BUILD)).contains("mvn -B -ntp verify </dev/null");
	}

	// spring-boot:run has everything done up to the phase test-compile
	@Test
	void demoStartsWithoutTestsAndChecks() throws IOException {
		String build = Files.readString(Path.of("..", "pom.xml"));
		Pattern execution = Pattern.compile("<id>(check-[a-z]+|prepare-agent|default-testCompile)</id>\\s*"
				+ "<phase>(?:process-test-classes|verify)</phase>");
		assertThat(execution.matcher(build).results().map((result) -> result.group(1))).containsExactlyInAnyOrder(
				"check-dependencies", "check-format", "check-sources", "check-style", "default-testCompile",
				"prepare-agent");
	}

	@Test
	void linksLeadSomewhere() throws IOException {
		Pattern link = Pattern.compile("\\]\\(([^)#]*)(?:#([^)]*))?\\)");
		for (Path document : List.of(README, GUIDE, REFERENCE, FROM_PYTHON, Path.of("ARCHITECTURE.md"),
				Path.of("PERFORMANCE.md"), Path.of("..", "demo-app", "README.md"))) {
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

	private static String withoutEmptyLines(String text) {
		return text.replaceAll("\n+", "\n");
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
