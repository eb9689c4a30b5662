package io.asyncore;

import java.util.Locale;

/**
 * Why a listener accepts no connections for now. They wait in its backlog meanwhile.
 */
public enum PauseReason {

	/** The server has as many connections as it may have. */
	LIMIT,

	/** The system has no descriptor left for the process. */
	DESCRIPTORS;

	private final String label = name().toLowerCase(Locale.ROOT);

	/**
	 * Return the name of this reason in meters and answers of the endpoint.
	 * @return the name in lower case, such as {@code limit}
	 */
	public String label() {
		return this.label;
	}

}
