package io.asyncore;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Writes down what it is told of a loop, apart from its passes.
 */
class News implements EventLoopObserver {

	/**
	 * For instance {@code opened tested}, {@code closed tested peer} or
	 * {@code paused tested limit}.
	 */
	final List<String> events = Collections.synchronizedList(new ArrayList<>());

	/** For instance {@code tested read}, or with the failure behind it. */
	final List<String> handled = Collections.synchronizedList(new ArrayList<>());

	final List<Long> late = Collections.synchronizedList(new ArrayList<>());

	@Override
	public HookObserver hooks(ChannelStats group) {
		return (hook, nanos, failure) -> this.handled.add(group.name() + " " + hook.label() + describe(failure));
	}

	private static String describe(@Nullable Throwable failure) {
		return (failure != null) ? " " + failure.getMessage() : "";
	}

	@Override
	public void late(long nanos) {
		this.late.add(nanos);
	}

	@Override
	public void opened(Dispatcher channel) {
		this.events.add("opened " + channel.channelName());
	}

	@Override
	public void closed(Dispatcher channel, CloseReason reason) {
		this.events.add("closed " + channel.channelName() + " " + reason.label());
	}

	@Override
	public void acceptPaused(Dispatcher listener, PauseReason reason) {
		this.events.add("paused " + listener.channelName() + " " + reason.label());
	}

	@Override
	public void acceptResumed(Dispatcher listener, PauseReason reason) {
		this.events.add("resumed " + listener.channelName() + " " + reason.label());
	}

}
