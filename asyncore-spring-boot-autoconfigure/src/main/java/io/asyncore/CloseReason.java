package io.asyncore;

import java.util.Locale;

/**
 * Why a connection was closed, as it is counted.
 *
 * @see Dispatcher#setCloseReason
 */
public enum CloseReason {

	/** The peer has ended its stream, or has gone. */
	PEER,

	/**
	 * This end has closed it: a handler, another thread, an operator, or
	 * {@code closeWhenDone()} of an {@code AsyncChat}.
	 */
	LOCAL,

	/** A handler has failed, or the connection could not be made. */
	ERROR,

	/** Nothing has come or gone for too long. */
	TIMEOUT,

	/** More has come than is allowed, see {@link LimitExceededException}. */
	LIMIT,

	/** The loop was shut down. */
	SHUTDOWN;

	private final String label = name().toLowerCase(Locale.ROOT);

	/**
	 * Return the name of this reason in meters and answers of the endpoint.
	 * @return the name in lower case, such as {@code peer}
	 */
	public String label() {
		return this.label;
	}

}
