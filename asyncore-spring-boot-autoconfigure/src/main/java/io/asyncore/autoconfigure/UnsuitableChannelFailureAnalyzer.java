package io.asyncore.autoconfigure;

import io.asyncore.context.UnsuitableChannelException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains that a bean cannot make the channels of a server.
 */
class UnsuitableChannelFailureAnalyzer extends AbstractFailureAnalyzer<UnsuitableChannelException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, UnsuitableChannelException cause) {
		String property = ServerSettingsMapper.property(cause.getServerName(), "channel");
		String description = String.format(
				"Server '%s' is to have its channels made by the bean '%s' (property '%s', by default the name of the "
						+ "server), but %s.",
				cause.getServerName(), cause.getBeanName(), property, problem(cause));
		return new FailureAnalysis(description, action(cause, property), cause);
	}

	private static String problem(UnsuitableChannelException cause) {
		return switch (cause.getReason()) {
			case MISSING -> "there is no bean of that name";
			case OTHER_TYPE -> "that is neither a Dispatcher nor a ChannelFactory but a " + name(cause.getBeanType());
			case NOT_A_PROTOTYPE ->
				"that is only one " + name(cause.getBeanType()) + ", and each connection needs a channel of its own";
		};
	}

	private static String name(@Nullable Class<?> type) {
		return (type != null) ? type.getName() : "bean of unknown type";
	}

	private static String action(UnsuitableChannelException cause, String property) {
		String bean = cause.getBeanName();
		String change = switch (cause.getReason()) {
			case MISSING ->
				"Define a bean '" + bean + "' that is a Dispatcher with @Scope(\"prototype\") or a " + "ChannelFactory";
			case OTHER_TYPE ->
				"Make the bean '" + bean + "' a Dispatcher with @Scope(\"prototype\") or a ChannelFactory";
			case NOT_A_PROTOTYPE -> "Add @Scope(\"prototype\") to the bean '" + bean + "'";
		};
		return change + ", or set '" + property + "' to the name of " + (cause.getCandidates().isEmpty() ? "one."
				: "one: '" + String.join("', '", cause.getCandidates()) + "'.");
	}

}
