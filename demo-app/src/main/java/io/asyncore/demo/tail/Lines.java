package io.asyncore.demo.tail;

import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;

/**
 * Makes lines of what is read. A line that is too long is cut.
 */
class Lines {

	static final int LONGEST = 64 * 1024;

	private final Consumer<byte[]> receiver;

	private final ByteArrayOutputStream begun = new ByteArrayOutputStream();

	Lines(Consumer<byte[]> receiver) {
		this.receiver = receiver;
	}

	/**
	 * Pass on the lines that are complete now, each with its end.
	 */
	void add(byte[] data) {
		for (byte b : data) {
			this.begun.write(b);
			if (b == '\n') {
				pass();
			}
			else if (this.begun.size() == LONGEST) {
				this.begun.write('\n');
				pass();
			}
		}
	}

	private void pass() {
		byte[] line = this.begun.toByteArray();
		this.begun.reset();
		this.receiver.accept(line);
	}

}
