package io.asyncore.benchmark.server;

import java.util.ArrayList;
import java.util.List;

import io.asyncore.ChannelFactory;
import io.asyncore.EventLoop;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/**
 * This library by its starter, in an application with Actuator and a registry of
 * Prometheus. The first argument names the bean that makes the channels, the others are
 * properties.
 */
public final class StarterServer {

	private StarterServer() {
	}

	public static void main(String[] args) throws Exception {
		Control control = new Control();
		List<String> properties = new ArrayList<>(List.of("spring.main.banner-mode=off", "logging.level.root=warn",
				"asyncore.servers.echo.address=127.0.0.1", "asyncore.servers.echo.port=0",
				"asyncore.servers.echo.backlog=" + Control.BACKLOG, "asyncore.servers.echo.channel=" + args[0]));
		properties.addAll(List.of(args).subList(1, args.length));
		ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.NONE)
			.properties(properties.toArray(String[]::new))
			.run();
		checkMeters(context);
		control.listening(context.getEnvironment().getRequiredProperty("local.asyncore.echo.port", Integer.class));
	}

	// what is compared as having none had better have none
	private static void checkMeters(ConfigurableApplicationContext context) {
		boolean wanted = context.getEnvironment()
			.getProperty("management.metrics.enable.asyncore", Boolean.class, true);
		boolean there = context.getBean(MeterRegistry.class).find("asyncore.loop.passes").meter() != null;
		boolean timed = context.getBean(EventLoop.class).monitor().isTimed();
		if (there != wanted || timed != wanted) {
			throw new IllegalStateException("Meters are " + there + " and timers " + timed + ", not " + wanted);
		}
	}

	/**
	 * The application. No component is looked for, so it has what is here and no more.
	 */
	@EnableAutoConfiguration
	static class Application {

		@Bean
		ChannelFactory messages() {
			return (socket, peer) -> new Echo();
		}

		@Bean
		ChannelFactory asked() {
			return (socket, peer) -> new AskedEcho();
		}

		@Bean
		ChannelFactory lines() {
			return (socket, peer) -> new LineEcho();
		}

		@Bean
		ChannelFactory text() {
			return (socket, peer) -> new TextEcho();
		}

	}

}
