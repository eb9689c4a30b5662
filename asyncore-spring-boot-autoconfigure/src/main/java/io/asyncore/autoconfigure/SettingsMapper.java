package io.asyncore.autoconfigure;

import java.time.Duration;
import java.util.concurrent.Executor;

import io.asyncore.context.EventLoopLifecycle;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.system.JavaVersion;

/**
 * Checks {@link AsyncoreProperties} and makes the settings of the lifecycle of them. Not
 * done while they are bound, because the report of a failure names the property and its
 * origin only afterwards.
 */
final class SettingsMapper {

	private static final Duration LEAST_WARN = Duration.ofMillis(1);

	private static final int MOST_THREADS = 1024;

	private SettingsMapper() {
	}

	static EventLoopLifecycle.Settings map(AsyncoreProperties properties) {
		Duration timeout = properties.loop().timeout();
		check(!timeout.isZero() && !timeout.isNegative(), "asyncore.loop.timeout", timeout,
				"It must be positive, or else the loop would never rest.");
		Duration gracePeriod = properties.shutdown().gracePeriod();
		check(!gracePeriod.isNegative(), "asyncore.shutdown.grace-period", gracePeriod, "It must not be negative.");
		Duration down = properties.watchdog().down();
		check(!down.isZero() && !down.isNegative(), "asyncore.watchdog.down", down, "It must be positive.");
		return new EventLoopLifecycle.Settings(timeout, properties.loop().usePoll(), gracePeriod, phase(properties));
	}

	/**
	 * Check when the loops start and stop.
	 */
	static int phase(AsyncoreProperties properties) {
		int phase = properties.lifecycle().phase();
		check(phase > Integer.MIN_VALUE, "asyncore.lifecycle.phase", phase,
				"It must be more than that, because what looks after the loop starts in the phase before it.");
		return phase;
	}

	/**
	 * Check how many loops there are to be.
	 */
	static int threads(AsyncoreProperties.Loop loop) {
		int threads = loop.threads().count();
		check(threads >= 1 && threads <= MOST_THREADS, "asyncore.loop.threads", threads, "It must be between 1 and "
				+ MOST_THREADS + ", or 'auto' for one loop for each processor; a few serve very many connections.");
		return threads;
	}

	/**
	 * Check how long a handler may hold the loop.
	 */
	static Duration warn(AsyncoreProperties.Watchdog watchdog) {
		check(watchdog.warn().compareTo(LEAST_WARN) >= 0, "asyncore.watchdog.warn", watchdog.warn(),
				"It must be at least 1ms; to watch nothing, set asyncore.watchdog.enabled to false.");
		return watchdog.warn();
	}

	/**
	 * Check how long a connection may take.
	 */
	static Duration connectTimeout(AsyncoreProperties properties) {
		Duration timeout = properties.connectTimeout();
		check(!timeout.isNegative(), "asyncore.connect-timeout", timeout,
				"It must not be negative; zero means that there is no limit.");
		return timeout;
	}

	/**
	 * Check how much offloaded work of a channel may wait.
	 */
	static int maxQueued(AsyncoreProperties.Offload offload) {
		check(offload.maxQueued() >= 1, "asyncore.offload.max-queued", offload.maxQueued(),
				"It must be at least 1: the work of a channel is done one piece after the other.");
		return offload.maxQueued();
	}

	/**
	 * Find who does offloaded work.
	 * @param own who does it if nobody else is there for it
	 */
	static Executor offloadExecutor(AsyncoreProperties.Offload offload, BeanFactory beanFactory, Executor own) {
		String name = offload.executor();
		if (name != null) {
			check(beanFactory.containsBean(name) && beanFactory.isTypeMatch(name, Executor.class),
					"asyncore.offload.executor", name,
					beanFactory.containsBean(name)
							? "That bean is no Executor: it is a " + typeName(beanFactory.getType(name)) + "."
							: "There is no bean of that name: define one of type Executor, or remove the property.");
			return new OffloadExecutor(beanFactory.getBean(name, Executor.class), own);
		}
		// there are none before 21, and who has them needs no pool
		String boots = TaskExecutionAutoConfiguration.APPLICATION_TASK_EXECUTOR_BEAN_NAME;
		boolean pooled = JavaVersion.getJavaVersion().isOlderThan(JavaVersion.TWENTY_ONE);
		return (pooled && beanFactory.containsBean(boots) && beanFactory.isTypeMatch(boots, Executor.class))
				? new OffloadExecutor(beanFactory.getBean(boots, Executor.class), own) : own;
	}

	private static String typeName(@Nullable Class<?> type) {
		return (type != null) ? type.getName() : "bean of an unknown type";
	}

	private static void check(boolean valid, String property, Object value, String reason) {
		if (!valid) {
			throw new InvalidConfigurationPropertyValueException(property, value, reason);
		}
	}

}
