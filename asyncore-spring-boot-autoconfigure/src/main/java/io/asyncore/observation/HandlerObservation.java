package io.asyncore.observation;

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/**
 * The observation of a handler of a channel.
 */
public enum HandlerObservation implements ObservationDocumentation {

	/**
	 * A call of a handler, task or timer of a channel.
	 */
	HANDLER {

		@Override
		public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
			return DefaultHandlerObservationConvention.class;
		}

		@Override
		public KeyName[] getLowCardinalityKeyNames() {
			return LowCardinality.values();
		}

		@Override
		public KeyName[] getHighCardinalityKeyNames() {
			return HighCardinality.values();
		}

	};

	/**
	 * Keys with few values.
	 */
	public enum LowCardinality implements KeyName {

		/** The name of the channel, {@code other} if there are too many names. */
		CHANNEL("asyncore.channel"),

		/** Which handler was called. */
		HANDLER("asyncore.handler");

		private final String key;

		LowCardinality(String key) {
			this.key = key;
		}

		@Override
		public String asString() {
			return this.key;
		}

	}

	/**
	 * Keys with a value for each connection.
	 */
	public enum HighCardinality implements KeyName {

		/** The number of the channel. */
		ID("asyncore.channel.id"),

		/** The address of the peer, {@code none} if there is none. */
		PEER("asyncore.peer");

		private final String key;

		HighCardinality(String key) {
			this.key = key;
		}

		@Override
		public String asString() {
			return this.key;
		}

	}

}
