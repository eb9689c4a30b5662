package io.asyncore;

/**
 * What the loop calls a dispatcher for.
 */
enum Event {

	OPEN, PREDICATE, READ, WRITE, ACCEPT, CONNECT, CLOSE, TASK

}
