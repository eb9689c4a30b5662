package io.asyncore;

/**
 * What the loop calls a dispatcher for.
 */
enum Event {

	PREDICATE, OPEN, READ, WRITE, ACCEPT, CONNECT, CLOSE, TASK

}
