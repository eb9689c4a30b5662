package io.asyncore.context;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * Puts dispatchers into service when a loop has begun to run, on its thread.
 */
final class Openings {

	private final EventLoop loop;

	private final @Nullable Servers servers;

	Openings(EventLoop loop, @Nullable Servers servers) {
		this.loop = loop;
		this.servers = servers;
	}

	/**
	 * Open all: the servers first, so that others may connect to them.
	 * @param dispatchers the others by their names
	 * @param opened completed when that is done, exceptionally by the first that fails
	 */
	void openAll(Map<String, Dispatcher> dispatchers, CompletableFuture<Void> opened) {
		Servers servers = this.servers;
		if (servers != null) {
			servers.dispatchers()
				.forEach((name, server) -> open(() -> servers.open(name, server), opened,
						(ex) -> servers.failure(name, ex)));
			// for the clients among the others
			servers.publishPorts();
		}
		dispatchers.forEach((name, dispatcher) -> open(() -> this.loop.open(dispatcher), opened,
				(ex) -> new DispatcherOpenException(name, dispatcher, ex)));
		opened.complete(null);
	}

	private void open(Opening opening, CompletableFuture<Void> opened, Function<Throwable, RuntimeException> failure) {
		if (opened.isDone()) {
			// the start was given up
			return;
		}
		try {
			opening.open();
		}
		catch (Throwable ex) {
			// whereupon start() has the loop end; told twice, it might end its next run
			// too
			opened.completeExceptionally(failure.apply(ex));
		}
	}

	/**
	 * Puts a dispatcher into service.
	 */
	@FunctionalInterface
	private interface Opening {

		void open() throws Exception;

	}

}
