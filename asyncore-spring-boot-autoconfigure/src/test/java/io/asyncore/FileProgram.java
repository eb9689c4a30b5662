package io.asyncore;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import io.asyncore.file.ControllingTerminal;
import io.asyncore.file.LateFile;

/**
 * A program with files in its loop, which does what the property {@code task} says.
 */
public final class FileProgram {

	private FileProgram() {
	}

	public static void main(String[] args) throws Exception {
		switch (System.getProperty("task")) {
			case "write" -> write(Path.of(System.getProperty("fifo")));
			case "abandon" -> abandon(Path.of(System.getProperty("fifo")));
			case "input" -> input();
			case "terminal" -> terminal(Path.of(System.getProperty("fifo")));
			case "wait" -> waitForInput();
			case "busy-output" -> busyOutput(Path.of(System.getProperty("fifo")));
			case "share" -> share();
			case "share-input" -> shareInput();
			case "digest" -> digest(Path.of(System.getProperty("fifo")));
			case "fill" -> fill(Path.of(System.getProperty("fifo")), Long.getLong("size"));
			default -> throw new IllegalArgumentException(System.getProperty("task"));
		}
	}

	// ends with much that is taken and not written
	private static void write(Path fifo) throws IOException {
		try (FileDispatcher file = new FileDispatcher(fifo, StandardOpenOption.WRITE)) {
			int left = 100_000;
			while (left > 0) {
				left -= file.send(new byte[left]);
			}
		}
		System.out.println("closed");
	}

	// ends while a file is read
	private static void abandon(Path fifo) throws IOException {
		FileDispatcher file = new FileDispatcher(fifo);
		Asyncore.poll(Duration.ofMillis(100), file.map());
		System.out.println("done");
	}

	// says what comes by standard input, and whether that stays open
	private static void input() throws IOException {
		StringBuilder received = new StringBuilder();
		FileDispatcher file = new FileDispatcher(System.in) {

			@Override
			protected void handleRead() throws Exception {
				received.append(new String(recv(1000), StandardCharsets.ISO_8859_1));
				if (received.toString().contains("stop")) {
					close();
				}
			}

			@Override
			protected void handleClose() {
				received.append("END");
				close();
			}

		};
		Asyncore.loop(file.map());
		System.out.println(received.toString().strip().replaceAll("\\s+", " "));
		System.out.println(threads());
		System.out.println(rest());
	}

	// reads a terminal, and says when it has begun with that
	private static void terminal(Path path) throws IOException {
		FileDispatcher file = new FileDispatcher(path);
		while (!isReading()) {
			Asyncore.poll(Duration.ofMillis(1), file.map());
		}
		System.out.println("opened " + path);
		// without the signal that its end would be
		Runtime.getRuntime().halt(0);
	}

	// it, and not the status of this process
	private static boolean isReading() {
		return Thread.getAllStackTraces()
			.values()
			.stream()
			.map((stack) -> Arrays.stream(stack).map(StackTraceElement::getClassName).toList())
			.anyMatch((classes) -> classes.contains("sun.nio.ch.FileChannelImpl")
					&& classes.contains(LateFile.class.getName())
					&& !classes.contains(ControllingTerminal.class.getName()));
	}

	// says when it waits for something to come, and then what has come
	private static void waitForInput() throws IOException {
		StringBuilder received = new StringBuilder();
		FileDispatcher file = new FileDispatcher(System.in) {

			@Override
			protected void handleRead() throws Exception {
				received.append(new String(recv(1000), StandardCharsets.ISO_8859_1).strip());
			}

			@Override
			protected void handleClose() {
				received.append("END");
				close();
			}

		};
		while (received.length() == 0 && !isPausing()) {
			Asyncore.poll(Duration.ofMillis(1), file.map());
		}
		System.out.println(received.append("waiting "));
		Asyncore.loop(file.map());
		System.out.println(received);
	}

	// makes a file when nobody has taken all that it writes
	private static void busyOutput(Path marker) throws IOException {
		byte[] data = new byte[1_000_000];
		new Random(1).nextBytes(data);
		ByteBuffer left = ByteBuffer.wrap(data);
		OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out));
		FileDispatcher file = new FileDispatcher(out) {

			@Override
			protected void handleWrite() throws Exception {
				send(left);
				if (!left.hasRemaining()) {
					close();
				}
			}

		};
		while (!isPausing()) {
			Asyncore.poll(Duration.ofMillis(1), file.map());
		}
		Files.writeString(marker, "full");
		Asyncore.loop(file.map());
	}

	private static boolean isPausing() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.anyMatch((thread) -> thread.getName().startsWith("asyncore-file-")
					&& thread.getState() == Thread.State.TIMED_WAITING);
	}

	// writes lines in turn in all the ways there are
	private static void share() throws IOException {
		FileWrapper out = new FileWrapper(1);
		FileDispatcher file = new FileDispatcher(1);
		FileWrapper err = new FileWrapper(2);
		Thread.currentThread().interrupt();
		for (int i = 0; i < 3; i++) {
			System.out.println("System.out " + i);
			out.write(("wrapper " + i + "\n").getBytes());
			file.send(("dispatcher " + i + "\n").getBytes());
			while (file.outBuffered() > 0) {
				Thread.yield();
			}
			err.send(("error " + i + "\n").getBytes());
		}
		out.close();
		file.close();
		err.close();
		System.out.println("end");
		if (out.fileno() != -1 || System.out.checkError()) {
			throw new IOException("closed");
		}
	}

	// reads lines of four bytes in turn in all the ways there are
	private static void shareInput() throws IOException {
		System.out.println(new String(new FileInputStream(FileDescriptor.in).readNBytes(4)).strip());
		try (FileWrapper in = new FileWrapper(0)) {
			System.out.println(new String(in.recv(4)).strip());
		}
		System.out.println(new String(System.in.readNBytes(4)).strip());
	}

	// says what all that comes adds up to
	private static void digest(Path fifo) throws Exception {
		MessageDigest digest = MessageDigest.getInstance("SHA-1");
		ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
		FileDispatcher file = new FileDispatcher(fifo) {

			@Override
			protected void handleRead() throws Exception {
				recv(buffer.clear());
				digest.update(buffer.flip());
			}

			@Override
			protected void handleClose() {
				close();
			}

		};
		Asyncore.loop(file.map());
		System.out.println(HexFormat.of().formatHex(digest.digest()));
	}

	// sends something that is different everywhere, and says what it adds up to
	private static void fill(Path fifo, long size) throws Exception {
		MessageDigest digest = MessageDigest.getInstance("SHA-1");
		ByteBuffer block = ByteBuffer.allocate(64 * 1024).limit(0);
		FileDispatcher file = new FileDispatcher(fifo, StandardOpenOption.WRITE) {

			private long sent;

			@Override
			protected void handleWrite() throws Exception {
				if (!block.hasRemaining()) {
					digest.update(block.clear().putLong(0, this.sent));
					block.rewind();
				}
				this.sent += send(block);
				if (this.sent == size) {
					close();
				}
			}

		};
		Asyncore.loop(file.map());
		System.out.println(HexFormat.of().formatHex(digest.digest()));
	}

	private static long threads() {
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
		long count = count();
		while (count > 0 && System.nanoTime() < end) {
			Thread.yield();
			count = count();
		}
		return count;
	}

	private static long count() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("asyncore-file-"))
			.count();
	}

	private static String rest() {
		try {
			return (System.in.available() >= 0) ? "open" : "?";
		}
		catch (IOException ex) {
			return "closed";
		}
	}

}
