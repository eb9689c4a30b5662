package io.asyncore.autoconfigure;

import java.nio.charset.StandardCharsets;

import io.asyncore.ChannelFactory;
import io.asyncore.chat.AsyncChat;

import org.springframework.boot.Banner;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * An application to be run in a process of its own, which a handler ends by
 * {@link System#exit}. Prints its port.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class ExitingApplication {

	/** How much it sends to whom says {@code much}. */
	public static final int MUCH = 8 * 1024 * 1024;

	public static void main(String[] args) {
		ConfigurableApplicationContext context = new SpringApplicationBuilder(ExitingApplication.class)
			.bannerMode(Banner.Mode.OFF)
			.properties("asyncore.servers.exiting.port=0", "asyncore.loop.threads=2", "logging.level.root=off",
					"server.port=0")
			.run(args);
		System.out.println(context.getEnvironment().getProperty("local.asyncore.exiting.port"));
	}

	@Bean
	ChannelFactory exiting() {
		return (socket, peer) -> new Exiting();
	}

	private static final class Exiting extends AsyncChat {

		Exiting() {
			setTerminator("\n");
		}

		@Override
		protected void foundTerminator() {
			String line = takeIncoming(StandardCharsets.UTF_8);
			switch (line) {
				case "much" -> push(new byte[MUCH]);
				case "exit" -> {
					push("bye\n");
					System.exit(0);
				}
				default -> push(line + "\n");
			}
		}

	}

}
