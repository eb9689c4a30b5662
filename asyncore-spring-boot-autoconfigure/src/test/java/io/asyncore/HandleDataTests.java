package io.asyncore;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@link Dispatcher#handleData}: point 16 of the contract.
 */
@Timeout(60)
class HandleDataTests extends MapFixture {

	@Test
	void isGivenWhatOneReadHasReceived() throws IOException {
		Peer peer = peer();
		Recording channel = new Recording(peer, this.map);
		peer.send("first");
		Loopback.passUntil(this.map, () -> channel.pieces.size() == 1);
		peer.send("second");
		Loopback.passUntil(this.map, () -> channel.pieces.size() == 2);
		assertThat(channel.pieces).containsExactly("first", "second");
	}

	@Test
	void isGivenMuchAtATimeInABufferOfTheLoop() throws IOException {
		Peer peer = peer();
		List<Integer> sizes = new ArrayList<>();
		List<ByteBuffer> buffers = new ArrayList<>();
		new Dispatcher(peer.near(), this.map) {

			@Override
			protected void handleData(ByteBuffer data) {
				sizes.add(data.remaining());
				buffers.add(data);
				assertThat(data.isDirect()).isTrue();
			}

		};
		peer.send(new byte[1024 * 1024]);
		Loopback.passUntil(this.map, () -> {
			peer.poll();
			return sizes.stream().mapToInt(Integer::intValue).sum() == 1024 * 1024;
		});
		assertThat(sizes).allMatch((size) -> size > 0 && size <= 256 * 1024).anyMatch((size) -> size > 65536);
		assertThat(buffers).allMatch((buffer) -> buffer.capacity() == 256 * 1024);
	}

	@Test
	void whatIsNotConsumedIsDropped() throws IOException {
		Peer peer = peer();
		List<Byte> firsts = new ArrayList<>();
		new Dispatcher(peer.near(), this.map) {

			@Override
			protected void handleData(ByteBuffer data) {
				firsts.add(data.get());
			}

		};
		peer.send("ab");
		Loopback.passUntil(this.map, () -> firsts.size() == 1);
		peer.send("cd");
		Loopback.passUntil(this.map, () -> firsts.size() == 2);
		assertThat(firsts).containsExactly((byte) 'a', (byte) 'c');
	}

	@Test
	void isNotCalledWithNothingAtTheEndOfTheStream() throws IOException {
		Peer peer = peer();
		Recording channel = new Recording(peer, this.map);
		peer.send("all").endOutput();
		Loopback.passUntil(this.map, channel::closed);
		assertThat(channel.pieces).containsExactly("all");
		assertThat(channel.closes).isEqualTo(1);
	}

	@Test
	void whenItFailsTheChannelIsToldAndTheBufferServesOthers() throws IOException {
		Peer failing = peer();
		Peer other = peer();
		List<Throwable> failures = new ArrayList<>();
		Dispatcher channel = new Dispatcher(failing.near(), this.map) {

			@Override
			protected void handleData(ByteBuffer data) {
				throw new IllegalStateException("refused");
			}

			@Override
			protected void handleError(Throwable failure) {
				failures.add(failure);
				close();
			}

		};
		Recording neighbour = new Recording(other, this.map);
		failing.send("x");
		Loopback.passUntil(this.map, channel::closed);
		other.send("y");
		Loopback.passUntil(this.map, () -> !neighbour.pieces.isEmpty());
		assertThat(failures).singleElement().isInstanceOf(IllegalStateException.class);
		assertThat(neighbour.pieces).containsExactly("y");
	}

	@Test
	void whenItRunsTheLoopItsDataStaysAsItIs() throws IOException {
		Peer first = peer();
		Peer second = peer();
		Recording inner = new Recording(second, this.map);
		List<String> seen = new ArrayList<>();
		new Dispatcher(first.near(), this.map) {

			@Override
			protected void handleData(ByteBuffer data) throws IOException {
				Loopback.passUntil(HandleDataTests.this.map, () -> !inner.pieces.isEmpty());
				seen.add(StandardCharsets.ISO_8859_1.decode(data).toString());
			}

		};
		first.send("outer");
		second.send("inner");
		Loopback.passUntil(this.map, () -> !seen.isEmpty());
		assertThat(seen).containsExactly("outer");
		assertThat(inner.pieces).containsExactly("inner");
	}

	@Test
	void whenHandleReadIsOverriddenTooIsLeftToIt() throws IOException {
		Peer peer = peer();
		List<String> events = new ArrayList<>();
		new Recording(peer, this.map) {

			@Override
			protected void handleRead() throws Exception {
				events.add("read");
				super.handleRead();
			}

		};
		peer.send("x");
		Loopback.passUntil(this.map, () -> !events.isEmpty());
		assertThat(events).containsExactly("read");
	}

	@Test
	void whenRecvIsOverriddenIsGivenWhatThatReturns() throws IOException {
		Peer peer = peer();
		Recording channel = new Recording(peer, this.map) {

			@Override
			public int recv(ByteBuffer buffer) throws IOException {
				int count = super.recv(buffer);
				for (int i = 0; i < count; i++) {
					buffer.put(i, (byte) Character.toUpperCase(buffer.get(i)));
				}
				return count;
			}

		};
		peer.send("quiet");
		Loopback.passUntil(this.map, () -> !channel.pieces.isEmpty());
		assertThat(channel.pieces).containsExactly("QUIET");
	}

	@Test
	void isGivenOneDatagramAtATime() throws IOException {
		Recording channel = new Recording(this.map);
		channel.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		channel.bind(Loopback.anyPort());
		try (DatagramChannel sender = DatagramChannel.open()) {
			InetSocketAddress target = new InetSocketAddress("127.0.0.1", Loopback.port(channel));
			sender.send(ByteBuffer.wrap("one".getBytes()), target);
			sender.send(ByteBuffer.wrap("two".getBytes()), target);
			Loopback.passUntil(this.map, () -> channel.pieces.size() == 2);
		}
		assertThat(channel.pieces).containsExactly("one", "two");
	}

	@Test
	void anEchoIsOneLine() throws IOException {
		Peer peer = peer();
		new DispatcherWithSend(peer.near(), this.map) {

			@Override
			protected void handleData(ByteBuffer data) {
				send(data);
			}

		};
		byte[] data = new byte[3 * 1024 * 1024];
		new java.util.Random(1).nextBytes(data);
		peer.send(data);
		Loopback.passUntil(this.map, () -> peer.poll().count() == data.length);
		assertThat(peer.bytes()).isEqualTo(data);
	}

	private static class Recording extends Dispatcher {

		final List<String> pieces = new ArrayList<>();

		int closes;

		Recording(ChannelMap map) {
			super(map);
		}

		Recording(Peer peer, ChannelMap map) throws IOException {
			super(peer.near(), map);
		}

		@Override
		protected void handleData(ByteBuffer data) throws Exception {
			this.pieces.add(StandardCharsets.ISO_8859_1.decode(data).toString());
		}

		@Override
		protected void handleClose() throws Exception {
			this.closes++;
			super.handleClose();
		}

	}

}
