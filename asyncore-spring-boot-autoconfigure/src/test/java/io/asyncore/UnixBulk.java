package io.asyncore;

import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Sends one gibibyte through a Unix domain socket to itself, and prints whether it has
 * arrived. To be run in a process with little memory.
 */
public final class UnixBulk extends Dispatcher {

	private static final long TOTAL = 1L << 30;

	private static final int PIECE = 64 * 1024;

	private final CRC32C hash = new CRC32C();

	private final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE).limit(0);

	private long count;

	private UnixBulk(ChannelMap map) {
		super(map);
	}

	public static void main(String[] args) throws Exception {
		Path folder = Files.createTempDirectory("bulk");
		UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("socket"));
		try {
			ChannelMap map = new ChannelMap();
			Sink sink = new Sink(map);
			sink.createSocket(StandardProtocolFamily.UNIX);
			sink.bind(address);
			sink.listen(1);
			UnixBulk source = new UnixBulk(map);
			source.createSocket(StandardProtocolFamily.UNIX);
			source.connect(address);
			Asyncore.loop(map);
			System.out.println(sink.count + " bytes, equal: " + (source.hash.getValue() == sink.hash.getValue()));
		}
		finally {
			Files.deleteIfExists(address.getPath());
			Files.delete(folder);
		}
	}

	@Override
	protected boolean writable() {
		return this.count < TOTAL || this.piece.hasRemaining();
	}

	@Override
	protected void handleWrite() throws Exception {
		if (!this.piece.hasRemaining()) {
			this.piece.clear();
			for (int i = 0; i < PIECE; i += Long.BYTES) {
				this.piece.putLong(i, (this.count + i) * 0x9E3779B97F4A7C15L);
			}
			this.hash.update(this.piece.duplicate());
			this.count += PIECE;
		}
		send(this.piece);
		if (!writable()) {
			close();
		}
	}

	/**
	 * Accepts one connection and reads it to its end.
	 */
	private static final class Sink extends Dispatcher {

		private final CRC32C hash = new CRC32C();

		private long count;

		Sink(ChannelMap map) {
			super(map);
		}

		@Override
		protected void handleAccepted(SocketChannel socket, SocketAddress address) throws Exception {
			// it listens no more, and receives
			setSocket(socket);
		}

		@Override
		protected void handleRead() throws Exception {
			byte[] data = recv(PIECE);
			this.hash.update(data);
			this.count += data.length;
		}

	}

}
