package io.asyncore.demo.poetry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.asyncore.EventLoop;
import io.asyncore.demo.LocalServers;
import io.asyncore.demo.poetry.PoetryClient.Poem;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Gets the poems of all poetry servers at once, which takes as long as the longest of
 * them and not as all of them together.
 */
@RestController
class PoetryController {

	private final EventLoop loop;

	private final LocalServers servers;

	private final List<String> names;

	private final Duration timeout;

	PoetryController(EventLoop loop, LocalServers servers, @Value("${demo.poetry.servers}") List<String> names,
			@Value("${demo.poetry.timeout}") Duration timeout) {
		this.loop = loop;
		this.servers = servers;
		this.names = names;
		this.timeout = timeout;
	}

	@PostMapping("/demo/poetry")
	CompletableFuture<Poetry> poetry() {
		long start = System.nanoTime();
		List<CompletableFuture<Poem>> poems = new ArrayList<>();
		for (String name : this.names) {
			poems.add(fetch(poems.size() + 1, name));
		}
		return CompletableFuture.allOf(poems.toArray(CompletableFuture[]::new)).thenApply((all) -> {
			List<Poem> got = poems.stream().map(CompletableFuture::join).toList();
			return new Poetry(got, Duration.ofNanos(System.nanoTime() - start).toMillis());
		});
	}

	private CompletableFuture<Poem> fetch(int task, String name) {
		// dispatchers are made on the loop's thread
		return CompletableFuture
			.supplyAsync(() -> new PoetryClient(task, this.servers.address(name)), this.loop::execute)
			.thenCompose((client) -> client.fetch(this.timeout));
	}

	/**
	 * What all tasks have got.
	 *
	 * @param poems the poems
	 * @param elapsedMillis how long it took to get them
	 */
	record Poetry(List<Poem> poems, long elapsedMillis) {

	}

}
