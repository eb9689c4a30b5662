package io.asyncore.readme;

interface Positions {

	/**
	 * Store a position, which takes its time.
	 * @return its number
	 */
	long save(String position);

}
