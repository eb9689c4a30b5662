package io.asyncore;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * Who has put a channel into service, and counts it until it is closed: a server.
 */
interface ChannelOwner {

	/**
	 * Return what the owner is called.
	 */
	String name();

	/**
	 * Return what its channels are called that have no name of their own, {@code null} if
	 * by their class.
	 */
	@Nullable String nameOfChannels();

	/**
	 * Return how long its channels may be idle that do not say so themselves, zero for
	 * any time.
	 */
	Duration idleTimeout();

	/**
	 * Note that a channel belongs to it.
	 * @param counted whether it is counted already
	 */
	void connected(boolean counted);

	/**
	 * Note that a channel was closed. Called by any thread.
	 */
	void disconnected();

}
