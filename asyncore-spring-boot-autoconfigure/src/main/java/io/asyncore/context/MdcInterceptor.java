package io.asyncore.context;

import java.net.SocketAddress;

import io.asyncore.Dispatcher;
import io.asyncore.Hook;
import io.asyncore.HookInterceptor;
import io.asyncore.LogText;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Puts what is known of a channel into the mapped diagnostic context while one of its
 * handlers runs, so that each line it logs can show it.
 */
public class MdcInterceptor implements HookInterceptor {

	/** The key of the channel's name. */
	public static final String CHANNEL = "asyncore.channel";

	/** The key of the channel's label, absent if it has none. */
	public static final String LABEL = "asyncore.label";

	/** The key of the address of its peer, absent if it has none. */
	public static final String PEER = "asyncore.peer";

	/** The key of the handler that is running. */
	public static final String HANDLER = "asyncore.handler";

	// whose handler is running
	private final ThreadLocal<@Nullable Dispatcher> current = new ThreadLocal<>();

	@Override
	public void intercept(Dispatcher channel, Hook hook, Invocation invocation) throws Exception {
		// a handler that runs an inner loop, or a terminator within a read
		Dispatcher outer = this.current.get();
		this.current.set(channel);
		String outerChannel = put(CHANNEL, LogText.escape(channel.channelName()));
		String outerLabel = put(LABEL, label(channel));
		String outerPeer = put(PEER, peer(channel));
		String outerHandler = put(HANDLER, hook.label());
		try {
			invocation.proceed();
		}
		finally {
			put(CHANNEL, outerChannel);
			put(LABEL, outerLabel);
			put(PEER, outerPeer);
			put(HANDLER, outerHandler);
			restore(channel, outer);
		}
	}

	private void restore(Dispatcher channel, @Nullable Dispatcher outer) {
		if (outer == null) {
			this.current.remove();
			return;
		}
		this.current.set(outer);
		if (outer == channel) {
			described(outer);
		}
	}

	/**
	 * Show a label or name that a handler has given to its channel for the rest of the
	 * handler too.
	 */
	@Override
	public void described(Dispatcher channel) {
		if (this.current.get() == channel) {
			put(CHANNEL, LogText.escape(channel.channelName()));
			put(LABEL, label(channel));
		}
	}

	private static @Nullable String label(Dispatcher channel) {
		String label = channel.label();
		return (label != null) ? LogText.escape(label) : null;
	}

	private static @Nullable String peer(Dispatcher channel) {
		SocketAddress peer = Addresses.peer(channel);
		return (peer != null) ? LogText.escape(Addresses.text(peer)) : null;
	}

	private static @Nullable String put(String key, @Nullable String value) {
		String before = MDC.get(key);
		if (value != null) {
			MDC.put(key, value);
		}
		else {
			MDC.remove(key);
		}
		return before;
	}

}
