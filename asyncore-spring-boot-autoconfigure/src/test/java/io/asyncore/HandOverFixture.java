package io.asyncore;

import java.io.IOException;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What tests of a {@link ServerDispatcher} need whose connections several loops share.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class HandOverFixture {

	private final List<Socket> clients = new ArrayList<>();

	final List<Greeter> greeters = new CopyOnWriteArrayList<>();

	final ChannelFactory factory = (socket, peer) -> greeter(new Greeter());

	final Greeter greeter(Greeter greeter) {
		this.greeters.add(greeter);
		return greeter;
	}

	@AfterEach
	void closeClients() throws IOException {
		for (Socket client : this.clients) {
			client.close();
		}
	}

	final List<Greeter> on(LoopGroup loops, int index) {
		return this.greeters.stream().filter((greeter) -> greeter.map() == loops.map(index)).toList();
	}

	static long rejected(LoopGroup loops, ServerDispatcher server, RejectReason reason) {
		return loops.group.loops()
			.stream()
			.mapToLong((loop) -> loop.monitor().group(server.channelName()).rejected(reason))
			.sum();
	}

	final Socket client(ServerDispatcher server) throws IOException {
		Socket client = Loopback.peer(server);
		this.clients.add(client);
		return client;
	}

	// until it is known to be served
	final void greet(ServerDispatcher server) throws IOException {
		Socket client = client(server);
		assertThat(client.getInputStream().read()).isEqualTo('!');
		client.getOutputStream().write('x');
		assertThat(client.getInputStream().read()).isEqualTo('x');
	}

	/**
	 * Notes on which loop it is called, greets, and sends back what it reads.
	 */
	static class Greeter extends DispatcherWithSend {

		final List<String> calls = new CopyOnWriteArrayList<>();

		Greeter() {
			note("made", "");
		}

		Greeter(SocketChannel socket) throws IOException {
			super(socket);
			note("made", "");
		}

		Greeter(SocketChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
			note("made", "");
		}

		private void note(String call, String state) {
			EventLoop loop = EventLoop.current();
			this.calls.add(call + " " + ((loop != null) ? loop.name() : "elsewhere") + state);
		}

		@Override
		protected void handleOpen() {
			note("opened", connected() ? " connected" : "");
			send(new byte[] { '!' });
		}

		@Override
		protected void handleRead() throws IOException {
			byte[] data = recv(1);
			if (data.length > 0) {
				note("read", "");
				send(data);
			}
		}

	}

}
