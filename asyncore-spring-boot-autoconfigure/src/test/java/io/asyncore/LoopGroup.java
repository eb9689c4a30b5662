package io.asyncore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Several loops, each run by a thread of its own until the test is done with them.
 */
final class LoopGroup implements AutoCloseable {

	final EventLoopGroup group;

	private final List<LoopThread> threads = new ArrayList<>();

	LoopGroup(int loops) throws InterruptedException {
		this(loops, ChannelDistribution.ROUND_ROBIN);
	}

	LoopGroup(int loops, ChannelDistribution distribution) throws InterruptedException {
		this.group = new EventLoopGroup(Stream.generate(() -> new ChannelMap().eventLoop()).limit(loops).toList(),
				distribution);
		for (int i = 0; i < loops; i++) {
			loop(i).setName("loop-" + i);
			this.threads.add(LoopThread.run(map(i)));
		}
	}

	EventLoop loop(int index) {
		return this.group.loops().get(index);
	}

	ChannelMap map(int index) {
		return loop(index).map();
	}

	LoopThread thread(int index) {
		return this.threads.get(index);
	}

	/**
	 * Make a server of the first loop that shares its connections, and open it.
	 */
	ServerDispatcher serve(ChannelFactory factory) throws Exception {
		return open(new ServerDispatcher(Loopback.anyPort(), factory, map(0)));
	}

	ServerDispatcher open(ServerDispatcher server) throws Exception {
		server.setEventLoopGroup(this.group);
		thread(0).call(() -> {
			loop(0).open(server);
			return null;
		});
		return server;
	}

	/**
	 * End one of the loops and wait until that is done.
	 */
	void end(int index) throws InterruptedException {
		loop(index).stop();
		thread(index).join();
	}

	/**
	 * Wait until all have done what they were given.
	 */
	void awaitPasses() throws InterruptedException {
		for (LoopThread thread : this.threads) {
			if (thread.isAlive()) {
				thread.awaitPass();
			}
		}
	}

	@Override
	public void close() throws IOException {
		closeChannels();
		for (LoopThread thread : this.threads) {
			loop(this.threads.indexOf(thread)).stop();
			assertThat(thread.thread()).satisfies((running) -> running.join(Loopback.BOUND.toMillis()))
				.matches((running) -> !running.isAlive());
		}
		closeChannels();
	}

	private void closeChannels() throws IOException {
		for (EventLoop loop : this.group.loops()) {
			Asyncore.closeAll(loop.map(), true);
		}
	}

}
