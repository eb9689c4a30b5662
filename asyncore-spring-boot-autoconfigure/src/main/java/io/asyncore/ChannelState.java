package io.asyncore;

import java.util.Locale;

/**
 * Where a dispatcher is in its life.
 *
 * <pre>{@code
 *           connect()               connected
 *  CREATED ----------> CONNECTING ------------> CONNECTED
 *   |   ^                 |   |                     |
 *   |   +-- refused ------+   |                     |
 *   | listen()                |                     |
 *   v                         v                     v
 *  LISTENING -------------> CLOSED <----------------+
 * }</pre>
 *
 * {@code close()} is legal in every state and does nothing in {@code CLOSED}. A new
 * socket leads from any state to {@code CREATED}, {@code CONNECTED} or {@code LISTENING},
 * whichever the socket is, so a closed dispatcher can serve again.
 */
public enum ChannelState {

	/** No socket yet, or one that is neither connected nor listening. */
	CREATED,

	/** The connection is being made, its name being looked up included. */
	CONNECTING,

	/** There is a peer, or there was one and nobody has closed the channel yet. */
	CONNECTED,

	/** Connections can be accepted. */
	LISTENING,

	/** Closed, until it is given a new socket. */
	CLOSED;

	private final String label = name().toLowerCase(Locale.ROOT);

	/**
	 * Return the name of this state in meters and answers of the endpoint.
	 * @return the name in lower case, such as {@code listening}
	 */
	public String label() {
		return this.label;
	}

}
