package io.asyncore.context;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

import io.asyncore.CloseReason;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoopObserver;
import io.asyncore.LogText;
import io.asyncore.PauseReason;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.GenericApplicationListenerAdapter;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.ResolvableType;

/**
 * Publishes what happens in a loop as application events, in order, on a thread that
 * lives while there are some. What nobody listens to is not even made.
 */
public class EventPublisher implements EventLoopObserver, SmartLifecycle {

	/**
	 * The phase, if the loop has its own by default: starts before the loop and stops
	 * after it.
	 */
	public static final int PHASE = EventLoopLifecycle.PHASE - 1;

	private static final Logger logger = LoggerFactory.getLogger(EventPublisher.class);

	// with a listener that is slower than connections come and go events are lost, not
	// the memory
	private static final int MOST_QUEUED = 10_000;

	private static final long IDLE_SECONDS = 10;

	private static final long LAST_SECONDS = 2;

	private final ApplicationContext context;

	private final int phase;

	private volatile Interest interest = new Interest(List.of(), new ConcurrentHashMap<>());

	private final AtomicLong lost = new AtomicLong();

	private volatile @Nullable ThreadPoolExecutor executor;

	private volatile @Nullable Thread thread;

	/**
	 * Create a new instance.
	 * @param context where to publish
	 */
	public EventPublisher(ApplicationContext context) {
		this(context, EventLoopLifecycle.PHASE);
	}

	/**
	 * Create a new instance.
	 * @param context where to publish
	 * @param loopPhase the phase of the loop; that of this is the one before it
	 */
	public EventPublisher(ApplicationContext context, int loopPhase) {
		this.context = context;
		this.phase = loopPhase - 1;
	}

	@Override
	public void opened(Dispatcher channel) {
		publish(ChannelOpenedEvent.class, () -> new ChannelOpenedEvent(channel));
	}

	@Override
	public void closed(Dispatcher channel, CloseReason reason) {
		publish(ChannelClosedEvent.class, () -> new ChannelClosedEvent(channel, reason));
	}

	@Override
	public void acceptPaused(Dispatcher listener, PauseReason reason) {
		publish(AcceptPausedEvent.class, () -> new AcceptPausedEvent(listener, reason));
	}

	@Override
	public void acceptResumed(Dispatcher listener, PauseReason reason) {
		publish(AcceptResumedEvent.class, () -> new AcceptResumedEvent(listener, reason));
	}

	/**
	 * Publish an event if somebody listens. May be called from any thread and does not
	 * wait.
	 * @param <E> the type of the event
	 * @param type the type of the event
	 * @param event makes it
	 */
	public <E extends ApplicationEvent> void publish(Class<E> type, Supplier<E> event) {
		ThreadPoolExecutor executor = this.executor;
		if (executor == null || !isListenedToAsFarAsKnown(type)) {
			return;
		}
		E made = event.get();
		try {
			executor.execute(() -> publish(made));
		}
		catch (RejectedExecutionException ex) {
			if (this.lost.getAndIncrement() == 0) {
				logger.warn("Listeners are too slow for the events of channels, the first that is lost is {}",
						LogText.escape(made));
			}
		}
		catch (OutOfMemoryError ex) {
			// of threads: that is no concern of the loop, which calls this
			if (this.lost.getAndIncrement() == 0) {
				logger.warn("There is no thread to publish the events of channels, the first that is lost is {}",
						LogText.escape(made));
			}
		}
	}

	private void publish(ApplicationEvent event) {
		long lost = this.lost.getAndSet(0);
		if (lost > 0) {
			logger.warn("{} event(s) of channels were lost", lost);
		}
		try {
			this.context.publishEvent(event);
		}
		catch (RuntimeException | Error ex) {
			logger.error("A listener has failed for {}", LogText.escape(event), LogText.shown(ex));
		}
	}

	private boolean isListenedToAsFarAsKnown(Class<?> type) {
		try {
			return isListenedTo(type);
		}
		catch (RuntimeException | LinkageError ex) {
			// another thread adds one at this moment, or one does not say what it listens
			// to
			logger.debug("Who listens to {} is not known", type.getName(), ex);
			return true;
		}
	}

	private boolean isListenedTo(Class<?> type) {
		List<ApplicationListener<?>> listeners = new ArrayList<>();
		for (ApplicationContext context = this.context; context != null; context = context.getParent()) {
			if (context instanceof AbstractApplicationContext known) {
				listeners.addAll(known.getApplicationListeners());
			}
		}
		Interest interest = this.interest;
		if (!interest.isOf(listeners)) {
			// somebody has come or gone since
			interest = new Interest(listeners, new ConcurrentHashMap<>());
			this.interest = interest;
		}
		return interest.types().computeIfAbsent(type, this::findListener);
	}

	private boolean findListener(Class<?> type) {
		for (ApplicationContext context = this.context; context != null; context = context.getParent()) {
			if (!(context instanceof AbstractApplicationContext known)) {
				// it does not tell
				return true;
			}
			if (known.getApplicationListeners().stream().anyMatch((listener) -> supports(listener, type))) {
				return true;
			}
			if (isListenedToByLazyBean(known.getBeanFactory(), type)) {
				return true;
			}
		}
		return false;
	}

	// which is made when it is told of something
	private static boolean isListenedToByLazyBean(ConfigurableListableBeanFactory beanFactory, Class<?> type) {
		for (String name : beanFactory.getBeanNamesForType(ApplicationListener.class, true, false)) {
			Class<?> listener = beanFactory.containsSingleton(name) ? null : beanFactory.getType(name, false);
			if (listener != null) {
				Class<?> event = ResolvableType.forClass(listener).as(ApplicationListener.class).resolveGeneric(0);
				if (event == null || event.isAssignableFrom(type)) {
					return true;
				}
			}
		}
		return false;
	}

	@SuppressWarnings("unchecked")
	private static boolean supports(ApplicationListener<?> listener, Class<?> type) {
		return new GenericApplicationListenerAdapter((ApplicationListener<ApplicationEvent>) listener)
			.supportsEventType(ResolvableType.forClass(type));
	}

	@Override
	public void start() {
		if (!isRunning()) {
			ThreadPoolExecutor executor = new ThreadPoolExecutor(1, 1, IDLE_SECONDS, TimeUnit.SECONDS,
					new LinkedBlockingQueue<>(MOST_QUEUED), (task) -> {
						Thread thread = new Thread(task, "asyncore-events");
						thread.setDaemon(true);
						this.thread = thread;
						return thread;
					});
			executor.allowCoreThreadTimeOut(true);
			this.executor = executor;
		}
	}

	/**
	 * Publish what is left, for a moment at most.
	 */
	@Override
	public void stop() {
		ThreadPoolExecutor executor = this.executor;
		if (executor == null) {
			return;
		}
		this.executor = null;
		executor.shutdown();
		if (Thread.currentThread() == this.thread) {
			// a listener stops the application, and cannot wait for itself
			return;
		}
		try {
			if (!executor.awaitTermination(LAST_SECONDS, TimeUnit.SECONDS)) {
				logger.warn("{} event(s) of channels are not published, a listener takes too long",
						executor.shutdownNow().size());
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public boolean isRunning() {
		return this.executor != null;
	}

	@Override
	public int getPhase() {
		return this.phase;
	}

	/**
	 * Who listens to what.
	 *
	 * @param listeners the listeners there were when that was found out
	 * @param types the events that were asked for, and whether somebody listens to them
	 */
	private record Interest(List<ApplicationListener<?>> listeners, Map<Class<?>, Boolean> types) {

		boolean isOf(List<ApplicationListener<?>> present) {
			if (present.size() != this.listeners.size()) {
				return false;
			}
			for (int i = 0; i < present.size(); i++) {
				if (present.get(i) != this.listeners.get(i)) {
					return false;
				}
			}
			return true;
		}

	}

}
