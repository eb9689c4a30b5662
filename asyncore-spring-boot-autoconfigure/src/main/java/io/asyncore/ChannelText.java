package io.asyncore;

import java.net.SocketAddress;

import org.jspecify.annotations.Nullable;

/**
 * What channels are called in logs: as their class says, with what that leaves out.
 */
final class ChannelText {

	// room for a label besides the rest
	private static final int MOST_CHARACTERS = 600;

	private ChannelText() {
	}

	/**
	 * Describe a channel. Throws nothing.
	 * @param dispatcher as applications know it, whose class may describe itself in its
	 * own way
	 * @param peer who it is connected to, {@code null} if it is not
	 */
	static String of(Object dispatcher, Counters counters, @Nullable String label, @Nullable SocketAddress peer) {
		try {
			StringBuilder text = new StringBuilder();
			if (counters.isNamed()) {
				text.append("'").append(counters.name()).append("' ");
			}
			text.append(dispatcher.toString());
			if (label != null && text.indexOf(LogText.quote(label)) < 0) {
				text.append(' ').append(LogText.quote(label));
			}
			String address = LogText.address(peer);
			if (text.indexOf(address) < 0) {
				text.append(" to ").append(address);
			}
			return LogText.escape(text.toString(), MOST_CHARACTERS);
		}
		catch (RuntimeException | Error ex) {
			return "<" + dispatcher.getClass().getName() + " whose toString() fails>";
		}
	}

}
