package io.asyncore;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A Java process of its own, for what cannot be tried in the one that runs the tests.
 */
public final class ChildProcess implements AutoCloseable {

	private final Process process;

	private final BufferedReader output;

	/**
	 * Create a new instance that has the library on its class path and no logging.
	 * @param before what the shell is to do first
	 * @param options options of the JVM
	 * @param main the class to run, which can use the library and itself
	 */
	ChildProcess(String before, String options, Class<?> main) throws IOException, URISyntaxException {
		this(before, options, main, List.of(location(Dispatcher.class), location(main), location(Logger.class)));
	}

	private ChildProcess(String before, String options, Class<?> main, List<String> places) throws IOException {
		String classPath = String.join(File.pathSeparator, places);
		String command = before + "; exec '" + System.getProperty("java.home") + "/bin/java' " + options + " -cp '"
				+ classPath + "' '" + main.getName() + "'";
		this.process = new ProcessBuilder("bash", "-c", command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
		this.output = this.process.inputReader();
	}

	/**
	 * Create a process that has the class path of this one, without some libraries.
	 * @param main the class to run
	 * @param absent what the names of the jars begin with that are left out
	 */
	public static ChildProcess without(Class<?> main, String... absent) throws IOException {
		List<String> places = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((place) -> Arrays.stream(absent).noneMatch(new File(place).getName()::startsWith))
			.toList();
		return new ChildProcess("true", "-XX:TieredStopAtLevel=1", main, places);
	}

	private static String location(Class<?> type) throws URISyntaxException {
		return new File(type.getProtectionDomain().getCodeSource().getLocation().toURI()).getPath();
	}

	public String readLine() throws IOException {
		return this.output.readLine();
	}

	/**
	 * Close what it reads, which tells it to end.
	 */
	public void endInput() throws IOException {
		this.process.outputWriter().close();
	}

	boolean isAlive() {
		return this.process.isAlive();
	}

	public void awaitEnd() throws InterruptedException {
		assertThat(this.process.waitFor(Loopback.BOUND.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
		assertThat(this.process.exitValue()).isZero();
	}

	@Override
	public void close() throws IOException {
		this.process.destroyForcibly();
		this.output.close();
	}

}
