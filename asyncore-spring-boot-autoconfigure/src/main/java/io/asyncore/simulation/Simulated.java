package io.asyncore.simulation;

import io.asyncore.transport.SocketQueues;

/**
 * A channel as a {@link SimulatedSelector} sees it.
 */
interface Simulated extends SocketQueues.OwnQueues {

	/**
	 * Return what it is ready for now.
	 */
	int readyOperations();

	/**
	 * Give back what it has of the system: it is closed, and no selector has it any more.
	 */
	void kill();

}
