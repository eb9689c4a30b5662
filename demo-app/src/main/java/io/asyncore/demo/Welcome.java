package io.asyncore.demo;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Says in the log, when all is running, what there is to try.
 */
@Component
class Welcome {

	private static final Logger logger = LoggerFactory.getLogger(Welcome.class);

	@EventListener
	void ready(ApplicationReadyEvent event) {
		logger.info("The demo is running. In another terminal try{}",
				commands(event.getApplicationContext().getEnvironment()));
	}

	/**
	 * Return the commands, a line each, for the servers that are there.
	 */
	static String commands(Environment environment) {
		List<String> lines = new ArrayList<>();
		String web = environment.getProperty("local.server.port");
		add(lines, "nc 127.0.0.1 %s", port("echo", environment), "type a line and get it back");
		add(lines, "nc 127.0.0.1 %s", port("chat", environment), "a chat room, if you do it in two terminals");
		add(lines, "curl http://127.0.0.1:%s/poem", port("http", environment), "a small HTTP server");
		add(lines, "curl -X POST http://127.0.0.1:%s/demo/poetry", web, "three servers read at the same time");
		if (environment.getProperty("asyncore.dashboard.enabled", Boolean.class, false)) {
			add(lines, "http://127.0.0.1:%s/actuator/asyncore/dashboard", web, "watch it all in a browser");
		}
		lines.add("demo-app/README.md has the others; Ctrl-C stops the demo");
		return "\n    " + String.join("\n    ", lines);
	}

	private static @Nullable String port(String server, Environment environment) {
		return environment.getProperty("local.asyncore." + server + ".port");
	}

	private static void add(List<String> lines, String command, @Nullable String port, String meaning) {
		if (port != null) {
			lines.add("%-53s %s".formatted(command.formatted(port), meaning));
		}
	}

}
