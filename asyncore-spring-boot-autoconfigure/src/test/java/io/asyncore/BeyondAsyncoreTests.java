package io.asyncore;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

import io.asyncore.transport.BufferPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * What dispatchers can do beyond asyncore: end one direction, send files, have input
 * pending, share buffers.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BeyondAsyncoreTests extends MapFixture {

	private static final int MIB = 1024 * 1024;

	@Test
	void shutdownOutputEndsOneDirection() throws IOException {
		Peer peer = peer();
		Loopback.Recorder channel = new Loopback.Recorder(peer.near(), this.map);
		channel.send(new byte[] { 'a' });
		channel.shutdownOutput();
		passUntil(() -> peer.poll().isEnded());
		assertThat(peer.text()).isEqualTo("a");
		peer.send("still heard");
		passUntil(() -> channel.received.toString().equals("still heard"));
		assertThat(channel.connected()).isTrue();
		assertThat(channel.events).containsOnly("read");
	}

	@Test
	void sendAfterShutdownOutputIsToldAsAClose() throws IOException {
		Peer peer = peer();
		Loopback.Recorder channel = new Loopback.Recorder(peer.near(), this.map);
		channel.shutdownOutput();
		channel.shutdownOutput();
		assertThat(channel.send(new byte[1])).isZero();
		peer.send("last").endOutput();
		passUntil(channel::closed);
		assertThat(channel.received).hasToString("last");
		assertThat(channel.events).endsWith("close").containsOnlyOnce("close");
	}

	@Test
	void shutdownOutputNeedsAConnection() throws IOException {
		Dispatcher channel = new Dispatcher(this.map);
		assertThatIllegalStateException().isThrownBy(channel::shutdownOutput)
			.withMessageContaining("shutdownOutput")
			.withMessageContaining("createSocket()");
		channel.createSocket();
		assertThatExceptionOfType(NotYetConnectedException.class).isThrownBy(channel::shutdownOutput);
		channel.close();
		assertThatIllegalStateException().isThrownBy(channel::shutdownOutput);
		channel.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(channel::shutdownOutput);
		channel.createSocket();
		channel.bind(Loopback.anyPort());
		channel.listen(1);
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(channel::shutdownOutput);
	}

	@Test
	void shutdownOutputWaitsForWhatIsQueued() throws IOException {
		Peer peer = Peer.withSmallBuffers();
		keep(peer);
		DispatcherWithSend channel = new DispatcherWithSend(peer.near(), this.map);
		byte[] data = random(4 * MIB);
		channel.send(data);
		assertThat(channel.outBuffered()).isPositive();
		channel.shutdownOutput();
		passUntil(() -> peer.poll().isEnded());
		assertThat(peer.bytes()).isEqualTo(data);
		assertThat(channel.connected()).isTrue();
		assertThat(channel.outBuffered()).isZero();
	}

	@Test
	void shutdownOutputOfASocketDoesNotConcernTheNext() throws IOException {
		Peer peer = Peer.withSmallBuffers();
		keep(peer);
		DispatcherWithSend channel = new DispatcherWithSend(peer.near(), this.map);
		channel.send(new byte[4 * MIB]);
		channel.shutdownOutput();
		Peer next = peer();
		channel.setSocket(next.near());
		channel.send(new byte[] { 'a' });
		passUntil(() -> next.poll().count() == 1);
		passes(5);
		assertThat(next.poll().isEnded()).isFalse();
	}

	@Test
	void sendsFilesAsFarAsTheSocketTakesThem(@TempDir Path directory) throws IOException {
		byte[] data = random(3 * MIB);
		Path path = Files.write(directory.resolve("f"), data);
		Peer peer = Peer.withSmallBuffers();
		keep(peer);
		try (FileChannel file = FileChannel.open(path)) {
			Loopback.Recorder channel = new Loopback.Recorder(peer.near(), this.map);
			long sent = channel.send(file, 10, data.length);
			assertThat(sent).isBetween(1L, (long) MIB);
			long position = 10 + sent;
			while (position < data.length) {
				position += channel.send(file, position, Long.MAX_VALUE);
				peer.poll();
			}
			passUntil(() -> peer.poll().count() == data.length - 10);
			assertThat(peer.bytes()).isEqualTo(Arrays.copyOfRange(data, 10, data.length));
			assertThat(channel.send(file, data.length, 1)).isZero();
			assertThat(channel.send(file, data.length + 100, 1)).isZero();
			assertThat(channel.send(file, 0, 0)).isZero();
			assertThat(file.position()).isZero();
			assertThat(channel.events).isEmpty();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "/proc/sys/kernel/ostype", "/sys/class/net/lo/mtu" })
	@EnabledOnOs(OS.LINUX)
	void sendsFilesWhoseSizeSaysNothingToTheirEnd(Path path) throws IOException {
		assumeThat(path).isReadable();
		String content = Files.readString(path);
		Peer peer = peer();
		Loopback.Recorder channel = new Loopback.Recorder(peer.near(), this.map);
		try (FileChannel file = FileChannel.open(path)) {
			assertThat(file.size()).isNotEqualTo(content.length());
			long position = 0;
			for (long sent = 1; sent > 0; position += sent) {
				sent = channel.send(file, position, Long.MAX_VALUE);
			}
			// a full socket would be something to wait for
			channel.channel().socket().setFull(false);
			assertThat(channel.send(file, position, Long.MAX_VALUE)).isZero();
			assertThat(channel.channel().socket().isFull()).isFalse();
		}
		passUntil(() -> peer.poll().count() >= content.length());
		assertThat(peer.text()).isEqualTo(content);
	}

	@Test
	void interruptThatIsPendingDoesNotCloseTheFile(@TempDir Path directory) throws IOException {
		Path path = Files.write(directory.resolve("f"), random(100));
		Peer peer = peer();
		Loopback.Recorder channel = new Loopback.Recorder(peer.near(), this.map);
		try (FileChannel file = FileChannel.open(path)) {
			Thread.currentThread().interrupt();
			long sent = channel.send(file, 0, 100);
			assertThat(Thread.interrupted()).isTrue();
			assertThat(sent).isEqualTo(100);
			assertThat(file.isOpen()).isTrue();
		}
	}

	@Test
	void fileSentToAPeerThatHasGoneIsTheEnd(@TempDir Path directory) throws Exception {
		Path path = Files.write(directory.resolve("f"), random(MIB));
		Peer peer = peer();
		try (FileChannel file = FileChannel.open(path)) {
			Loopback.Recorder channel = new Loopback.Recorder(peer.near(), this.map);
			peer.reset();
			Sockets.awaitReadable(peer.near());
			assertThat(channel.send(file, 0, MIB)).isZero();
			passUntil(channel::closed);
			assertThat(channel.events).containsExactly("read", "close");
			assertThat(channel.send(file, 0, MIB)).isZero();
		}
	}

	@Test
	void fileThatCannotBeReadIsNotThePeersFault(@TempDir Path directory) throws IOException {
		Path path = Files.write(directory.resolve("f"), random(10));
		Loopback.Recorder channel = new Loopback.Recorder(peer().near(), this.map);
		FileChannel closed = FileChannel.open(path);
		closed.close();
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> channel.send(closed, 0, 10));
		try (FileChannel writable = FileChannel.open(path, StandardOpenOption.WRITE)) {
			assertThatExceptionOfType(NonReadableChannelException.class)
				.isThrownBy(() -> channel.send(writable, 0, 10));
		}
		assertThat(channel.connected()).isTrue();
		assertThat(channel.events).isEmpty();
	}

	@Test
	void filesGoNowhereWithoutAConnection(@TempDir Path directory) throws IOException {
		Path path = Files.write(directory.resolve("f"), random(10));
		Dispatcher channel = new Dispatcher(this.map);
		try (FileChannel file = FileChannel.open(path)) {
			assertThat(channel.send(file, 0, 10)).isZero();
			channel.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
			assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> channel.send(file, 0, 10));
		}
	}

	@Test
	void pendingInputIsHandledWithoutNewInput() throws IOException {
		Pending channel = new Pending(peer(), this.map);
		channel.pending = 3;
		passUntil(() -> channel.pending == 0);
		int reads = channel.reads;
		passes(5);
		assertThat(reads).isEqualTo(3);
		assertThat(channel.reads).isEqualTo(3);
	}

	@Test
	void pendingInputWaitsUntilItIsWanted() throws IOException {
		Pending channel = new Pending(peer(), this.map);
		channel.wanted = false;
		channel.pending = 1;
		passes(5);
		assertThat(channel.reads).isZero();
		channel.wanted = true;
		passes(2);
		assertThat(channel.reads).isEqualTo(1);
	}

	@Test
	void pendingInputThatIsServedIsNotHeldBack() throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			Pending channel = new Pending(peer(), this.map);
			channel.pending = 10 * Brake.PATIENCE;
			passes(10 * Brake.PATIENCE);
			assertThat(channel.reads).isEqualTo(10 * Brake.PATIENCE);
			assertThat(log.warnings()).isEmpty();
		}
	}

	@Test
	void pendingInputThatIsLeftUnservedIsHeldBack() throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			// a pause of the brake is never over
			ChannelMap map = new MovableClock().map();
			Pending channel = new Pending(peer(), map);
			channel.pending = Integer.MAX_VALUE;
			channel.serving = false;
			for (int i = 0; i < 3 * Brake.PATIENCE; i++) {
				Loopback.onePass(map, false, Duration.ofMillis(1));
			}
			assertThat(channel.reads).isEqualTo(Brake.PATIENCE);
			assertThat(log.warnings()).singleElement().asString().contains("leaves its read events unserved");
		}
	}

	@Test
	void buffersOfTheLoopAreSharedButNotWhileTheyAreTaken() throws Exception {
		EventLoop loop = this.map.eventLoop();
		try (LoopThread thread = LoopThread.run(this.map)) {
			thread.call(() -> {
				ByteBuffer outer = loop.takeBuffer(100);
				assertThat(outer.isDirect()).isTrue();
				assertThat(outer.position()).isZero();
				assertThat(outer.limit()).isEqualTo(100);
				outer.order(ByteOrder.LITTLE_ENDIAN).putInt(42);
				ByteBuffer inner = loop.takeBuffer(BufferPool.CAPACITY);
				inner.putInt(43);
				assertThat(inner).isNotSameAs(outer);
				assertThat(outer.getInt(0)).isEqualTo(42);
				loop.giveBack(inner);
				loop.giveBack(outer);
				ByteBuffer again = loop.takeBuffer(0);
				assertThat(again.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
				assertThat(again.remaining()).isZero();
				outer.order(ByteOrder.BIG_ENDIAN).clear().putInt(44);
				inner.clear().putInt(44);
				assertThat(again.clear().getInt()).as("the same memory").isEqualTo(44);
				loop.giveBack(again);
				return null;
			});
		}
	}

	@Test
	void buffersOfOtherSizesAndThreadsAreTheCallersOwn() throws Exception {
		EventLoop loop = this.map.eventLoop();
		ByteBuffer elsewhere = loop.takeBuffer(100);
		assertThat(elsewhere.isDirect()).isFalse();
		assertThat(elsewhere.capacity()).isEqualTo(100);
		loop.giveBack(elsewhere);
		assertThatIllegalArgumentException().isThrownBy(() -> loop.takeBuffer(-1));
		try (LoopThread thread = LoopThread.run(this.map)) {
			thread.call(() -> {
				ByteBuffer large = loop.takeBuffer(BufferPool.CAPACITY + 1);
				assertThat(large.remaining()).isEqualTo(BufferPool.CAPACITY + 1);
				loop.giveBack(large);
				assertThat(loop.takeBuffer(10)).isNotSameAs(large);
				assertThatIllegalArgumentException().isThrownBy(() -> loop.takeBuffer(-1));
				assertThat(loop.takeBuffer(10).remaining()).isEqualTo(10);
				return null;
			});
		}
	}

	@Test
	void receivingInANestedLoopLeavesTheOuterBufferAlone() throws IOException {
		Peer outerPeer = peer();
		Peer innerPeer = peer();
		AtomicReference<String> outerText = new AtomicReference<>("");
		Loopback.Recorder inner = new Loopback.Recorder(innerPeer.near(), this.map);
		Dispatcher outer = new Dispatcher(outerPeer.near(), this.map) {

			@Override
			protected void handleRead() throws Exception {
				ByteBuffer buffer = map().eventLoop().takeBuffer(100);
				int count = recv(buffer);
				innerPeer.send("inner");
				Loopback.passUntil(map(), () -> inner.received.length() == 5);
				byte[] bytes = new byte[count];
				buffer.flip().get(bytes);
				outerText.set(new String(bytes, StandardCharsets.US_ASCII));
				map().eventLoop().giveBack(buffer);
			}

		};
		outerPeer.send("outer");
		passUntil(() -> !outerText.get().isEmpty());
		assertThat(outerText).hasValue("outer");
		assertThat(inner.received).hasToString("inner");
		assertThat(outer.connected()).isTrue();
	}

	private static byte[] random(int length) {
		byte[] data = new byte[length];
		new Random(length).nextBytes(data);
		return data;
	}

	private void passes(int count) throws IOException {
		for (int i = 0; i < count; i++) {
			Loopback.onePass(this.map, false, Duration.ofMillis(1));
		}
	}

	/**
	 * Has input that no socket has.
	 */
	private static final class Pending extends Dispatcher {

		private boolean wanted = true;

		private boolean serving = true;

		private int pending;

		private int reads;

		Pending(Peer peer, ChannelMap map) throws IOException {
			super(peer.near(), map);
		}

		@Override
		protected boolean readable() {
			return this.wanted;
		}

		@Override
		protected boolean writable() {
			return false;
		}

		@Override
		protected boolean inputPending() {
			return this.pending > 0;
		}

		@Override
		protected void handleRead() {
			this.reads++;
			if (this.serving) {
				this.pending--;
				eventServed();
			}
		}

	}

}
