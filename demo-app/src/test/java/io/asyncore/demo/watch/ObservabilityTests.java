package io.asyncore.demo.watch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.asyncore.demo.DemoTest;
import io.asyncore.metrics.AsyncoreMeters;
import io.asyncore.test.LocalAsyncorePort;
import io.asyncore.test.ScriptedClient;
import io.micrometer.core.instrument.Meter;
import io.micrometer.prometheusmetrics.PrometheusNamingConvention;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.core.io.ClassPathResource;
import org.springframework.test.web.servlet.client.RestTestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that the files for Grafana and Prometheus fit what the demo shows of itself.
 */
@DemoTest
class ObservabilityTests {

	private static final Path FILES = Path.of("observability");

	private static final Duration BOUND = Duration.ofSeconds(10);

	private static final JsonNode DASHBOARD = JsonMapper.shared()
		.readTree(FILES.resolve("grafana-dashboard.json").toFile());

	@LocalServerPort
	private int webPort;

	@LocalAsyncorePort("echo")
	private int echoPort;

	@LocalAsyncorePort("http")
	private int httpPort;

	@LocalAsyncorePort("process")
	private int processPort;

	@Value("${management.endpoints.web.base-path:/actuator}")
	private String basePath;

	@Value("${spring.application.name}")
	private String application;

	@BeforeEach
	void makeTraffic() {
		try (ScriptedClient client = ScriptedClient.connect(this.echoPort)) {
			client.send("hello\n").expectLine("hello");
		}
		try (ScriptedClient client = ScriptedClient.connect(this.httpPort)) {
			// makes a handler fail
			client.send("nonsense\r\n\r\n").expectLine("HTTP/1.1 400 Bad Request").readAll();
		}
		// has work offloaded
		ScriptedClient.connect(this.processPort).close();
		Awaitility.await()
			.atMost(BOUND)
			.untilAsserted(() -> assertThat(scrape().samples())
				.anyMatch((sample) -> sample.name().startsWith("asyncore_offload_seconds")));
		// a handler is measured when it has come to its end
		Awaitility.await()
			.atMost(BOUND)
			.untilAsserted(
					() -> assertThat(scrape().samples()).anyMatch((sample) -> sample.name().startsWith("asyncore")
							&& "error".equals(sample.labels().get("outcome"))));
	}

	@Test
	void everyQueryOfTheDashboardFindsWhatItAsksFor() {
		Scrape scrape = scrape();
		assertThat(queries()).hasSizeGreaterThan(40).flatMap(scrape::missing).isEmpty();
	}

	@Test
	void everyMeterIsOnSomePanel() {
		Scrape scrape = scrape();
		Set<String> shown = DashboardQuery.ofPanels(DASHBOARD)
			.stream()
			.flatMap((query) -> PromQuery.parse(query.text()).selectors().stream())
			.map((selector) -> scrape.family(selector.metric()))
			.collect(Collectors.toSet());
		assertThat(shown).isEqualTo(scrape.asyncoreFamilies());
	}

	@Test
	void everyMeterIsScrapedAndNothingElse() {
		assertThat(scrape().asyncoreFamilies().stream().filter((name) -> !name.endsWith("_max")))
			.containsExactlyInAnyOrderElementsOf(
					Stream.of(AsyncoreMeters.values()).map(ObservabilityTests::family).toList());
	}

	private static String family(AsyncoreMeters meter) {
		String name = new PrometheusNamingConvention().name(meter.getName(), meter.getType(), meter.getBaseUnit());
		return (meter.getType() == Meter.Type.COUNTER) ? name + "_total" : name;
	}

	@Test
	void noQueryIsPassedOver() {
		List<String> found = queries().stream().map(DashboardQuery::text).toList();
		List<JsonNode> fields = new ArrayList<>(DASHBOARD.findValues("expr"));
		fields.addAll(DASHBOARD.findValues("definition"));
		assertThat(fields).isNotEmpty().extracting(JsonNode::asString).isSubsetOf(found);
	}

	@Test
	void everyVariableOfAQueryIsOneOfTheDashboard() {
		List<String> variables = DASHBOARD.at("/templating/list")
			.valueStream()
			.map((variable) -> variable.path("name").asString())
			.toList();
		assertThat(queries()).flatMap((query) -> PromQuery.parse(query.text()).selectors())
			.flatMap(PromQuery.Selector::matchers)
			.filteredOn(PromQuery.LabelMatcher::isVariable)
			.isNotEmpty()
			.allSatisfy((matcher) -> {
				assertThat(matcher.label()).isIn(variables);
				assertThat(matcher.operator()).as("of a variable with many values").isEqualTo("=~");
				assertThat(matcher.value()).isEqualTo("$" + matcher.label());
			});
	}

	@Test
	void everyPanelSaysWhatItShowsAndWhereItHasItFrom() {
		List<JsonNode> panels = DashboardQuery.panels(DASHBOARD);
		assertThat(panels).isNotEmpty().allSatisfy((panel) -> {
			assertThat(panel.path("title").asString()).isNotEmpty();
			assertThat(panel.path("description").asString()).as(panel.path("title").asString()).endsWith(".");
			assertThat(panel.path("targets")).isNotEmpty();
		});
		assertThat(panels.stream().map((panel) -> panel.path("id").asInt())).doesNotHaveDuplicates();
		assertThat(DASHBOARD.findValues("datasource")).extracting((source) -> source.path("uid").asString())
			.containsOnly("${datasource}", "-- Grafana --");
		assertThat(DASHBOARD.at("/templating/list")).extracting((variable) -> variable.path("name").asString())
			.containsExactly("datasource", "instance", "loop", "channel");
	}

	@Test
	void prometheusFileFitsTheDemo() throws IOException {
		Map<?, ?> job = (Map<?, ?>) list(yaml(Files.newInputStream(FILES.resolve("prometheus.yml"))), "scrape_configs")
			.get(0);
		assertThat(job.get("job_name")).isEqualTo(this.application);
		assertThat(job.get("metrics_path")).isEqualTo(this.basePath + "/prometheus");
		Map<?, ?> server = (Map<?, ?>) yaml(new ClassPathResource("application.yml").getInputStream()).get("server");
		assertThat(list((Map<?, ?>) list(job, "static_configs").get(0), "targets")).asString()
			.isEqualTo("[127.0.0.1:" + server.get("port") + "]");
		Map<?, ?> keep = (Map<?, ?>) list(job, "metric_relabel_configs").get(0);
		String regex = String.valueOf(keep.get("regex"));
		Scrape scrape = scrape();
		assertThat(scrape.families().keySet().stream().filter((name) -> name.matches(regex)))
			.containsExactlyInAnyOrderElementsOf(scrape.asyncoreFamilies());
	}

	private static List<DashboardQuery> queries() {
		return Stream.of(DashboardQuery.ofPanels(DASHBOARD), DashboardQuery.ofOthers(DASHBOARD))
			.flatMap(List::stream)
			.toList();
	}

	private static Map<?, ?> yaml(InputStream file) throws IOException {
		try (file) {
			return new Yaml().load(file);
		}
	}

	private static List<?> list(Map<?, ?> map, String key) {
		return (List<?>) map.get(key);
	}

	private Scrape scrape() {
		String text = RestTestClient.bindToServer()
			.baseUrl("http://127.0.0.1:" + this.webPort)
			.build()
			.get()
			.uri(this.basePath + "/prometheus")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(String.class)
			.returnResult()
			.getResponseBody();
		return Scrape.parse(String.valueOf(text));
	}

}
