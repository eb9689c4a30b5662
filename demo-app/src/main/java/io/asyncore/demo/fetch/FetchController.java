package io.asyncore.demo.fetch;

import java.util.concurrent.CompletableFuture;

import io.asyncore.demo.fetch.PageClient.Page;

import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Fetches pages for the web, without a thread that waits for them.
 */
@RestController
class FetchController {

	private final PageFetcher fetcher;

	FetchController(PageFetcher fetcher) {
		this.fetcher = fetcher;
	}

	@PostMapping("/demo/fetch")
	CompletableFuture<Page> fetch(@RequestParam String path) {
		return this.fetcher.fetch(path);
	}

}
