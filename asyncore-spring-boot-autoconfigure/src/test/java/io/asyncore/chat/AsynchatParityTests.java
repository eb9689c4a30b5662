package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

import io.asyncore.Asyncore;
import io.asyncore.ChannelMap;
import io.asyncore.Loopback;
import io.asyncore.Peer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * What the asynchat of Python 3.11 is tested for, in both orders of delivery: a client
 * sends something to a server that gives it back in pieces.
 */
@Timeout(60)
@ParameterizedClass(name = "poll order: {0}")
@ValueSource(booleans = { false, true })
class AsynchatParityTests {

	private final boolean usePoll;

	private final ChannelMap map = new ChannelMap();

	private ServerSocketChannel server;

	private Client client;

	private Peer connection;

	AsynchatParityTests(boolean usePoll) {
		this.usePoll = usePoll;
	}

	@BeforeEach
	void connect() throws IOException {
		this.server = ServerSocketChannel.open().bind(Loopback.anyPort());
		this.client = new Client(this.map);
		this.client.createSocket();
		this.client.connect(this.server.getLocalAddress());
		SocketChannel accepted = this.server.accept();
		this.connection = Peer.of(accepted);
	}

	@AfterEach
	void close() throws IOException {
		Asyncore.closeAll(this.map, true);
		this.connection.close();
		this.server.close();
	}

	private void until(BooleanSupplier condition) throws IOException {
		Loopback.passUntil(this.map, this.usePoll, condition);
	}

	/**
	 * Wait for what the client sends, give it back in pieces that arrive one by one, and
	 * end the connection.
	 */
	private void echo(String expected, int pieceLength) throws IOException {
		until(() -> this.connection.poll().count() >= expected.length());
		assertThat(this.connection.text()).isEqualTo(expected);
		for (int i = 0; i < expected.length(); i += pieceLength) {
			String piece = expected.substring(i, Math.min(expected.length(), i + pieceLength));
			int arrived = this.client.received + piece.length();
			this.connection.send(piece);
			until(() -> this.client.received == arrived);
		}
		this.connection.close();
		until(this.map::isEmpty);
		assertThat(this.client.closed()).isTrue();
		assertThat(this.client.failures).isEmpty();
	}

	private void checkLines(String terminator, int pieceLength) throws IOException {
		this.client.setTerminator(terminator);
		this.client.push(Conversation.bytes("one "));
		this.client.push(Conversation.bytes("line" + terminator));
		this.client.push(Conversation.bytes("and another" + terminator));
		echo("one line" + terminator + "and another" + terminator, pieceLength);
		assertThat(this.client.frames).containsExactly("one line", "and another");
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void terminatorOfOneCharacterIsFound(int pieceLength) throws IOException {
		checkLines("\n", pieceLength);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void terminatorOfTwoCharactersIsFound(int pieceLength) throws IOException {
		checkLines("\r\n", pieceLength);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void terminatorOfThreeCharactersIsFound(int pieceLength) throws IOException {
		checkLines("qqq", pieceLength);
	}

	@Test
	void numericTerminatorOfOneIsFoundOnce() throws IOException {
		checkNumeric(1);
	}

	@Test
	void numericTerminatorOfSixIsFoundOnce() throws IOException {
		checkNumeric(6);
	}

	private void checkNumeric(int length) throws IOException {
		this.client.setTerminator(length);
		this.client.push("counted, and what follows is not\n");
		echo("counted, and what follows is not\n", 1);
		assertThat(this.client.frames).containsExactly("counted, and what follows is not\n".substring(0, length));
	}

	@Test
	void withoutTerminatorAllIsCollected() throws IOException {
		this.client.setTerminator(Terminator.none());
		this.client.push("no line\nends\n");
		echo("no line\nends\n", 1);
		assertThat(this.client.frames).isEmpty();
		assertThat(this.client.buffer.toString()).isEqualTo("no line\nends\n");
	}

	@Test
	void simpleProducerIsSentInPieces() throws IOException {
		this.client.setTerminator("\n");
		this.client.pushWithProducer(new SimpleProducer(Conversation.bytes("a first line\nand a second\n"), 8));
		echo("a first line\nand a second\n", 1);
		assertThat(this.client.frames).containsExactly("a first line", "and a second");
		assertThat(this.client.writes).containsExactly(8, 8, 8, 2);
	}

	@Test
	void simpleProducerOfUsualSizeIsSent() throws IOException {
		// in Python a string serves as producer; here that is a SimpleProducer
		this.client.setTerminator("\n");
		this.client.pushWithProducer(new SimpleProducer(Conversation.bytes("a first line\nand a second\n")));
		echo("a first line\nand a second\n", 1);
		assertThat(this.client.frames).containsExactly("a first line", "and a second");
	}

	@Test
	void emptyLineIsFrame() throws IOException {
		this.client.setTerminator("\n");
		this.client.push("before\n\nafter\n");
		echo("before\n\nafter\n", 1);
		assertThat(this.client.frames).containsExactly("before", "", "after");
	}

	@Test
	void closeWhenDoneSendsAndFindsNothingAnyMore() throws IOException {
		this.client.setTerminator("\n");
		this.client.push("one\ntwo\n");
		this.client.closeWhenDone();
		until(this.map::isEmpty);
		until(() -> this.connection.poll().isEnded());
		assertThat(this.connection.text()).isEqualTo("one\ntwo\n");
		this.connection.send("one\n");
		Loopback.onePass(this.map, this.usePoll, Duration.ZERO);
		assertThat(this.client.frames).isEmpty();
		assertThat(this.client.failures).isEmpty();
	}

	@Test
	void pushTakesArraysAndBuffers() throws IOException {
		this.client.setTerminator("\n");
		byte[] line = Conversation.bytes("bytes\n");
		this.client.push(line);
		this.client.push(ByteBuffer.wrap(line));
		this.client.push(ByteBuffer.allocateDirect(6).put(line).flip().asReadOnlyBuffer());
		echo("bytes\nbytes\nbytes\n", 1);
		assertThat(this.client.frames).containsExactly("bytes", "bytes", "bytes");
	}

	@Test
	void whenNothingIsThereHandleReadIsNoError() {
		assertThatCode(() -> {
			this.client.handleRead();
			until(this.client::connected);
			this.client.handleRead();
		}).doesNotThrowAnyException();
		assertThat(this.client.failures).isEmpty();
		assertThat(this.client.closed()).isFalse();
	}

	@Test
	void knowsHowMuchOfDelimiterInputEndsWith() {
		Delimiter delimiter = Delimiter.of(Conversation.bytes("\r\n"));
		assertThat(delimiter.search(ByteBuffer.wrap(Conversation.bytes("azerty\r")), 0, 0)).isEqualTo(~1);
		assertThat(delimiter.search(ByteBuffer.wrap(Conversation.bytes("azertyuiop")), 0, 0)).isEqualTo(~0);
	}

	@Test
	void negativeTerminatorIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> new Client(this.map).setTerminator(-1));
	}

	/**
	 * Keeps what it is given, as the client of the original does.
	 */
	private static final class Client extends AsyncChat {

		final StringBuilder buffer = new StringBuilder();

		final List<String> frames = new ArrayList<>();

		final List<Throwable> failures = new ArrayList<>();

		final List<Integer> writes = new ArrayList<>();

		private int received;

		Client(ChannelMap map) {
			super(map);
		}

		@Override
		public int recv(ByteBuffer data) throws IOException {
			int count = super.recv(data);
			this.received += Math.max(count, 0);
			return count;
		}

		@Override
		public int send(ByteBuffer data) throws IOException {
			int count = super.send(data);
			this.writes.add(count);
			return count;
		}

		@Override
		protected void collectIncomingData(ByteBuffer data) {
			this.buffer.append(StandardCharsets.ISO_8859_1.decode(data));
		}

		@Override
		protected void foundTerminator() {
			this.frames.add(this.buffer.toString());
			this.buffer.setLength(0);
		}

		@Override
		protected void handleError(Throwable failure) {
			this.failures.add(failure);
		}

	}

}
