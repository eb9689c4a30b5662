package io.asyncore;

import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import org.slf4j.LoggerFactory;

/**
 * A log that fails, from the making of this object to its close, whenever the library
 * logs something.
 */
final class FailingLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {

	private final Logger logger = (Logger) LoggerFactory.getLogger("io.asyncore");

	private final AtomicInteger calls = new AtomicInteger();

	private final Error failure;

	FailingLog(Error failure) {
		this.failure = failure;
		setContext(this.logger.getLoggerContext());
		start();
		this.logger.setAdditive(false);
		this.logger.addAppender(this);
	}

	/**
	 * Fails before the appender's own guard, which keeps exceptions to itself.
	 */
	@Override
	public void doAppend(ILoggingEvent event) {
		this.calls.incrementAndGet();
		throw this.failure;
	}

	@Override
	protected void append(ILoggingEvent event) {
		throw this.failure;
	}

	int calls() {
		return this.calls.get();
	}

	@Override
	public void close() {
		this.logger.detachAppender(this);
		this.logger.setAdditive(true);
		stop();
	}

}
