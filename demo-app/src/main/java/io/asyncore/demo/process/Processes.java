package io.asyncore.demo.process;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * The processes that run for the connections. Knows all of them, so that none is left
 * when the application stops. Safe from any thread.
 */
@Component
class Processes implements DisposableBean {

	// to tidy up, for a process that was told to end
	static final Duration PATIENCE = Duration.ofSeconds(2);

	private final Set<Process> running = ConcurrentHashMap.newKeySet();

	/**
	 * Start a program. Takes a moment, so this is not for the loop's thread.
	 * @param command a line for the shell
	 */
	Process start(String command) throws IOException {
		Process process = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true).start();
		this.running.add(process);
		return process;
	}

	/**
	 * End a process and the ones that it has started, unless they have ended already.
	 * Returns at once.
	 * @return completed when they have ended
	 */
	CompletableFuture<Void> end(Process process) {
		// all of them are looked for, which takes a moment too
		return CompletableFuture.supplyAsync(() -> withDescendants(process))
			.thenCompose(Processes::terminate)
			.whenComplete((done, failure) -> this.running.remove(process));
	}

	// a process that has ended has none that can be found any more
	private static List<ProcessHandle> withDescendants(Process process) {
		return Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
	}

	private static CompletableFuture<Void> terminate(List<ProcessHandle> processes) {
		CompletableFuture<Void> ended = CompletableFuture
			.allOf(processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new));
		processes.forEach(ProcessHandle::destroy);
		return ended.completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
			.thenRun(() -> processes.forEach(ProcessHandle::destroyForcibly));
	}

	Set<Process> running() {
		return this.running;
	}

	/**
	 * End all processes and wait for that.
	 */
	@Override
	public void destroy() {
		CompletableFuture.allOf(this.running.stream().map(this::end).toArray(CompletableFuture[]::new)).join();
	}

}
