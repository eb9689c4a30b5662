package io.asyncore.benchmark.server;

/**
 * An echo with a predicate of its own, so that it is asked in every pass.
 */
class AskedEcho extends Echo {

	@Override
	protected boolean writable() {
		return outBuffered() > 0;
	}

}
