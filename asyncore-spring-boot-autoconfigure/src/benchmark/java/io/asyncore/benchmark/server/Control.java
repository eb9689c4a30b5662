package io.asyncore.benchmark.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.sun.management.ThreadMXBean;
import org.slf4j.LoggerFactory;

/**
 * What all the servers have in common: they print {@code PORT n}, answer commands on
 * standard input and end with it.
 * <ul>
 * <li>{@code stat} is answered by {@code STAT n}, the bytes that all threads but the one
 * which answers have allocated so far.</li>
 * <li>{@code heap} is answered by {@code HEAP n}, the bytes in use after full
 * collections.</li>
 * </ul>
 */
final class Control {

	/**
	 * How many connections may wait to be accepted.
	 */
	static final int BACKLOG = 1024;

	/**
	 * What is read at a time, by servers that are not told otherwise.
	 */
	static final int READ_SIZE = 64 * 1024;

	private static final int COLLECTIONS = 4;

	private final PrintStream answers = System.out;

	/**
	 * To be created first of all: what others print goes to the error output from then
	 * on, only warnings are logged, and any thread that dies ends the process.
	 */
	Control() {
		System.setOut(System.err);
		// else it logs each message, with some of them
		((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
		Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
			failure.printStackTrace();
			Runtime.getRuntime().halt(1);
		});
	}

	/**
	 * Run a server on a thread of its own.
	 */
	void start(Body server) {
		new Thread(() -> {
			try {
				server.run();
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		}, "server").start();
	}

	/**
	 * Say where the server listens, answer commands, and end the process with its input.
	 */
	void listening(int port) throws IOException {
		this.answers.println("PORT " + port);
		BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
		for (String command = commands.readLine(); command != null; command = commands.readLine()) {
			switch (command) {
				case "stat" -> this.answers.println("STAT " + allocated());
				case "heap" -> this.answers.println("HEAP " + live());
				default -> throw new IllegalArgumentException("Not a command: " + command);
			}
		}
		// what is open is not worth closing
		Runtime.getRuntime().halt(0);
	}

	/**
	 * Say that this server cannot run here, and end the process.
	 */
	void unavailable(String reason) {
		this.answers.println("UNAVAILABLE " + reason);
		Runtime.getRuntime().halt(0);
	}

	private static long allocated() {
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long own = Thread.currentThread().getId();
		long bytes = 0;
		for (long id : threads.getAllThreadIds()) {
			bytes += (id != own) ? Math.max(0, threads.getThreadAllocatedBytes(id)) : 0;
		}
		return bytes;
	}

	private static long live() {
		for (int i = 0; i < COLLECTIONS; i++) {
			System.gc();
		}
		return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
	}

	/**
	 * What a server does until the process ends.
	 */
	interface Body {

		void run() throws IOException;

	}

}
