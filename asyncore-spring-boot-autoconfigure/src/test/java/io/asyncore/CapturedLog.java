package io.asyncore;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import org.slf4j.LoggerFactory;

/**
 * What the library logs, from the making of this object to its close. Kept out of the
 * output of the tests.
 */
public final class CapturedLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {

	private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();

	private final Logger logger = (Logger) LoggerFactory.getLogger("io.asyncore");

	public CapturedLog() {
		setContext(this.logger.getLoggerContext());
		start();
		this.logger.setAdditive(false);
		this.logger.addAppender(this);
	}

	@Override
	protected void append(ILoggingEvent event) {
		this.events.add(event);
	}

	public List<String> warnings() {
		return at(Level.WARN);
	}

	public List<String> errors() {
		return at(Level.ERROR);
	}

	public List<String> infos() {
		return at(Level.INFO);
	}

	/**
	 * Return what is logged at level DEBUG, while that is on.
	 */
	public List<String> debugs() {
		return at(Level.DEBUG);
	}

	/**
	 * Return the stack traces, with causes.
	 */
	public List<String> traces() {
		return this.events.stream()
			.map(ILoggingEvent::getThrowableProxy)
			.filter(Objects::nonNull)
			.map(ThrowableProxyUtil::asString)
			.toList();
	}

	private List<String> at(Level level) {
		return this.events.stream()
			.filter((event) -> event.getLevel().equals(level))
			.map(ILoggingEvent::getFormattedMessage)
			.toList();
	}

	@Override
	public void close() {
		this.logger.detachAppender(this);
		this.logger.setAdditive(true);
		stop();
	}

}
