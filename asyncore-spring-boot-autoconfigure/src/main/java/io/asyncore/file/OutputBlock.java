package io.asyncore.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Bytes that wait to be written, and where they may be cut. What is given in pieces of up
 * to {@link #RECORD} bytes is written in calls of at most as many, none of which ends
 * within a piece: others who write into the same pipe then come before or after it.
 */
public final class OutputBlock {

	/** What a system writes into a pipe in one go, on Linux. */
	public static final int RECORD = 4096;

	private static final int FEW_CUTS = 16;

	private final ByteBuffer data;

	// of what is stored nobody reads a part: it may be joined as one likes
	private final boolean joined;

	// where the parts end that are written by one call each
	private int[] cuts = new int[FEW_CUTS];

	private int parts;

	// where the last part begins, and whether it consists of records
	private int lastBegin;

	private boolean lastOfRecords;

	/**
	 * Create a new instance.
	 * @param data an empty buffer
	 * @param joined whether it may be cut anywhere
	 */
	OutputBlock(ByteBuffer data, boolean joined) {
		this.data = data;
		this.joined = joined;
	}

	/**
	 * Return how many bytes {@link #add} would take of so many: not just some of a
	 * record.
	 */
	int room(int length) {
		int room = this.data.remaining();
		return (length <= room) ? length : (length <= RECORD) ? 0 : room;
	}

	/**
	 * Take what there is room for.
	 * @return the number of bytes
	 */
	int add(ByteBuffer source) {
		int length = source.remaining();
		int count = room(length);
		if (count == 0) {
			return 0;
		}
		int begin = this.data.position();
		this.data.put(begin, source, source.position(), count).position(begin + count);
		source.position(source.position() + count);
		boolean record = length <= RECORD;
		if (!isContinued(record, begin + count)) {
			this.lastBegin = begin;
			this.lastOfRecords = record;
			if (this.parts == this.cuts.length) {
				this.cuts = Arrays.copyOf(this.cuts, 2 * this.parts);
			}
			this.parts++;
		}
		this.cuts[this.parts - 1] = begin + count;
		return count;
	}

	private boolean isContinued(boolean record, int end) {
		if (this.parts == 0) {
			return false;
		}
		return this.joined || (record == this.lastOfRecords && (!record || end - this.lastBegin <= RECORD));
	}

	/**
	 * Write all of it, and be empty again.
	 */
	void writeTo(Target target) throws IOException {
		this.data.rewind();
		try {
			for (int i = 0; i < this.parts; i++) {
				this.data.limit(this.cuts[i]);
				while (this.data.hasRemaining()) {
					target.write(this.data);
				}
			}
		}
		finally {
			this.data.clear();
			this.parts = 0;
		}
	}

	/**
	 * Where a part is written, by one call if it takes all.
	 */
	@FunctionalInterface
	interface Target {

		void write(ByteBuffer data) throws IOException;

	}

}
