package io.asyncore.benchmark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process that is asked, and answers, by lines of text. It ends with its input.
 */
public final class ChildProcess implements AutoCloseable {

	private static final int LAST_WORDS = 6;

	private static final int FAREWELL_SECONDS = 10;

	private final String name;

	private final Path errors;

	private final Process process;

	private final BufferedReader answers;

	private final PrintStream questions;

	private ChildProcess(String name, Path errors, Process process) {
		this.name = name;
		this.errors = errors;
		this.process = process;
		this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
		this.questions = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
	}

	/**
	 * Start a process.
	 * @param name what to call it, and the file of its error output
	 * @param command the program and its arguments
	 * @return the process
	 * @throws IOException if it cannot be started
	 */
	public static ChildProcess start(String name, List<String> command) throws IOException {
		Path errors = Files.createDirectories(Options.directory()).resolve(name + ".err");
		return new ChildProcess(name, errors, new ProcessBuilder(command).redirectError(errors.toFile()).start());
	}

	/**
	 * Return the number of the process.
	 * @return its number
	 */
	public long pid() {
		return this.process.pid();
	}

	/**
	 * Return the processor time that the process has used.
	 * @return the time in nanoseconds, 0 if the system does not tell
	 */
	public long cpuNanos() {
		return this.process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
	}

	/**
	 * Send a line and wait for the answer.
	 * @param question the line
	 * @param patience how long to wait, in seconds
	 * @return the next line of the process
	 * @throws IOException if the process has ended or does not answer
	 */
	public String ask(String question, double patience) throws IOException {
		this.questions.println(question);
		return line(patience);
	}

	/**
	 * Wait for a line.
	 * @param patience how long to wait, in seconds
	 * @return the next line of the process
	 * @throws IOException if the process has ended or says nothing
	 */
	public String line(double patience) throws IOException {
		CompletableFuture<String> line = CompletableFuture.supplyAsync(this::read);
		try {
			String text = line.get((long) (patience * 1000), TimeUnit.MILLISECONDS);
			if (text.isEmpty()) {
				this.process.waitFor(FAREWELL_SECONDS, TimeUnit.SECONDS);
				throw new IOException(lastWords());
			}
			return text;
		}
		catch (TimeoutException ex) {
			throw new IOException(this.name + " says nothing for " + Math.round(patience) + " s; " + lastWords(), ex);
		}
		catch (ExecutionException ex) {
			throw new IOException(this.name + " cannot be read from", ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException("Interrupted", ex);
		}
	}

	// an empty line stands for the end
	private String read() {
		try {
			String line = this.answers.readLine();
			return (line != null) ? line : "";
		}
		catch (IOException ex) {
			return "";
		}
	}

	/**
	 * Return how the process is, and the end of what it has written to its error output.
	 * @return a part of a sentence
	 * @throws IOException if that cannot be read
	 */
	public String lastWords() throws IOException {
		List<String> lines = Files.readAllLines(this.errors, StandardCharsets.ISO_8859_1);
		String state = this.name
				+ (this.process.isAlive() ? " is there" : " has ended with status " + this.process.exitValue());
		return state + (lines.isEmpty() ? ""
				: ": " + String.join(" / ", lines.subList(Math.max(0, lines.size() - LAST_WORDS), lines.size())));
	}

	/**
	 * Close the input of the process, and wait until it has ended, which it is made to if
	 * it does not.
	 */
	@Override
	public void close() {
		this.questions.close();
		try {
			if (!this.process.waitFor(FAREWELL_SECONDS, TimeUnit.SECONDS)) {
				this.process.destroyForcibly().waitFor();
			}
		}
		catch (InterruptedException ex) {
			this.process.destroyForcibly();
			Thread.currentThread().interrupt();
		}
	}

}
