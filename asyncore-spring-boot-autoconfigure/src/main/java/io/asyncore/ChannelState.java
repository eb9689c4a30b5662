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
 *
 *  datagrams:  CREATED -- bind() --> BOUND -- connect() --> CONNECTING
 * }</pre>
 *
 * A channel that was refused and not closed for that may {@code connect()},
 * {@code bind()} or {@code listen()} as if nothing had been: its socket is replaced by
 * one like it. {@code close()} is legal in every state and does nothing in
 * {@code CLOSED}. A new socket leads from any state to {@code CREATED}, {@code CONNECTED}
 * or {@code LISTENING}, whichever the socket is, so a closed dispatcher can serve again.
 * A socket for datagrams is {@code BOUND} when it has an address, and may
 * {@code connect()} from there as well; a file is {@code CONNECTED} from the beginning.
 */
public enum ChannelState {

	/** No socket yet, or one that is neither connected nor listening. */
	CREATED,

	/** It receives and sends datagrams at an address of its own, and has no peer. */
	BOUND,

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
