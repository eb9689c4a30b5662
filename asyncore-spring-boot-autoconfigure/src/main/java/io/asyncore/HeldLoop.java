package io.asyncore;

import java.util.ArrayList;
import java.util.List;

import io.asyncore.transport.Endpoint;
import io.asyncore.transport.Poller;
import org.jspecify.annotations.Nullable;

/**
 * What others do for a loop whose thread a handler holds: they close its channels, and
 * see to it that the system gets back what these have. Used by any thread but that of the
 * loop.
 */
final class HeldLoop {

	private final EventLoop loop;

	private final Poller poller;

	HeldLoop(EventLoop loop, Poller poller) {
		this.loop = loop;
		this.poller = poller;
	}

	/**
	 * Say whether a thread is in {@link System#exit}, which never returns.
	 */
	static boolean isExiting(@Nullable Thread thread) {
		if (thread == null) {
			return false;
		}
		for (StackTraceElement frame : thread.getStackTrace()) {
			if (frame.getClassName().equals("java.lang.Shutdown")) {
				return true;
			}
		}
		return false;
	}

	void closeListeners() {
		try {
			channels().stream().filter(Dispatcher::accepting).forEach(HeldLoop::close);
		}
		finally {
			this.poller.releaseFromElsewhere();
		}
	}

	void closeAll() {
		try {
			this.loop.arrivals().drop();
			channels().forEach(HeldLoop::close);
		}
		finally {
			this.poller.releaseFromElsewhere();
		}
	}

	// the one whose handler holds the loop comes last: its close() may wait for what that
	// handler holds
	private List<Dispatcher> channels() {
		List<Dispatcher> channels = new ArrayList<>(this.loop.map().channels());
		Dispatcher holding = this.loop.monitor().activity().channel();
		if (holding != null && channels.remove(holding)) {
			channels.add(holding);
		}
		return channels;
	}

	private static void close(Dispatcher channel) {
		channel.channel().shutDown();
	}

	void closeSockets() {
		for (Dispatcher channel : this.loop.map()) {
			Endpoint endpoint = channel.channel().endpoint();
			if (endpoint != null) {
				channel.channel().closeQuietly(endpoint);
			}
		}
		this.poller.releaseFromElsewhere();
	}

}
