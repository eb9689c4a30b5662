package io.asyncore;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A Java process of its own, for what cannot be tried in the one that runs the tests. It
 * has the library on its class path and no logging.
 */
final class ChildProcess implements AutoCloseable {

	private final Process process;

	private final BufferedReader output;

	/**
	 * Create a new instance.
	 * @param before what the shell is to do first
	 * @param options options of the JVM
	 * @param main the class to run, which can use the library and itself
	 */
	ChildProcess(String before, String options, Class<?> main) throws IOException, URISyntaxException {
		String classPath = String.join(File.pathSeparator, location(Dispatcher.class), location(main),
				location(Logger.class));
		String command = before + "; exec '" + System.getProperty("java.home") + "/bin/java' " + options + " -cp '"
				+ classPath + "' " + main.getName();
		this.process = new ProcessBuilder("bash", "-c", command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
		this.output = this.process.inputReader();
	}

	private static String location(Class<?> type) throws URISyntaxException {
		return new File(type.getProtectionDomain().getCodeSource().getLocation().toURI()).getPath();
	}

	String readLine() throws IOException {
		return this.output.readLine();
	}

	boolean isAlive() {
		return this.process.isAlive();
	}

	void awaitEnd() throws InterruptedException {
		assertThat(this.process.waitFor(Loopback.BOUND.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
		assertThat(this.process.exitValue()).isZero();
	}

	@Override
	public void close() throws IOException {
		this.process.destroyForcibly();
		this.output.close();
	}

}
