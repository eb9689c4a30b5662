package io.asyncore.metrics;

import io.micrometer.common.docs.KeyName;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.docs.MeterDocumentation;
import org.jspecify.annotations.Nullable;

/**
 * The meters of event loops and their channels. No tag holds an address or anything else
 * that grows with the number of connections.
 */
public enum AsyncoreMeters implements MeterDocumentation {

	/**
	 * Answers of the predicates: what channels have said they wait for.
	 */
	POLLS("asyncore.polls", Meter.Type.COUNTER, null, "Answers of readable() and writable()", Tags.LOOP, Tags.PREDICATE,
			Tags.RESULT),

	/**
	 * Events that the system has reported.
	 */
	READINESS("asyncore.readiness", Meter.Type.COUNTER, null, "Events that the system has reported", Tags.LOOP,
			Tags.EVENT),

	/**
	 * Time that calls of handlers took.
	 */
	HANDLER("asyncore.handler", Meter.Type.TIMER, null, "Time that calls of handlers took", Tags.LOOP, Tags.CHANNEL,
			Tags.HANDLER, Tags.OUTCOME),

	/**
	 * Time that offloaded work took.
	 */
	OFFLOAD("asyncore.offload", Meter.Type.TIMER, null, "Time that offloaded work took", Tags.CHANNEL, Tags.OUTCOME),

	/**
	 * Offloaded work that waits to be begun.
	 */
	OFFLOAD_QUEUED("asyncore.offload.queued", Meter.Type.GAUGE, BaseUnits.TASKS,
			"Offloaded work that waits to be begun", Tags.CHANNEL),

	/**
	 * Offloaded work that is under way.
	 */
	OFFLOAD_ACTIVE("asyncore.offload.active", Meter.Type.GAUGE, BaseUnits.TASKS, "Offloaded work that is under way",
			Tags.CHANNEL),

	/**
	 * Channels that are open.
	 */
	CHANNELS("asyncore.channels", Meter.Type.GAUGE, "channels", "Channels that are open", Tags.LOOP, Tags.CHANNEL,
			Tags.STATE),

	/**
	 * Attempts to connect that are over.
	 */
	CONNECTS("asyncore.connects", Meter.Type.COUNTER, null, "Attempts to connect that are over", Tags.CHANNEL,
			Tags.OUTCOME),

	/**
	 * Connections that were put into service.
	 */
	CHANNELS_OPENED("asyncore.channels.opened", Meter.Type.COUNTER, null, "Connections that were put into service",
			Tags.CHANNEL),

	/**
	 * Connections that were closed.
	 */
	CHANNELS_CLOSED("asyncore.channels.closed", Meter.Type.COUNTER, null, "Connections that were closed", Tags.CHANNEL,
			Tags.REASON),

	/**
	 * Bytes that channels have received.
	 */
	DATA_RECEIVED("asyncore.data.received", Meter.Type.COUNTER, BaseUnits.BYTES, "Bytes that channels have received",
			Tags.CHANNEL),

	/**
	 * Bytes that the sockets of channels have taken.
	 */
	DATA_SENT("asyncore.data.sent", Meter.Type.COUNTER, BaseUnits.BYTES,
			"Bytes that the sockets of channels have taken", Tags.CHANNEL),

	/**
	 * Bytes that wait to be sent.
	 */
	OUTPUT_QUEUED("asyncore.output.queued", Meter.Type.GAUGE, BaseUnits.BYTES, "Bytes that wait to be sent",
			Tags.CHANNEL),

	/**
	 * Connections that were accepted and closed at once.
	 */
	ACCEPT_REJECTED("asyncore.accept.rejected", Meter.Type.COUNTER, null,
			"Connections that were accepted and closed at once", Tags.CHANNEL, Tags.REASON),

	/**
	 * Listeners that accept nothing for now.
	 */
	ACCEPT_PAUSED("asyncore.accept.paused", Meter.Type.GAUGE, null, "Listeners that accept nothing for now",
			Tags.CHANNEL, Tags.REASON),

	/**
	 * Passes that are complete.
	 */
	LOOP_PASSES("asyncore.loop.passes", Meter.Type.COUNTER, null, "Passes that are complete", Tags.LOOP),

	/**
	 * Time that passes have waited for something to do.
	 */
	LOOP_WAIT("asyncore.loop.wait", Meter.Type.TIMER, null, "Time that passes have waited for something to do",
			Tags.LOOP),

	/**
	 * Time that passes were at work.
	 */
	LOOP_WORK("asyncore.loop.work", Meter.Type.TIMER, null, "Time that passes were at work", Tags.LOOP),

	/**
	 * Time by which tasks and timers ran late.
	 */
	LOOP_LAG("asyncore.loop.lag", Meter.Type.TIMER, null, "Time by which tasks and timers ran late", Tags.LOOP),

	/**
	 * Tasks that wait to be run.
	 */
	LOOP_TASKS("asyncore.loop.tasks", Meter.Type.GAUGE, BaseUnits.TASKS, "Tasks that wait to be run", Tags.LOOP),

	/**
	 * Times that a handler has held the loop for too long.
	 */
	LOOP_STALLS("asyncore.loop.stalls", Meter.Type.COUNTER, null,
			"Times that a handler has held the loop for longer than the watchdog allows", Tags.LOOP);

	private final String name;

	private final Meter.Type type;

	private final @Nullable String baseUnit;

	private final String description;

	private final KeyName[] keyNames;

	AsyncoreMeters(String name, Meter.Type type, @Nullable String baseUnit, String description, KeyName... keyNames) {
		this.name = name;
		this.type = type;
		this.baseUnit = baseUnit;
		this.description = description;
		this.keyNames = keyNames;
	}

	@Override
	public String getName() {
		return this.name;
	}

	@Override
	public Meter.Type getType() {
		return this.type;
	}

	// the default of the interface returns null as well, without saying so
	@Override
	@SuppressWarnings("NullAway")
	public @Nullable String getBaseUnit() {
		return this.baseUnit;
	}

	@Override
	public KeyName[] getKeyNames() {
		return this.keyNames.clone();
	}

	/**
	 * Return what the meter tells.
	 * @return one sentence without a full stop
	 */
	public String getDescription() {
		return this.description;
	}

	/**
	 * The tags of these meters.
	 */
	public enum Tags implements KeyName {

		/** The name of the loop. */
		LOOP("loop"),

		/** The name of the bean or server, else the simple name of the class. */
		CHANNEL("channel"),

		/** Which predicate was asked: {@code readable}, {@code writable}. */
		PREDICATE("predicate"),

		/** What it has answered: {@code true}, {@code false}. */
		RESULT("result"),

		/**
		 * What was reported: {@code read}, {@code write}, {@code connect},
		 * {@code accept}, {@code priority}.
		 */
		EVENT("event"),

		/**
		 * Which handler was called: {@code open}, {@code read}, {@code write},
		 * {@code expt}, {@code connect}, {@code accept}, {@code close}, {@code error},
		 * {@code timeout}, {@code terminator}, {@code task}.
		 */
		HANDLER("handler"),

		/**
		 * How that has ended: {@code success}, {@code error}; of an attempt to connect
		 * {@code connected}, {@code refused}, {@code timeout}, {@code unreachable},
		 * {@code unresolved}, {@code closed}, {@code error}.
		 */
		OUTCOME("outcome"),

		/**
		 * What the channels do: {@code listening}, {@code connecting}, {@code connected}.
		 */
		STATE("state"),

		/**
		 * Why: of what is closed {@code peer}, {@code local}, {@code error},
		 * {@code timeout}, {@code limit}, {@code shutdown}; of what is rejected
		 * {@code error}, {@code refused}, {@code unhandled}; of what is paused
		 * {@code limit}, {@code descriptors}.
		 */
		REASON("reason");

		private final String key;

		Tags(String key) {
			this.key = key;
		}

		@Override
		public String asString() {
			return this.key;
		}

	}

}
