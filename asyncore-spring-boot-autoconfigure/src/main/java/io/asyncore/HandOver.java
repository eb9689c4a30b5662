package io.asyncore;

/**
 * A connection on its way from the loop that has accepted it to the one that is to serve
 * it.
 */
record HandOver(Reception.Connection connection, ServerDeputy deputy) implements Arrival {

	@Override
	public void arrive() {
		this.deputy.receive(this.connection);
	}

	@Override
	public void turnedAway() {
		this.connection.goOn();
	}

	@Override
	public void dropped() {
		this.connection.refuse();
	}

}
