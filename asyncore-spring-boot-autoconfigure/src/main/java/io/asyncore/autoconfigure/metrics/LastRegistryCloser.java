package io.asyncore.autoconfigure.metrics;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ApplicationEventMulticaster;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.support.AbstractApplicationContext;

/**
 * Has registries of meters closed when the loop has stopped. Spring Boot closes them as
 * soon as the context begins to close, before any lifecycle bean has stopped, and a
 * registry that pushes does so for the last time then: what a graceful stop does would be
 * counted by nobody. So Boot's own closer is told of the end of the context later, in the
 * phase after that of the loop; beans that meters read are still there.
 */
final class LastRegistryCloser implements SmartLifecycle, ApplicationListener<ContextClosedEvent>, DisposableBean {

	// that of MetricsAutoConfiguration, which has no type for others
	private static final String CLOSER = "meterRegistryCloser";

	private final ApplicationContext context;

	private final int phase;

	private volatile @Nullable ApplicationListener<ContextClosedEvent> closer;

	private volatile @Nullable ContextClosedEvent closed;

	/**
	 * Create a new instance.
	 * @param context whose registries to close later
	 * @param loopPhase the phase of the loop; that of this is the one before it
	 */
	LastRegistryCloser(ApplicationContext context, int loopPhase) {
		this.context = context;
		this.phase = loopPhase - 1;
	}

	/**
	 * Take the place of Boot's closer among those who are told of the end of the context.
	 */
	@Override
	@SuppressWarnings("unchecked")
	public void start() {
		if (!this.context.containsLocalBean(CLOSER) || !this.context.isTypeMatch(CLOSER, ApplicationListener.class)) {
			// then Boot closes them in another way, or nobody does
			return;
		}
		this.closer = this.context.getBean(CLOSER, ApplicationListener.class);
		ApplicationEventMulticaster multicaster = this.context.getBean(
				AbstractApplicationContext.APPLICATION_EVENT_MULTICASTER_BEAN_NAME, ApplicationEventMulticaster.class);
		multicaster.removeApplicationListeners((listener) -> listener == this.closer);
		multicaster.removeApplicationListenerBeans(CLOSER::equals);
	}

	@Override
	public void onApplicationEvent(ContextClosedEvent event) {
		if (event.getApplicationContext() == this.context) {
			this.closed = event;
		}
	}

	/**
	 * Close the registries if the context is being closed, not if it is only stopped.
	 */
	@Override
	public void stop() {
		ContextClosedEvent event = this.closed;
		ApplicationListener<ContextClosedEvent> closer = this.closer;
		if (event != null && closer != null) {
			this.closer = null;
			closer.onApplicationEvent(event);
		}
	}

	/**
	 * Say whether there is something to stop: also if the context was stopped before it
	 * is closed.
	 */
	@Override
	public boolean isRunning() {
		return this.closer != null;
	}

	@Override
	public int getPhase() {
		return this.phase;
	}

	@Override
	public void destroy() {
		stop();
	}

}
