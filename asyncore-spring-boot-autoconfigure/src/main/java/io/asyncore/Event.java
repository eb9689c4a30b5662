package io.asyncore;

/**
 * What the loop calls a dispatcher for.
 */
enum Event {

	PREDICATE, READ, WRITE, ACCEPT, CONNECT, CLOSE, TASK

}
