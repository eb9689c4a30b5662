package io.asyncore;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import io.asyncore.transport.Endpoint;
import io.asyncore.transport.Filter;
import org.jspecify.annotations.Nullable;

/**
 * A protocol that has of that of TLS what matters to whoever carries it: both say hello
 * before there is data, which comes in records, and say when no more comes. A record is
 * one byte of its kind, two of its length, and the content.
 */
final class Records implements Filter {

	static final int MOST = 1000;

	static final char HELLO = 'H';

	static final char DATA = 'D';

	static final char END = 'E';

	static final char ALERT = 'A';

	private static final int HEAD = 3;

	// the beginning of the record that is coming, and the content of the one before it
	private final ByteBuffer in = ByteBuffer.allocate(HEAD + MOST);

	private ByteBuffer plain = ByteBuffer.allocate(0);

	private ByteBuffer out = ByteBuffer.allocate(0);

	// what the other's hello makes necessary before anything else
	private final @Nullable Runnable work;

	private @Nullable Runnable task;

	private final Duration patience;

	private volatile boolean open;

	private boolean helloReceived;

	private boolean ended;

	private boolean wireEnded;

	private boolean ending;

	private boolean endSent;

	// whether closing waits for the other's end
	private final boolean polite;

	private boolean closing;

	/** How often it was closed. */
	int closes;

	Records() {
		this(null, Duration.ofSeconds(5), false);
	}

	Records(@Nullable Runnable work, Duration patience, boolean polite) {
		this.work = work;
		this.patience = patience;
		this.polite = polite;
		put(HELLO, ByteBuffer.allocate(0));
	}

	static byte[] record(char kind, String content) {
		ByteBuffer record = ByteBuffer.allocate(HEAD + content.length());
		put(record, kind, ByteBuffer.wrap(content.getBytes(StandardCharsets.ISO_8859_1)));
		return record.array();
	}

	/**
	 * Return the kinds of the records, and the content of those with data.
	 */
	static Transcript read(byte[] wire) {
		StringBuilder kinds = new StringBuilder();
		ByteArrayOutputStream content = new ByteArrayOutputStream();
		ByteBuffer all = ByteBuffer.wrap(wire);
		while (all.remaining() >= HEAD) {
			char kind = (char) all.get();
			byte[] data = new byte[Math.min(all.getShort(), all.remaining())];
			all.get(data);
			if (kind == DATA) {
				content.writeBytes(data);
			}
			if (kind != DATA || kinds.isEmpty() || kinds.charAt(kinds.length() - 1) != DATA) {
				kinds.append(kind);
			}
		}
		return new Transcript(kinds.toString(), content.toByteArray());
	}

	private static void put(ByteBuffer target, char kind, ByteBuffer content) {
		target.put((byte) kind).putShort((short) content.remaining()).put(content);
	}

	private void put(char kind, ByteBuffer content) {
		ByteBuffer more = ByteBuffer.allocate(this.out.remaining() + HEAD + content.remaining());
		more.put(this.out);
		put(more, kind, content);
		this.out = more.flip();
	}

	@Override
	public void received(ByteBuffer wire) throws IOException {
		while (wire.hasRemaining() && !this.plain.hasRemaining() && this.task == null) {
			int head = HEAD - this.in.position();
			int missing = (head > 0) ? head : HEAD + this.in.getShort(1) - this.in.position();
			take(wire, missing);
			if (this.in.position() == HEAD && this.in.getShort(1) > MOST) {
				put(ALERT, ByteBuffer.allocate(0));
				throw new IOException("A record of " + this.in.getShort(1) + " bytes");
			}
			if (this.in.position() >= HEAD && this.in.position() == HEAD + this.in.getShort(1)) {
				complete();
			}
		}
	}

	private void take(ByteBuffer wire, int missing) {
		int count = Math.min(missing, wire.remaining());
		for (int i = 0; i < count; i++) {
			this.in.put(wire.get());
		}
	}

	private void complete() throws IOException {
		char kind = (char) this.in.get(0);
		ByteBuffer content = ByteBuffer.allocate(this.in.position() - HEAD).put(this.in.flip().position(HEAD)).flip();
		this.in.clear();
		switch (kind) {
			case HELLO -> greeted();
			case DATA -> this.plain = content;
			case END -> this.ended = true;
			default -> {
				put(ALERT, ByteBuffer.allocate(0));
				throw new IOException("Not a record: " + (int) kind);
			}
		}
	}

	private void greeted() {
		this.helloReceived = true;
		Runnable work = this.work;
		if (work == null) {
			this.open = true;
			return;
		}
		this.task = () -> {
			work.run();
			this.open = true;
		};
	}

	@Override
	public @Nullable Runnable task() {
		Runnable task = this.task;
		this.task = null;
		return task;
	}

	@Override
	public void receivedEnd() {
		this.wireEnded = true;
	}

	@Override
	public int read(ByteBuffer target) throws IOException {
		if (this.plain.hasRemaining()) {
			int count = Math.min(target.remaining(), this.plain.remaining());
			target.put(this.plain.slice().limit(count));
			this.plain.position(this.plain.position() + count);
			return count;
		}
		if (this.wireEnded && !this.ended) {
			throw new IOException("Cut off");
		}
		return this.ended ? -1 : 0;
	}

	@Override
	public int write(ByteBuffer source) {
		if ((ready() & Endpoint.WRITE) == 0) {
			return 0;
		}
		int count = Math.min(source.remaining(), MOST);
		put(DATA, source.slice().limit(count));
		source.position(source.position() + count);
		return count;
	}

	@Override
	public boolean transmit(ByteBuffer wire) {
		if (this.ending && this.open && !this.endSent) {
			this.endSent = true;
			put(END, ByteBuffer.allocate(0));
		}
		int count = Math.min(wire.remaining(), this.out.remaining());
		wire.put(this.out.slice().limit(count));
		this.out.position(this.out.position() + count);
		return this.out.hasRemaining();
	}

	@Override
	public void endOutput() {
		this.ending = true;
	}

	@Override
	public void endInput() {
		this.closing = true;
	}

	@Override
	public boolean awaitsInput() {
		if (this.wireEnded) {
			return false;
		}
		return this.closing ? this.polite && this.helloReceived && !this.ended : !this.helloReceived;
	}

	@Override
	public int ready() {
		boolean read = this.plain.hasRemaining() || this.ended || this.wireEnded;
		boolean write = this.open && !this.ending && !this.out.hasRemaining();
		return (read ? Endpoint.READ : 0) | (write ? Endpoint.WRITE : 0);
	}

	@Override
	public Duration patience() {
		return this.patience;
	}

	@Override
	public boolean isSecured() {
		return true;
	}

	@Override
	public void close() {
		this.closes++;
	}

	/**
	 * What has gone over a wire.
	 *
	 * @param kinds of the records, those of data that follow one another as one
	 * @param data the content of all of those
	 */
	record Transcript(String kinds, byte[] data) {

		String text() {
			return new String(this.data, StandardCharsets.ISO_8859_1);
		}

	}

}
