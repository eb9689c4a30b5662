package io.asyncore;

/**
 * A task of a channel that the library itself has given, and not the application.
 */
@FunctionalInterface
interface Housekeeping extends Runnable {

}
