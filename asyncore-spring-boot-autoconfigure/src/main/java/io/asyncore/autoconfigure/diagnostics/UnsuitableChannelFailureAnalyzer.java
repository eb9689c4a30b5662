package io.asyncore.autoconfigure.diagnostics;

import io.asyncore.autoconfigure.properties.ServerProperties;
import io.asyncore.autoconfigure.properties.Spelling;
import io.asyncore.context.ServerProtocol;
import io.asyncore.context.UnsuitableChannelException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains that a bean cannot make the channels of a server, or be the one of its
 * datagrams.
 */
class UnsuitableChannelFailureAnalyzer extends AbstractFailureAnalyzer<UnsuitableChannelException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, UnsuitableChannelException cause) {
		String property = property(cause, "channel");
		boolean udp = isForDatagrams(cause);
		String description = String.format(
				"Server '%s' is to have its %s by the bean '%s' (property '%s', by default the name of the server), "
						+ "but %s.",
				cause.getServerName(), udp ? "datagrams received" : "channels made", cause.getBeanName(), property,
				problem(cause));
		return new FailureAnalysis(description, action(cause, property), cause);
	}

	private static boolean isForDatagrams(UnsuitableChannelException cause) {
		return cause.getProtocol() == ServerProtocol.UDP;
	}

	private static String problem(UnsuitableChannelException cause) {
		String type = name(cause.getBeanType());
		return switch (cause.getReason()) {
			case MISSING -> "there is no bean of that name";
			case OTHER_TYPE -> isForDatagrams(cause) ? "that is no Dispatcher but a " + type
					: "that is neither a Dispatcher nor a ChannelFactory but a " + type;
			case NOT_A_PROTOTYPE -> "that is only one " + type + ", and each connection needs a channel of its own";
			case FOR_DATAGRAMS -> "that is a " + type + ", which is for datagrams and not for connections";
			case FOR_STREAMS -> "that is a " + type + ", which is for connections and not for datagrams";
			case TAKEN -> "that is only one " + type + ", which receives those of another server";
		};
	}

	private static String protocol(UnsuitableChannelException cause) {
		return property(cause, "protocol");
	}

	private static String name(@Nullable Class<?> type) {
		return (type != null) ? type.getName() : "bean of unknown type";
	}

	private static String action(UnsuitableChannelException cause, String property) {
		String bean = cause.getBeanName();
		String wanted = isForDatagrams(cause) ? "Dispatcher, best a DatagramDispatcher"
				: "Dispatcher with @Scope(\"prototype\") or a ChannelFactory";
		String change = switch (cause.getReason()) {
			case MISSING -> "Define a bean '" + bean + "' that is a " + wanted;
			case OTHER_TYPE, FOR_STREAMS -> "Make the bean '" + bean + "' a " + wanted;
			case FOR_DATAGRAMS -> "Set '" + protocol(cause) + "' to 'udp' to receive datagrams";
			case NOT_A_PROTOTYPE -> "Add @Scope(\"prototype\") to the bean '" + bean + "', or set '" + protocol(cause)
					+ "' to 'udp' if it is to receive datagrams";
			case TAKEN -> "Add @Scope(\"prototype\") to the bean '" + bean + "'";
		};
		return meant(cause) + change + ", or set '" + property + "' to the name of " + (cause.getCandidates().isEmpty()
				? "one." : "one: '" + String.join("', '", cause.getCandidates()) + "'.");
	}

	private static String meant(UnsuitableChannelException cause) {
		boolean missing = cause.getReason() == UnsuitableChannelException.Reason.MISSING;
		String meant = missing ? Spelling.nearest(cause.getBeanName(), cause.getCandidates()) : null;
		return (meant != null) ? "Did you mean the bean '" + meant + "'? " : "";
	}

	private static String property(UnsuitableChannelException cause, String key) {
		return new ServerProperties(cause.getServerName()).name(key);
	}

}
