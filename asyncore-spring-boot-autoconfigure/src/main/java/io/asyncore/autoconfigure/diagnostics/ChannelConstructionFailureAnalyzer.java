package io.asyncore.autoconfigure.diagnostics;

import java.nio.channels.SocketChannel;

import io.asyncore.context.beans.ChannelConstructionException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Explains that a prototype bean cannot be made. Comes before those that know only that a
 * bean is missing, but not what for.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
class ChannelConstructionFailureAnalyzer extends AbstractFailureAnalyzer<ChannelConstructionException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, ChannelConstructionException cause) {
		return new FailureAnalysis(cause.getMessage(), action(cause), cause);
	}

	private static String action(ChannelConstructionException cause) {
		String subject = cause.getSubject();
		return switch (cause.getReason()) {
			case MISSING_BEAN -> isOfConnection(subject)
					? "Take it away, because a prototype is given its socket when it has been made: handleOpen() is "
							+ "called with it. Or have a ChannelFactory make the channels, which is given the socket "
							+ "and the peer."
					: "Define a bean of type " + subject + ", or have the bean '" + cause.getBeanName()
							+ "' made without one.";
			case SEVERAL_BEANS -> "Add @Primary to one of them, or @Qualifier with the name of one where it is needed.";
			case WRONG_VALUE ->
				"Set the property to what is needed, or write a default value behind its name: " + "${name:value}.";
			case CIRCLE -> "Have one of them ask for the other when it needs it, by an ObjectProvider.";
			case NO_CONSTRUCTOR -> "Add @Autowired to the constructor of " + subject + " that is to be called.";
		};
	}

	private static boolean isOfConnection(String type) {
		return type.equals(SocketChannel.class.getName()) || type.startsWith("java.net.") && type.endsWith("Address");
	}

}
