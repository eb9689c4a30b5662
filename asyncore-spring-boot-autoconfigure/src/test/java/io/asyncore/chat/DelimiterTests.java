package io.asyncore.chat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * How a {@link Delimiter} is found.
 */
@Timeout(60)
class DelimiterTests {

	private final Random random = new Random(1);

	private String text(int alphabet, int length) {
		StringBuilder text = new StringBuilder();
		for (int i = 0; i < length; i++) {
			text.append((char) ('a' + this.random.nextInt(alphabet)));
		}
		return text.toString();
	}

	private static ByteBuffer buffer(String text) {
		return ByteBuffer.wrap(Conversation.bytes(text));
	}

	// what search() is to return
	private static int naive(String input, int from, String delimiter) {
		int found = input.indexOf(delimiter, from);
		if (found >= 0) {
			return found + delimiter.length();
		}
		int part = Math.min(delimiter.length() - 1, input.length() - from);
		while (!input.endsWith(delimiter.substring(0, part))) {
			part--;
		}
		return ~part;
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3, 26 })
	void isFoundWhereNaiveSearchFindsIt(int alphabet) {
		for (int i = 0; i < 20_000; i++) {
			String word = text(alphabet, 1 + this.random.nextInt(6));
			String input = text(alphabet, this.random.nextInt(40));
			int from = this.random.nextInt(input.length() + 1);
			assertThat(Delimiter.of(Conversation.bytes(word)).search(buffer(input), from, 0))
				.as("'%s' in '%s' from %d", word, input, from)
				.isEqualTo(naive(input, from, word));
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void searchGoesOnWhereItWasInterrupted(int alphabet) {
		for (int i = 0; i < 20_000; i++) {
			String word = text(alphabet, 1 + this.random.nextInt(6));
			String input = text(alphabet, this.random.nextInt(40));
			Delimiter delimiter = Delimiter.of(Conversation.bytes(word));
			ByteBuffer buffer = buffer(input);
			int result = ~0;
			for (int limit = 0; limit < input.length() && result < 0;) {
				int from = limit;
				limit = Math.min(input.length(), limit + 1 + this.random.nextInt(5));
				result = delimiter.search(buffer.limit(limit), from, ~result);
			}
			assertThat(result).as("'%s' in '%s'", word, input).isEqualTo(naive(input, 0, word));
		}
	}

	@Test
	void anyByteIsFoundAtAnyPosition() {
		for (int wanted = 0; wanted < 256; wanted++) {
			Delimiter delimiter = Delimiter.of(new byte[] { (byte) wanted });
			for (int position = 0; position < 20; position++) {
				ByteBuffer input = ByteBuffer.allocate(25);
				for (int i = 0; i < 25; i++) {
					// the neighbours of what is wanted are easily taken for it
					input.put(i, (byte) (wanted + ((i % 2 == 0) ? 1 : -1)));
				}
				input.put(position, (byte) wanted);
				assertThat(delimiter.search(input, 0, 0)).isEqualTo(position + 1);
				assertThat(delimiter.search(input, position + 1, 0)).isEqualTo(~0);
			}
		}
	}

	@Test
	void inputIsNotChangedAndMayBeOfAnyKind() {
		Delimiter delimiter = Delimiter.of(Conversation.bytes("\r\n"));
		byte[] bytes = Conversation.bytes("0123456789abcdef\r\nrest");
		ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip().position(3);
		assertThat(delimiter.search(direct, 3, 0)).isEqualTo(18);
		assertThat(direct.position()).isEqualTo(3);
		assertThat(direct.limit()).isEqualTo(bytes.length);
		ByteBuffer slice = ByteBuffer.wrap(bytes, 4, 16).slice().asReadOnlyBuffer();
		assertThat(delimiter.search(slice, 0, 0)).isEqualTo(14);
		assertThat(delimiter.search(ByteBuffer.wrap(bytes).limit(17), 0, 0)).as("not behind the limit").isEqualTo(~1);
		assertThat(delimiter.search(ByteBuffer.wrap(bytes), 17, 1)).isEqualTo(18);
		assertThat(delimiter.search(ByteBuffer.allocate(0), 0, 1)).isEqualTo(~1);
	}

	@Test
	void byteOrderOfTheInputDoesNotMatter() {
		Delimiter delimiter = Delimiter.of(Conversation.bytes("x"));
		ByteBuffer input = buffer("aaaaaaaaaaaxaaaaaaaax").order(ByteOrder.LITTLE_ENDIAN);
		assertThat(delimiter.search(input, 0, 0)).isEqualTo(12);
		assertThat(delimiter.search(input, 12, 0)).isEqualTo(21);
	}

	/**
	 * The search is given one byte at a time and nothing of those before, so it cannot
	 * look at them again: what could still take more than linear time is only how often
	 * it falls back, and it falls back no more often than it has gone forward.
	 */
	@Test
	void needsNothingOfWhatItHasSeen() {
		int length = 1000;
		Delimiter delimiter = Delimiter.of(Conversation.bytes("a".repeat(length) + "b"));
		ByteBuffer one = ByteBuffer.wrap(Conversation.bytes("a"));
		int matched = 0;
		for (int i = 1; i <= 100_000; i++) {
			matched = ~delimiter.search(one, 0, matched);
			if (matched != Math.min(i, length)) {
				throw new AssertionError("matched " + matched + " after " + i);
			}
		}
		assertThat(delimiter.search(ByteBuffer.wrap(Conversation.bytes("b")), 0, matched)).isEqualTo(1);
	}

	/**
	 * In quadratic time this would be 10<sup>12</sup> comparisons, hours of them.
	 */
	@Test
	void longDelimiterInAdverseInputIsFoundInTheTimeOfTheTest() {
		int length = 1_000_000;
		Delimiter delimiter = Delimiter.of(Conversation.bytes("a".repeat(length) + "b"));
		ByteBuffer input = buffer("a".repeat(3 * length) + "b");
		assertThat(delimiter.search(input, 0, 0)).isEqualTo(3 * length + 1);
		assertThat(delimiter.search(buffer("a".repeat(length - 1) + "b"), 0, 0)).isEqualTo(~0);
	}

	@Test
	void fallsBackToTheLongestBeginningThatStillMatches() {
		Delimiter delimiter = Delimiter.of(Conversation.bytes("aabaaab"));
		assertThat(delimiter.search(buffer("aabaabaaab"), 0, 0)).isEqualTo(10);
		assertThat(delimiter.search(buffer("aabaaa"), 0, 0)).isEqualTo(~6);
		assertThat(delimiter.search(buffer("aabaaaa"), 0, 0)).isEqualTo(~2);
		assertThat(delimiter.search(buffer("aabaab"), 0, 0)).isEqualTo(~3);
	}

	@Test
	void putsItsBeginningIntoBuffer() {
		ByteBuffer target = ByteBuffer.allocate(5);
		Delimiter.of(Conversation.bytes("abc")).putPrefix(target, 2);
		assertThat(target.flip()).isEqualTo(buffer("ab"));
	}

	@Test
	void isEqualByItsBytes() {
		Delimiter delimiter = Delimiter.of(Conversation.bytes("ab"));
		assertThat(delimiter).isEqualTo(Delimiter.of(Conversation.bytes("ab")))
			.hasSameHashCodeAs(Delimiter.of(Conversation.bytes("ab")))
			.isNotEqualTo(Delimiter.of(Conversation.bytes("abc")))
			.isNotEqualTo(Terminator.length(2))
			.isNotEqualTo(null);
		assertThat(delimiter.length()).isEqualTo(2);
	}

	@Test
	void bytesAreCopied() {
		byte[] bytes = Conversation.bytes("ab");
		Delimiter delimiter = Delimiter.of(bytes);
		bytes[0] = 'x';
		assertThat(delimiter).isEqualTo(Delimiter.of(Conversation.bytes("ab")));
	}

	@Test
	void isReadableInTheLog() {
		assertThat(Delimiter.of(Conversation.bytes("\r\n\t\\a~ \u007f\u0000\u00ff")))
			.hasToString("Delimiter[\\r\\n\\t\\\\a~\\x20\\x7F\\x00\\xFF]");
	}

	@Test
	void ofNothingIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> Terminator.delimiter(new byte[0]))
			.withMessage("A delimiter needs at least one byte; to collect all input, use Terminator.none()");
	}

	@Test
	void otherTerminatorsAreValues() {
		assertThat(Terminator.length(5)).isEqualTo(Terminator.length(5)).isNotEqualTo(Terminator.length(6));
		assertThat(Terminator.length(Long.MAX_VALUE)).hasToString("Length[bytes=" + Long.MAX_VALUE + "]");
		assertThat(Terminator.none()).isSameAs(Terminator.none()).hasToString("Unterminated");
		assertThatIllegalArgumentException().isThrownBy(() -> Terminator.length(-1)).withMessageContaining("-1");
	}

}
