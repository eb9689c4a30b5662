package io.asyncore.autoconfigure.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import io.asyncore.EventLoop;
import io.asyncore.Loopback;
import io.asyncore.autoconfigure.EchoApplication;
import io.asyncore.metrics.EventLoopMetrics;
import io.asyncore.test.ScriptedClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.distribution.HistogramSnapshot;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link AsyncoreMetricsAutoConfiguration}.
 */
class AsyncoreMetricsAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = EchoApplication.runner(MetricsAutoConfiguration.class,
			CompositeMeterRegistryAutoConfiguration.class, SimpleMetricsExportAutoConfiguration.class,
			AsyncoreMetricsAutoConfiguration.class);

	private final ApplicationContextRunner prometheusRunner = this.contextRunner
		.withConfiguration(AutoConfigurations.of(PrometheusMetricsExportAutoConfiguration.class));

	private final ApplicationContextRunner severalRunner = this.prometheusRunner.withBean(SimpleMeterRegistry.class,
			SimpleMeterRegistry::new);

	@Test
	void bindsMetersToTheRegistry() {
		this.contextRunner.run((context) -> {
			assertThat(context).hasSingleBean(EventLoopMetrics.class);
			MeterRegistry registry = serve(context);
			assertThat(names(registry)).contains("asyncore.polls", "asyncore.handler", "asyncore.loop.wait",
					"asyncore.channels");
			assertThat(context.getBean(EventLoop.class).monitor().isTimed()).isTrue();
		});
	}

	@Test
	void whenThereIsNoRegistryMeasuresNothing() {
		EchoApplication.runner(AsyncoreMetricsAutoConfiguration.class).run((context) -> {
			assertThat(context).hasNotFailed().doesNotHaveBean(EventLoopMetrics.class);
			assertThat(context.getBean(EventLoop.class).monitor().isTimed()).isFalse();
		});
	}

	@Test
	void whenMicrometerIsMissingServesAllTheSame() {
		EchoApplication.runner(AsyncoreMetricsAutoConfiguration.class)
			.withClassLoader(new FilteredClassLoader(MeterRegistry.class))
			.run((context) -> {
				assertThat(context).hasNotFailed().doesNotHaveBean(EventLoopMetrics.class);
				EchoApplication.servedClient(context).close();
			});
	}

	@Test
	void whenUserHasMetricsUsesThem() {
		this.contextRunner.withUserConfiguration(Tagged.class).run((context) -> {
			assertThat(context).hasSingleBean(EventLoopMetrics.class).hasBean("mine");
			assertThat(serve(context).get("asyncore.data.sent").meters()).singleElement()
				.satisfies((meter) -> assertThat(meter.getId().getTag("zone")).isEqualTo("a"));
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whenAllAreDisabledHasNoMetersAndDoesNotTimeHandlers(boolean severalRegistries) {
		(severalRegistries ? this.severalRunner : this.contextRunner)
			.withPropertyValues("management.metrics.enable.asyncore=false")
			.run((context) -> {
				MeterRegistry registry = serve(context);
				assertThat(registry instanceof CompositeMeterRegistry).isEqualTo(severalRegistries);
				assertThat(context.getBean(EventLoop.class).monitor().isTimed()).isFalse();
				assertThat(context.getBeansOfType(MeterRegistry.class).values())
					.filteredOn((one) -> !(one instanceof CompositeMeterRegistry))
					.isNotEmpty()
					.allSatisfy((one) -> assertThat(names(one)).isEmpty());
			});
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whenHandlersAreDisabledHasTheOtherMetersOnly(boolean severalRegistries) {
		(severalRegistries ? this.severalRunner : this.contextRunner)
			.withPropertyValues("management.metrics.enable.asyncore.handler=false")
			.run((context) -> {
				MeterRegistry registry = serve(context);
				assertThat(names(registry)).contains("asyncore.polls", "asyncore.loop.wait", "asyncore.data.sent");
				assertThat(registry.find("asyncore.handler").timers()).allMatch((timer) -> timer.count() == 0);
				assertThat(context.getBean(EventLoop.class).monitor().isTimed()).isFalse();
			});
	}

	@Test
	void whenAllButHandlersAreDisabledTimesHandlers() {
		this.contextRunner
			.withPropertyValues("management.metrics.enable.asyncore=false",
					"management.metrics.enable.asyncore.handler=true")
			.run((context) -> {
				assertThat(names(serve(context))).containsExactly("asyncore.handler");
				assertThat(context.getBean(EventLoop.class).monitor().isTimed()).isTrue();
			});
	}

	@Test
	void servesSeveralRegistriesAtOnce() {
		this.severalRunner.run((context) -> {
			serve(context);
			for (Class<? extends MeterRegistry> type : List.of(SimpleMeterRegistry.class,
					PrometheusMeterRegistry.class)) {
				MeterRegistry registry = context.getBean(type);
				await().atMost(Loopback.BOUND)
					.until(() -> registry.get("asyncore.handler").tag("handler", "read").timer().count() > 0);
				assertThat(registry.get("asyncore.data.received").functionCounter().count()).isEqualTo(6);
			}
		});
	}

	@Test
	void appliesHistogramSettingsToTimers() {
		this.contextRunner
			.withPropertyValues("management.metrics.distribution.percentiles-histogram.asyncore.handler=true",
					"management.metrics.distribution.percentiles.asyncore.handler=0.5,0.99",
					"management.metrics.distribution.slo.asyncore.loop=1ms,10ms",
					"management.metrics.distribution.slo.asyncore.handler=5us,7ms")
			.run((context) -> {
				MeterRegistry registry = serve(context);
				HistogramSnapshot handler = snapshot(registry, "asyncore.handler");
				assertThat(handler.percentileValues()).extracting("percentile").containsExactly(0.5, 0.99);
				assertThat(bounds(handler)).contains(5_000.0, 7_000_000.0);
				assertThat(bounds(snapshot(registry, "asyncore.loop.work"))).containsExactly(1e6, 1e7);
			});
	}

	@Test
	void showsPrometheusBucketsInMicrosecondsUnlessToldOtherwise() {
		this.prometheusRunner.withPropertyValues("management.metrics.distribution.percentiles-histogram.asyncore=true")
			.run((context) -> {
				serve(context);
				List<Double> bounds = buckets(context, "asyncore_handler_seconds_bucket");
				assertThat(bounds).hasSizeGreaterThan(20).isSorted();
				assertThat(bounds.get(0)).isBetween(0.9e-6, 2e-6);
				assertThat(bounds.get(bounds.size() - 2)).isBetween(8.0, 15.0);
				assertThat(buckets(context, "asyncore_loop_lag_seconds_bucket").get(0)).isBetween(0.9e-6, 2e-6);
			});
	}

	@Test
	void appliesTheExpectedRangeToTimers() {
		this.prometheusRunner
			.withPropertyValues("management.metrics.distribution.percentiles-histogram.asyncore=true",
					"management.metrics.distribution.minimum-expected-value.asyncore.handler=1ms",
					"management.metrics.distribution.maximum-expected-value.asyncore.handler=100ms")
			.run((context) -> {
				serve(context);
				List<Double> bounds = buckets(context, "asyncore_handler_seconds_bucket");
				assertThat(bounds.get(0)).isBetween(0.9e-3, 2e-3);
				assertThat(bounds.get(bounds.size() - 2)).isBetween(0.05, 0.2);
				assertThat(buckets(context, "asyncore_loop_work_seconds_bucket").get(0)).isLessThan(2e-6);
			});
	}

	@Test
	void givesPrometheusNamesWithTheirUnits() {
		this.prometheusRunner.run((context) -> {
			serve(context);
			String scraped = context.getBean(PrometheusMeterRegistry.class).scrape();
			assertThat(scraped.lines().filter((line) -> line.startsWith("# TYPE asyncore"))).contains(
					"# TYPE asyncore_polls_total counter", "# TYPE asyncore_readiness_total counter",
					"# TYPE asyncore_handler_seconds summary", "# TYPE asyncore_channels gauge",
					"# TYPE asyncore_channels_opened_total counter", "# TYPE asyncore_channels_closed_total counter",
					"# TYPE asyncore_data_received_bytes_total counter",
					"# TYPE asyncore_data_sent_bytes_total counter", "# TYPE asyncore_output_queued_bytes gauge",
					"# TYPE asyncore_accept_rejected_total counter", "# TYPE asyncore_accept_paused gauge",
					"# TYPE asyncore_loop_passes_total counter", "# TYPE asyncore_loop_wait_seconds summary",
					"# TYPE asyncore_loop_work_seconds summary", "# TYPE asyncore_loop_lag_seconds summary",
					"# TYPE asyncore_loop_tasks gauge", "# TYPE asyncore_loop_stalls_total counter");
			assertThat(scraped).contains("asyncore_data_sent_bytes_total{channel=\"echo\"} 6.0");
		});
	}

	private static List<Double> buckets(ApplicationContext context, String name) {
		return context.getBean(PrometheusMeterRegistry.class)
			.scrape()
			.lines()
			.filter((line) -> line.startsWith(name)
					&& (line.contains("handler=\"read\"") || !line.contains("handler=")))
			.map((line) -> line.replaceAll(".*le=\"([^\"]*)\".*", "$1"))
			.map((bound) -> bound.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.valueOf(bound))
			.toList();
	}

	private static HistogramSnapshot snapshot(MeterRegistry registry, String name) {
		return registry.get(name).timers().iterator().next().takeSnapshot();
	}

	private static List<Double> bounds(HistogramSnapshot snapshot) {
		return Arrays.stream(snapshot.histogramCounts()).map((count) -> count.bucket()).toList();
	}

	/**
	 * Have a client served, and return the registry that an application would ask.
	 */
	private static MeterRegistry serve(ApplicationContext context) {
		try (ScriptedClient client = EchoApplication.servedClient(context)) {
			EchoApplication.awaitIdle(context);
			assertThat(client.localAddress()).isNotNull();
		}
		MeterRegistry registry = context.getBean(MeterRegistry.class);
		assertThat(registry.find("asyncore.handler").timers()).noneMatch((timer) -> isLeftOver(timer));
		return registry;
	}

	// of asking whether there are such timers
	private static boolean isLeftOver(Timer timer) {
		return "none".equals(timer.getId().getTag("handler"));
	}

	private static Set<String> names(MeterRegistry registry) {
		return registry.getMeters()
			.stream()
			.map((meter) -> meter.getId().getName())
			.filter((name) -> name.startsWith("asyncore"))
			.collect(Collectors.toCollection(TreeSet::new));
	}

	static class Tagged {

		@Bean
		EventLoopMetrics mine(EventLoop loop) {
			return new EventLoopMetrics(loop, Tags.of("zone", "a"));
		}

	}

}
