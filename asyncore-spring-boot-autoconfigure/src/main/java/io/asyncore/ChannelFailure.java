package io.asyncore;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * The last failure that channels of a {@linkplain ChannelStats name} were told by
 * {@code handleError}.
 *
 * @param type the class of what was thrown
 * @param message its message, escaped and cut as in a {@linkplain LogText#escape log}
 * because a peer may have had a say in it; {@code null} if it has none
 * @param time when that was
 * @param count how many failures there were up to this one, of all kinds and since the
 * loop was made
 */
public record ChannelFailure(String type, @Nullable String message, Instant time, long count) {

	static ChannelFailure of(Throwable failure, @Nullable ChannelFailure before) {
		return new ChannelFailure(failure.getClass().getName(), message(failure), Instant.now(),
				(before != null) ? before.count() + 1 : 1);
	}

	private static @Nullable String message(Throwable failure) {
		try {
			String message = failure.getMessage();
			return (message != null) ? LogText.escape(message) : null;
		}
		catch (RuntimeException | Error ex) {
			return "cannot be told";
		}
	}

}
