package io.asyncore.benchmark.startup;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;

/**
 * An application that says when it has started.
 */
final class Started {

	private Started() {
	}

	/**
	 * Start an application, print {@code READY} when it is, answer {@code threads} by the
	 * names of its threads, and end with the input.
	 */
	static void run(Class<?> application, String[] properties) throws IOException {
		new SpringApplicationBuilder(application).web(WebApplicationType.NONE)
			.properties("spring.main.banner-mode=off", "logging.level.root=warn")
			.properties(properties)
			.run();
		System.out.println("READY");
		BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
		while (questions.readLine() != null) {
			System.out.println(threads());
		}
		Runtime.getRuntime().halt(0);
	}

	private static List<String> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.map((thread) -> thread.getName() + (thread.isDaemon() ? " (daemon)" : ""))
			.sorted()
			.toList();
	}

}
