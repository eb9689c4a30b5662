package io.asyncore.benchmark.comparison;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;

import io.asyncore.EventLoop;
import io.asyncore.benchmark.Options;

/**
 * An earlier build of this library, to be compared with the present one: the option
 * {@code baseline}.
 *
 * @param classes the directory or jar of its classes
 */
record Baseline(Path classes) {

	private static final String OPTION = "baseline";

	private static final String ANY_CLASS = EventLoop.class.getName().replace('.', '/') + ".class";

	Baseline {
		if (!hasLibrary(classes)) {
			throw new IllegalArgumentException("'benchmark.baseline' must be a directory or jar with the classes of an "
					+ "earlier build of this library, and there is no " + ANY_CLASS + " in '" + classes + "'");
		}
	}

	static boolean isGiven() {
		return !Options.text(OPTION, "").isEmpty();
	}

	static Baseline ofOptions() {
		if (!isGiven()) {
			throw new IllegalArgumentException("Servers '...@baseline' need an earlier build of this library: name the "
					+ "directory or jar of its classes by -Dbenchmark.baseline=...");
		}
		return new Baseline(Path.of(Options.text(OPTION, "")).toAbsolutePath());
	}

	/**
	 * Return a class path with the earlier build in the place of the present one, whose
	 * classes and resources must not stand in for what the earlier one has not got.
	 */
	String replaceIn(String classPath) throws IOException {
		Path present = present();
		List<String> elements = new ArrayList<>();
		for (String element : classPath.split(File.pathSeparator)) {
			Path path = Path.of(element);
			elements.add((Files.exists(path) && Files.isSameFile(path, present)) ? this.classes.toString() : element);
		}
		if (!elements.contains(this.classes.toString())) {
			throw new IllegalStateException("The class path lacks " + present + ": " + classPath);
		}
		return String.join(File.pathSeparator, elements);
	}

	private static Path present() {
		try {
			return Path.of(EventLoop.class.getProtectionDomain().getCodeSource().getLocation().toURI());
		}
		catch (URISyntaxException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static boolean hasLibrary(Path classes) {
		if (!Files.isRegularFile(classes)) {
			return Files.exists(classes.resolve(ANY_CLASS));
		}
		try (JarFile jar = new JarFile(classes.toFile())) {
			return jar.getEntry(ANY_CLASS) != null;
		}
		catch (IOException ex) {
			// not a jar
			return false;
		}
	}

}
