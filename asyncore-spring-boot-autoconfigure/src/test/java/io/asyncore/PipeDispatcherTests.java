package io.asyncore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.Pipe;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The ends of a pipe of this process as the sockets of dispatchers.
 */
@Timeout(60)
class PipeDispatcherTests {

	private final ChannelMap map = new ChannelMap();

	private Pipe pipe;

	@BeforeEach
	void openPipe() throws IOException {
		this.pipe = Pipe.open();
	}

	@AfterEach
	void closeAll() throws IOException {
		Asyncore.closeAll(this.map, true);
		this.pipe.source().close();
		this.pipe.sink().close();
	}

	@Test
	void carriesDataFromOneDispatcherToAnother() throws IOException {
		Scripted source = new Scripted(this.pipe.source(), this.map);
		Scripted sink = new Scripted(this.pipe.sink(), this.map);
		assertThat(source.connected()).isTrue();
		assertThat(source.socket()).isSameAs(this.pipe.source());
		assertThat(source.remoteAddress()).isNull();
		assertThat(source.localAddress()).isNull();
		assertThat(sink.send("text".getBytes())).isEqualTo(4);
		until(() -> source.received.length() == 4);
		sink.close();
		until(source::closed);
		assertThat(source.received).hasToString("text");
		assertThat(source.events).endsWith("close").doesNotContain("error", "write", "connect");
	}

	@Test
	void sendsWhatThePipeTakesAndGoesOnWhenThereIsRoom() throws IOException {
		int size = 1_000_000;
		Scripted source = new Scripted(this.map);
		AtomicInteger received = new AtomicInteger();
		source.on("read", (self) -> received.addAndGet(self.recv(10_000).length));
		source.setSocket(this.pipe.source());
		ByteBuffer left = ByteBuffer.allocate(size);
		Scripted sink = new Scripted(this.pipe.sink(), this.map).on("write", (self) -> self.send(left));
		sink.writable = left::hasRemaining;
		until(() -> received.get() == size);
		assertThat(sink.events).containsOnly("write");
	}

	@Test
	void whenTheSourceIsClosedTheSinkFindsItsPeerGone() throws IOException {
		Scripted sink = new Scripted(this.pipe.sink(), this.map);
		this.pipe.source().close();
		assertThat(sink.send(new byte[1])).isZero();
		assertThat(sink.events).containsExactly("close");
	}

	@Test
	void eachEndServesItsDirectionOnly() throws IOException {
		Scripted source = new Scripted(this.pipe.source(), this.map);
		Scripted sink = new Scripted(this.pipe.sink(), this.map);
		source.writable = () -> true;
		assertThatExceptionOfType(NonWritableChannelException.class).isThrownBy(() -> source.send(new byte[1]));
		assertThatExceptionOfType(NonReadableChannelException.class).isThrownBy(() -> sink.recv(1));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(source::setReuseAddr);
		sink.send(new byte[1]);
		until(() -> source.received.length() == 1);
		assertThat(source.events).containsOnly("read");
	}

	private void until(java.util.function.BooleanSupplier condition) throws IOException {
		Loopback.passUntil(this.map, condition);
	}

}
