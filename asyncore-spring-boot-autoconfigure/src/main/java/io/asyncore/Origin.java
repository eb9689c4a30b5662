package io.asyncore;

/**
 * Where an object comes from that is a {@link Dispatcher}: other libraries make some in
 * other ways than by a constructor.
 *
 * @see EventLoop#prepare
 */
public enum Origin {

	/** A constructor has made it. */
	MADE,

	/**
	 * It is a copy of one that a constructor has made, and has all that this one has, as
	 * the spy of a test does. It can be served in place of that.
	 */
	COPIED,

	/**
	 * No constructor has made it: it is a mock, or a proxy for another one. It cannot be
	 * served.
	 */
	UNMADE

}
