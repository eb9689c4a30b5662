package io.asyncore;

import java.util.Locale;

/**
 * Why a connection that was accepted was closed at once, as it is counted.
 */
public enum RejectReason {

	/** {@code handleAccepted} has thrown, or a {@link ChannelFactory} has. */
	ERROR,

	/**
	 * Its channel was closed before it was in service, by the {@link ChannelFactory} that
	 * has made it or by another thread, or the loop that was to serve the connection has
	 * ended, and no other was running.
	 */
	REFUSED,

	/** The listener does not override {@code handleAccepted}. */
	UNHANDLED;

	private final String label = name().toLowerCase(Locale.ROOT);

	/**
	 * Return the name of this reason in meters and answers of the endpoint.
	 * @return the name in lower case, such as {@code error}
	 */
	public String label() {
		return this.label;
	}

}
