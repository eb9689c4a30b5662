package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.function.Supplier;

import io.asyncore.loop.LoopEngine;
import io.asyncore.transport.Endpoint;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of channels, in a line each for who has to find out about one of them: an
 * accept, a connect, a time-out, a limit, a close. At level DEBUG, and all by one logger,
 * whatever the classes of the channels. Throws nothing. May be used by any thread.
 */
final class Trail {

	private static final Logger logger = LoggerFactory.getLogger("io.asyncore.channel");

	private Trail() {
	}

	static void accepted(Subject listener, SocketAddress peer) {
		tell("accept", listener, () -> " peer=" + LogText.address(peer));
	}

	static void connected(Subject channel) {
		tell("connect", channel, () -> {
			Endpoint endpoint = channel.socket().endpoint();
			String address = LogText.address((endpoint != null) ? endpoint.remoteAddress() : null);
			return address(channel) + " address=" + address + " took=" + age(channel);
		});
	}

	static void notConnected(Subject channel, IOException failure) {
		tell("connect failed", channel,
				() -> address(channel) + " took=" + age(channel) + " failure=" + LogText.escape(failure));
	}

	static void timedOut(Subject channel, Duration idle) {
		tell("timeout", channel, () -> address(channel) + " idle=" + idle.toMillis() + "ms");
	}

	static void limited(Subject channel, Throwable failure) {
		tell("limit", channel, () -> address(channel) + " failure=" + LogText.escape(failure));
	}

	/**
	 * Tell of a close.
	 * @param address what {@link #address} was before it
	 */
	static void closed(Subject channel, String address, CloseReason reason) {
		Counters counters = channel.counters();
		tell("close", channel, () -> address + " reason=" + reason.label() + " age=" + age(channel) + " received="
				+ counters.received() + " sent=" + counters.sent() + " queued=" + channel.queued());
	}

	private static void tell(String what, Subject channel, Supplier<String> more) {
		if (!logger.isDebugEnabled()) {
			return;
		}
		try {
			String label = channel.label();
			// what applications say stands in quotes
			logger.debug(what + ": channel=" + LogText.quote(channel.counters().name()) + " id=" + channel.id()
					+ ((label != null) ? " label=" + LogText.quote(label) : "") + more.get());
		}
		catch (Throwable ex) {
			// nothing may go another way because somebody wants to see it
		}
	}

	/**
	 * Return the own address of a listener, or of a socket for datagrams, that of the
	 * peer of others; nothing if nobody wants to know.
	 */
	static String address(Subject channel) {
		if (!logger.isDebugEnabled()) {
			return "";
		}
		ChannelState state = channel.socket().state();
		boolean own = state == ChannelState.LISTENING || state == ChannelState.BOUND;
		Endpoint endpoint = channel.socket().endpoint();
		SocketAddress address = (own && endpoint != null) ? endpoint.localAddress() : channel.socket().address();
		String text = LogText.address(address);
		return text.isEmpty() ? "" : (own ? " local=" : " peer=") + text;
	}

	private static String age(Subject channel) {
		return Duration.ofNanos(channel.engine().now() - channel.counters().since()).toMillis() + "ms";
	}

	/**
	 * A channel to which something happens.
	 */
	interface Subject {

		long id();

		@Nullable String label();

		LoopEngine engine();

		ChannelSocket socket();

		Counters counters();

		/**
		 * Return how much waits to be sent, in bytes.
		 */
		int queued();

	}

}
