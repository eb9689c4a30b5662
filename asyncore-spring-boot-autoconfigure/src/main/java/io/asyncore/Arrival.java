package io.asyncore;

/**
 * What another thread has given to a loop to serve: a connection that the loop of its
 * server has accepted, or a socket that listens.
 */
interface Arrival {

	/**
	 * Enter the loop. Called by its thread, once, unless one of the others is called.
	 */
	void arrive();

	/**
	 * Find another place: the loop has ended. Called by any thread.
	 */
	void turnedAway();

	/**
	 * Be closed: the map of the loop is being emptied. Called by any thread.
	 */
	void dropped();

}
