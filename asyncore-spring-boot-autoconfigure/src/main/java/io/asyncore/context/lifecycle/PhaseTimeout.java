package io.asyncore.context.lifecycle;

import java.time.Duration;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.BeansException;
import org.springframework.beans.DirectFieldAccessor;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.context.support.DefaultLifecycleProcessor;

/**
 * How long Spring waits for the beans of a phase when the application stops.
 */
public final class PhaseTimeout {

	private static final Logger logger = LoggerFactory.getLogger(PhaseTimeout.class);

	private PhaseTimeout() {
	}

	/**
	 * Find out how long that is.
	 * @param beanFactory the beans of an application context that is being started
	 * @param phase the phase
	 * @return the time, {@code null} if it is not known
	 */
	public static @Nullable Duration of(BeanFactory beanFactory, int phase) {
		try {
			String name = AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME;
			if (beanFactory.containsBean(name)
					&& beanFactory.getBean(name) instanceof DefaultLifecycleProcessor processor) {
				return of(processor, phase);
			}
		}
		catch (BeansException | ClassCastException ex) {
			logger.debug("How long Spring waits for the stop of the event loop is not known", ex);
		}
		return null;
	}

	// it takes these times and does not tell them
	private static @Nullable Duration of(DefaultLifecycleProcessor processor, int phase) {
		DirectFieldAccessor fields = new DirectFieldAccessor(processor);
		Map<?, ?> timeouts = (Map<?, ?>) fields.getPropertyValue("timeoutsForShutdownPhases");
		Object timeout = (timeouts != null) ? timeouts.get(phase) : null;
		if (timeout == null) {
			timeout = fields.getPropertyValue("timeoutPerShutdownPhase");
		}
		return (timeout instanceof Long millis) ? Duration.ofMillis(millis) : null;
	}

	/**
	 * Say that the stop of the loops will not have its grace period, if so.
	 * @param timeout how long Spring waits, {@code null} if that is not known
	 * @param gracePeriod how long to wait for queued output and offloaded work
	 */
	public static void warnIfTooShort(@Nullable Duration timeout, Duration gracePeriod) {
		Duration possible = StopTimes.of(gracePeriod, timeout).gracePeriod();
		if (timeout != null && possible.compareTo(StopTimes.of(gracePeriod).gracePeriod()) < 0) {
			logger
				.warn("The grace period of {} ('asyncore.shutdown.grace-period') cannot be had: when the application stops "
						+ "Spring waits for {} only ('spring.lifecycle.timeout-per-shutdown-phase'), so the event "
						+ "loop is ended after {}. Set that property to at least {}, or the grace period to at most {}",
						text(gracePeriod), text(timeout), text(possible), text(StopTimes.limitFor(gracePeriod)),
						text(possible));
		}
	}

	private static String text(Duration time) {
		return (time.toMillisPart() == 0) ? time.toSeconds() + "s" : time.toMillis() + "ms";
	}

}
