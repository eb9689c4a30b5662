package io.asyncore.benchmark.comparison;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.asyncore.benchmark.Options;
import io.asyncore.benchmark.UnavailableException;

/**
 * What the comparison runs on.
 */
final class Machine {

	private static final List<String> LIBRARIES = List.of("spring-boot", "micrometer-core", "netty-transport",
			"reactor-netty-core", "spring-integration-ip");

	private static final List<String> PYTHONS = List.of("python3", "python3.11", "python3.10", "python3.9");

	private static final Pattern JAVA_VERSION = Pattern.compile("JAVA_VERSION=\"(\\d+)");

	private static final int VIRTUAL_THREADS_SINCE = 21;

	private Machine() {
	}

	/**
	 * Return the JVM that runs the servers: the one of this process, unless the option
	 * {@code java} names the home of another one.
	 */
	static Path java() {
		return launcher(home());
	}

	private static Path home() {
		return Path.of(Options.text("java", System.getProperty("java.home")));
	}

	private static Path launcher(Path home) {
		return home.resolve(Path.of("bin", "java"));
	}

	/**
	 * Return a JVM that has virtual threads: that of {@link #java()}, or the newest that
	 * is installed where that one is, unless the option {@code newer-java} names the home
	 * of another one.
	 * @throws UnavailableException if there is none
	 */
	static Path newerJava() throws IOException, UnavailableException {
		Path home = Path.of(Options.text("newer-java", ""));
		int newest = VIRTUAL_THREADS_SINCE - 1;
		if (home.toString().isEmpty()) {
			Path own = home().toRealPath();
			try (Stream<Path> homes = Stream.concat(Stream.of(own), Files.list(own.resolveSibling(".")))) {
				for (Path candidate : homes.toList()) {
					if (feature(candidate) > newest) {
						newest = feature(candidate);
						home = candidate.normalize();
					}
				}
			}
		}
		if (home.toString().isEmpty()) {
			throw new UnavailableException("no JDK of version " + VIRTUAL_THREADS_SINCE
					+ " or newer beside this one; name its home by -Dbenchmark.newer-java=...");
		}
		return launcher(home);
	}

	private static int feature(Path home) throws IOException {
		Path release = home.resolve("release");
		if (!Files.isReadable(release) || !Files.isExecutable(launcher(home))) {
			return 0;
		}
		Matcher version = JAVA_VERSION.matcher(Files.readString(release));
		return version.find() ? Integer.parseInt(version.group(1)) : 0;
	}

	/**
	 * Return a Python that has asyncore.
	 * @throws UnavailableException if there is none
	 */
	static String python() throws IOException, UnavailableException {
		for (String python : PYTHONS) {
			if (Tools.succeeds(python, "-W", "ignore", "-c", "import asyncore")) {
				return python;
			}
		}
		throw new UnavailableException("none of " + PYTHONS + " has asyncore, which ended with Python 3.11");
	}

	/**
	 * Return what the comparison runs on, in short.
	 */
	static String describe() throws IOException {
		List<String> parts = new ArrayList<>();
		parts.add(LocalDate.now().toString());
		parts.add("Linux " + Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip());
		parts.add(processor());
		parts.add(javaVersion(java()));
		parts.addAll(libraries());
		parts.add(version("cc", "--version"));
		try {
			parts.add(javaVersion(newerJava()) + " for virtual threads");
			parts.add(version(python(), "--version"));
		}
		catch (UnavailableException ex) {
			// the report says what is left out
		}
		return String.join("; ", parts);
	}

	private static String processor() throws IOException {
		long count = Runtime.getRuntime().availableProcessors();
		for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
			if (line.startsWith("model name")) {
				return count + " × " + line.substring(line.indexOf(':') + 1).strip();
			}
		}
		return count + " processors";
	}

	private static List<String> libraries() {
		List<String> versions = new ArrayList<>();
		for (String library : LIBRARIES) {
			Pattern jar = Pattern.compile(".*/" + library + "-(\\d[^/]*)\\.jar");
			for (String element : System.getProperty("java.class.path").split(File.pathSeparator)) {
				Matcher matcher = jar.matcher(element);
				if (matcher.matches()) {
					versions.add(library + " " + matcher.group(1));
				}
			}
		}
		return versions;
	}

	private static String javaVersion(Path java) throws IOException {
		return version(java.toString(), "--version");
	}

	/**
	 * Return the first line that a program prints about itself.
	 */
	static String version(String... command) throws IOException {
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		try {
			process.waitFor(10, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		List<String> lines = output.lines().toList();
		return lines.isEmpty() ? command[0] : lines.get(0);
	}

}
