package io.asyncore.demo.fetch;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.stereotype.Component;

/**
 * Fetches the page that is asked for by the argument {@code --demo.fetch=/path} and
 * prints it.
 */
@Component
@ConditionalOnProperty("demo.fetch")
class FetchRunner implements ApplicationRunner {

	private final PageFetcher fetcher;

	private final String path;

	FetchRunner(PageFetcher fetcher, @Value("${demo.fetch}") String path) {
		this.fetcher = fetcher;
		this.path = path;
	}

	@Override
	public void run(ApplicationArguments arguments) {
		// this is the main thread, which may wait
		System.out.println(this.fetcher.fetch(this.path).join().body());
	}

}
