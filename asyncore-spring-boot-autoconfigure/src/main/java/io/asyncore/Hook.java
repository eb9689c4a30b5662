package io.asyncore;

import java.util.Locale;

/**
 * What a loop calls a dispatcher for. Tells observers and interceptors which of its
 * methods is meant.
 */
public enum Hook {

	/** {@code readable()}, {@code writable()} and what else is asked before a wait. */
	PREDICATE,

	/** {@link Dispatcher#handleOpen()}. */
	OPEN,

	/** {@link Dispatcher#handleRead()}. */
	READ,

	/** {@link Dispatcher#handleWrite()}. */
	WRITE,

	/** {@link Dispatcher#handleExpt()}. */
	EXPT,

	/** {@link Dispatcher#handleConnect()}. */
	CONNECT,

	/** {@link Dispatcher#handleAccept()}, with {@code handleAccepted}. */
	ACCEPT,

	/** {@link Dispatcher#handleClose()}, if it is called because the peer has gone. */
	CLOSE,

	/** {@link Dispatcher#handleClosed}. */
	CLOSED,

	/** {@link Dispatcher#handleError}. */
	ERROR,

	/** {@link Dispatcher#handleTimeout()}. */
	TIMEOUT,

	/**
	 * The end of a frame: {@code foundTerminator()} of an {@code AsyncChat}. A part of
	 * {@link #READ}.
	 */
	TERMINATOR,

	/** A task or timer, of a channel or of the loop, or the result of offloaded work. */
	TASK;

	private final String label = name().toLowerCase(Locale.ROOT);

	/**
	 * Return the name of this hook in meters, logs and answers of the endpoint.
	 * @return the name in lower case, such as {@code read}
	 */
	public String label() {
		return this.label;
	}

	/**
	 * Say whether it is measured how long it takes, and interceptors stand around it.
	 */
	boolean isObserved() {
		return this != PREDICATE;
	}

}
