package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.asyncore.Asyncore;
import io.asyncore.ChannelMap;

/**
 * A protocol, some input and how it comes in: what a chat makes of it is compared with
 * what {@link ReferenceParser} makes of all of it at once.
 *
 * @param terminators the first terminator, and those set each time one was found, where
 * {@code null} leaves it as it is
 * @param maxFrameLength the maximum
 * @param ownCollector whether there is a collector that keeps everything
 * @param inLoop whether the loop is running, which then has a buffer of its own
 * @param chunks how much each read gets, over and over again
 * @param interruptions what else each hook does
 * @param input the input, of ISO-8859-1
 */
record FramingCase(List<Terminator> terminators, int maxFrameLength, boolean ownCollector, boolean inLoop,
		List<Integer> chunks, List<Interruption> interruptions, String input) {

	/**
	 * Compare the frames.
	 */
	void verifyFrames() {
		List<String> expected = new ReferenceParser(this).parse();
		List<String> actual = run(new FramingChat(this, new ChannelMap()));
		if (expected.contains(ReferenceParser.OVERFLOW)) {
			// how much of it is dropped depends on how it comes in
			actual = new ArrayList<>(actual.subList(0, Math.min(expected.size(), actual.size())));
			actual.replaceAll((event) -> event.equals(ReferenceParser.TOO_LONG) ? ReferenceParser.OVERFLOW : event);
			expected.replaceAll((event) -> event.equals(ReferenceParser.TOO_LONG) ? ReferenceParser.OVERFLOW : event);
		}
		if (!expected.equals(actual)) {
			throw new AssertionError(this + "\nexpected " + expected + "\nbut was  " + actual);
		}
	}

	/**
	 * Check that each byte of the input is either collected or part of a delimiter that
	 * was found, in the order of the input, also when the terminators are set from
	 * outside between the reads.
	 */
	void verifyNothingIsLost() {
		FramingChat chat = new FramingChat(this, new ChannelMap());
		chat.setsFromOutside = true;
		run(chat);
		if (!this.input.equals(chat.seen.toString())) {
			throw new AssertionError(this + "\nhas become " + chat.seen);
		}
	}

	private List<String> run(FramingChat chat) {
		if (!this.inLoop) {
			chat.drive();
			return chat.events;
		}
		List<Throwable> failures = new ArrayList<>();
		chat.map().eventLoop().execute(() -> {
			try {
				chat.drive();
			}
			catch (Throwable ex) {
				failures.add(ex);
			}
		});
		try {
			Asyncore.poll(Duration.ZERO, chat.map());
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		if (!failures.isEmpty()) {
			throw new AssertionError(this.toString(), failures.get(0));
		}
		return chat.events;
	}

	/**
	 * What a hook does besides its work.
	 */
	enum Interruption {

		/** Nothing. */
		NONE,

		/** It wants no input for a while. */
		PAUSE,

		/** It fails, and the channel stays open. */
		FAIL,

		/** It runs the loop, which reads. */
		READ

	}

	/**
	 * Receives the chunks, without a socket.
	 */
	static final class FramingChat extends AsyncChat {

		final List<String> events = new ArrayList<>();

		final StringBuilder seen = new StringBuilder();

		boolean setsFromOutside;

		private final FramingCase framing;

		private final byte[] input;

		private final StringBuilder collected = new StringBuilder();

		private int position;

		private int reads;

		private int found;

		private int hooks;

		private int depth;

		private boolean paused;

		FramingChat(FramingCase framing, ChannelMap map) {
			super(map);
			this.framing = framing;
			this.input = framing.input().getBytes(StandardCharsets.ISO_8859_1);
			setMaxFrameLength(framing.maxFrameLength());
			setTerminator(framing.terminators().get(0));
		}

		void drive() {
			read();
			if (this.setsFromOutside) {
				// a part of a delimiter may still be pending
				this.framing.terminators().stream().forEach((ignored) -> setTerminator(Terminator.none()));
				this.found = Integer.MAX_VALUE / 2;
				read();
				return;
			}
			attempt(this::inputEnded);
			String rest = this.framing.ownCollector() ? this.collected.toString()
					: takeIncoming(StandardCharsets.ISO_8859_1);
			this.events.add("rest " + rest);
		}

		private void read() {
			int limit = 100 + 20 * (this.input.length + this.framing.terminators().size());
			while (this.position < this.input.length || inputPending()) {
				if (limit-- == 0) {
					throw new AssertionError("There is no end to it: " + this.framing);
				}
				if (!readable()) {
					this.paused = false;
				}
				readOnce();
				if (this.setsFromOutside && ++this.found < this.framing.terminators().size()) {
					set(this.found);
				}
			}
		}

		private void readOnce() {
			attempt(this::handleRead);
		}

		private void attempt(Step step) {
			try {
				step.run();
			}
			catch (FrameTooLongException ex) {
				this.collected.setLength(0);
				this.events.add(ReferenceParser.TOO_LONG);
			}
			catch (Planned ex) {
				// stays open
			}
			catch (Exception ex) {
				throw new AssertionError(this.framing.toString(), ex);
			}
		}

		@Override
		public int recv(ByteBuffer buffer) {
			List<Integer> chunks = this.framing.chunks();
			int count = chunks.get(this.reads++ % chunks.size());
			count = Math.min(Math.min(count, buffer.remaining()), this.input.length - this.position);
			buffer.put(this.input, this.position, count);
			this.position += count;
			return count;
		}

		@Override
		protected boolean readable() {
			return !this.paused && super.readable();
		}

		@Override
		protected void collectIncomingData(ByteBuffer data) throws Exception {
			String text = StandardCharsets.ISO_8859_1.decode(data.duplicate()).toString();
			if (text.isEmpty()) {
				throw new AssertionError("Called with nothing: " + this.framing);
			}
			this.seen.append(text);
			if (this.framing.ownCollector()) {
				this.collected.append(text);
			}
			else {
				super.collectIncomingData(data);
			}
			interrupt();
		}

		@Override
		protected void foundTerminator() throws Exception {
			if (terminator() instanceof Delimiter delimiter) {
				ByteBuffer bytes = ByteBuffer.allocate(delimiter.length());
				delimiter.putPrefix(bytes, delimiter.length());
				this.seen.append(StandardCharsets.ISO_8859_1.decode(bytes.flip()));
			}
			String frame = this.framing.ownCollector() ? this.collected.toString()
					: takeIncoming(StandardCharsets.ISO_8859_1);
			this.collected.setLength(0);
			this.events.add("frame " + frame);
			if (++this.found < this.framing.terminators().size()) {
				set(this.found);
			}
			interrupt();
		}

		private void set(int index) {
			Terminator terminator = this.framing.terminators().get(index);
			if (terminator != null) {
				setTerminator(terminator);
			}
		}

		private void interrupt() throws Planned {
			List<Interruption> interruptions = this.framing.interruptions();
			if (interruptions.isEmpty()) {
				return;
			}
			switch (interruptions.get(this.hooks++ % interruptions.size())) {
				case NONE -> {
				}
				case PAUSE -> this.paused = true;
				case FAIL -> throw new Planned();
				case READ -> readNested();
			}
		}

		private void readNested() {
			// as the loop does
			if (this.depth < 3 && readable() && (this.position < this.input.length || inputPending())) {
				this.depth++;
				readOnce();
				this.depth--;
			}
		}

	}

	@FunctionalInterface
	private interface Step {

		void run() throws Exception;

	}

	/**
	 * The failure of a hook.
	 */
	@SuppressWarnings("serial")
	private static final class Planned extends Exception {

		Planned() {
			super("as planned", null, false, false);
		}

	}

}
