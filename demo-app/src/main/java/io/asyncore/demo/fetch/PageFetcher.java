package io.asyncore.demo.fetch;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import io.asyncore.EventLoop;
import io.asyncore.demo.LocalServers;
import io.asyncore.demo.fetch.PageClient.Page;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * Fetches pages from the server {@code http}. May be called from any thread.
 */
@Component
class PageFetcher {

	private final EventLoop loop;

	private final LocalServers servers;

	private final Duration timeout;

	PageFetcher(EventLoop loop, LocalServers servers, @Value("${demo.fetch.timeout}") Duration timeout) {
		this.loop = loop;
		this.servers = servers;
		this.timeout = timeout;
	}

	CompletableFuture<Page> fetch(String path) {
		// dispatchers are made on the loop's thread
		return CompletableFuture
			.supplyAsync(() -> new PageClient(this.servers.address("http"), path), this.loop::execute)
			.thenCompose((client) -> client.fetch(this.timeout));
	}

}
