package io.asyncore.autoconfigure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import io.asyncore.ChannelFactory;
import io.asyncore.EventLoop;
import io.asyncore.chat.AsyncChat;

import org.springframework.boot.Banner;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * An application to be run in a process whose class path has few libraries. Prints its
 * port, whether handlers are timed and which beans of observation it has, echoes lines,
 * and ends with its input. Uses only what every application has.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class SmallApplication {

	public static void main(String[] args) throws IOException {
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(SmallApplication.class)
			.bannerMode(Banner.Mode.OFF)
			.properties("asyncore.servers.echo.port=0", "logging.level.root=off", "asyncore.observation.enabled=true",
					"asyncore.dashboard.enabled=true", "management.endpoints.web.exposure.include=*")
			.run(args)) {
			System.out.println(context.getEnvironment().getProperty("local.asyncore.echo.port"));
			System.out.println(context.getBean(EventLoop.class).monitor().isTimed());
			System.out.println(Arrays.stream(context.getBeanDefinitionNames())
				.filter((name) -> name.matches("asyncore(EventLoopMetrics|Health.*|Endpoint|Observation.*)"))
				.sorted()
				.toList());
			while (System.in.read() >= 0) {
				// until the test is over
			}
		}
	}

	@Bean
	ChannelFactory echo() {
		return (socket, peer) -> new Echo();
	}

	private static final class Echo extends AsyncChat {

		Echo() {
			setTerminator("\n");
		}

		@Override
		protected void foundTerminator() {
			push(takeIncoming(StandardCharsets.UTF_8) + "\n");
		}

	}

}
