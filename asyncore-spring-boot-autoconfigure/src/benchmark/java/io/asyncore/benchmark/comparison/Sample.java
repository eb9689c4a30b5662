package io.asyncore.benchmark.comparison;

/**
 * What was measured of one server in one round of a scenario.
 *
 * @param load the load
 * @param without the same load without idle connections, where a scenario has some, else
 * the same
 * @param value the figure that the server itself was asked for: bytes a message or bytes
 * a connection
 */
record Sample(LoadResult load, LoadResult without, double value) {

	double rate() {
		return this.load.rate();
	}

	double rateWithout() {
		return this.without.rate();
	}

	double p50() {
		return this.load.p50();
	}

	double p99() {
		return this.load.p99();
	}

	double serverMicros() {
		return this.load.serverMicros();
	}

	double serverShare() {
		return this.load.serverShare();
	}

	double loadShare() {
		return this.load.loadShare();
	}

}
