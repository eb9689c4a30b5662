package io.asyncore.observation;

import io.asyncore.Dispatcher;
import io.asyncore.Hook;
import io.asyncore.HookInterceptor;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Makes an {@link Observation} of each call of a handler, so that tracing and the
 * correlation of logs work. Its scope is open while the handler runs.
 */
public class ObservationInterceptor implements HookInterceptor {

	private static final HandlerObservationConvention DEFAULT = new DefaultHandlerObservationConvention();

	private final ObservationRegistry registry;

	private final @Nullable HandlerObservationConvention convention;

	/**
	 * Create a new instance.
	 * @param registry where to observe
	 * @param convention how to name what is observed, {@code null} for the default
	 */
	public ObservationInterceptor(ObservationRegistry registry, @Nullable HandlerObservationConvention convention) {
		this.registry = registry;
		this.convention = convention;
	}

	@Override
	public void intercept(Dispatcher channel, Hook hook, Invocation invocation) throws Exception {
		Observation observation = HandlerObservation.HANDLER.observation(this.convention, DEFAULT,
				() -> new HandlerObservationContext(channel, hook), this.registry);
		observation.start();
		Observation.Scope scope = observation.openScope();
		try {
			invocation.proceed();
		}
		catch (Throwable ex) {
			observation.error(ex);
			throw ex;
		}
		finally {
			scope.close();
			observation.stop();
		}
	}

}
