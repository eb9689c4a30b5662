package io.asyncore.benchmark.comparison;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import io.asyncore.benchmark.Options;
import io.asyncore.benchmark.UnavailableException;

/**
 * The programs that a comparison starts.
 */
final class Tools {

	/**
	 * What all JVMs are given, unless the option {@code jvm-args} says otherwise. The
	 * collector is the one that a JVM chooses on one processor.
	 */
	private static final List<String> JVM_ARGUMENTS = List.of("-Xms256m", "-Xmx256m", "-XX:+UseSerialGC");

	private static final int COMPILER_SECONDS = 60;

	private final Path directory;

	private final String classPath;

	private final String serverCore;

	private final String loadCore;

	Tools() throws IOException, UnavailableException {
		this.directory = Files.createDirectories(Options.directory());
		this.classPath = System.getProperty("java.class.path");
		String[] cores = Options.text("cores", "0,1").split(",");
		if (cores.length != 2) {
			throw new IllegalArgumentException("'benchmark.cores' must be that of the servers and that of the load");
		}
		this.serverCore = cores[0];
		this.loadCore = cores[1];
		for (String core : cores) {
			require("taskset -c " + core + " true", "processors " + String.join(" and ", cores)
					+ " and 'taskset' (package util-linux); choose processors by -Dbenchmark.cores=a,b");
		}
		compile("echo");
		compile("load");
	}

	private Tools(Tools other, String classPath) {
		this.directory = other.directory;
		this.classPath = classPath;
		this.serverCore = other.serverCore;
		this.loadCore = other.loadCore;
	}

	/**
	 * Return the same with an earlier build of this library in the place of this one.
	 */
	Tools ofBaseline() throws IOException {
		return new Tools(this, Baseline.ofOptions().replaceIn(this.classPath));
	}

	static void require(String command, String what) throws IOException, UnavailableException {
		if (!succeeds(command.split(" "))) {
			throw new UnavailableException("The comparison needs " + what + ": '" + command + "' fails");
		}
	}

	static boolean succeeds(String... command) throws IOException {
		try {
			Process process = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.start();
			return process.waitFor(COMPILER_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
		}
		catch (IOException ex) {
			// there is no such program
			return false;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	private void compile(String name) throws IOException, UnavailableException {
		Path source = extract("/io/asyncore/benchmark/c/" + name + ".c", name + ".c");
		require("cc -O2 -o " + this.directory.resolve(name) + " " + source, "'cc', a compiler for C");
	}

	private Path extract(String resource, String name) throws IOException {
		Path file = this.directory.resolve(name);
		try (InputStream content = Objects.requireNonNull(Tools.class.getResourceAsStream(resource), resource)) {
			Files.copy(content, file, StandardCopyOption.REPLACE_EXISTING);
		}
		return file;
	}

	/**
	 * Return the command of a compiled program that serves.
	 */
	List<String> program(String name, String... arguments) {
		return server(List.of(this.directory.resolve(name).toString()), List.of(arguments));
	}

	/**
	 * Return the command of a class that serves.
	 */
	List<String> java(Class<?> main, String argument, String... more) {
		List<String> arguments = new ArrayList<>(List.of(argument));
		Collections.addAll(arguments, more);
		return java(Machine.java(), main, arguments);
	}

	/**
	 * Return the command of a class that serves.
	 */
	List<String> java(Class<?> main) {
		return java(Machine.java(), main, List.of());
	}

	/**
	 * Return the command of a class that serves and needs a newer JVM.
	 */
	List<String> newerJava(Class<?> main) throws IOException, UnavailableException {
		return java(Machine.newerJava(), main, List.of());
	}

	/**
	 * Return the command of a script that serves by asyncore.
	 */
	List<String> python(String name) throws IOException, UnavailableException {
		Path script = extract("/io/asyncore/benchmark/python/" + name, name);
		return server(List.of(Machine.python(), script.toString()), List.of());
	}

	private List<String> java(Path java, Class<?> main, List<String> arguments) {
		List<String> command = new ArrayList<>(List.of(java.toString()));
		command.addAll(jvmArguments());
		command.addAll(List.of("-cp", this.classPath, main.getName()));
		return server(command, arguments);
	}

	static List<String> jvmArguments() {
		List<String> arguments = Options.words("jvm-args");
		return arguments.isEmpty() ? JVM_ARGUMENTS : arguments;
	}

	private List<String> server(List<String> program, List<String> arguments) {
		List<String> command = new ArrayList<>(List.of("taskset", "-c", this.serverCore));
		command.addAll(program);
		command.addAll(arguments);
		return command;
	}

	/**
	 * Return the command of the load.
	 */
	List<String> load(List<String> arguments) {
		List<String> command = new ArrayList<>(
				List.of("taskset", "-c", this.loadCore, this.directory.resolve("load").toString()));
		command.addAll(arguments);
		return command;
	}

}
