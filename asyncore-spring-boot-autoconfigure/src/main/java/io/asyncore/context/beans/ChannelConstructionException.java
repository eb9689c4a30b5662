package io.asyncore.context.beans;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when the application starts and the prototype bean that is to make the channels
 * of a server cannot be made.
 */
public class ChannelConstructionException extends RuntimeException {

	private final String serverName;

	private final String beanName;

	private final Reason reason;

	private final String subject;

	/**
	 * Create a new instance.
	 * @param serverName the name of the server
	 * @param beanName the name of the bean
	 * @param reason why it cannot be made
	 * @param subject what that is about: the type that is missing, for instance
	 * @param problem the reason in words
	 * @param cause what Spring says, if it was asked
	 */
	public ChannelConstructionException(String serverName, String beanName, Reason reason, String subject,
			String problem, @Nullable Throwable cause) {
		super("Server '" + serverName + "' is to have its channels made by the bean '" + beanName
				+ "', but that cannot be made: " + problem + ".", cause);
		this.serverName = serverName;
		this.beanName = beanName;
		this.reason = reason;
		this.subject = subject;
	}

	/**
	 * Return the name of the server.
	 * @return the name
	 */
	public String getServerName() {
		return this.serverName;
	}

	/**
	 * Return the name of the bean.
	 * @return the name
	 */
	public String getBeanName() {
		return this.beanName;
	}

	/**
	 * Return why the bean cannot be made.
	 * @return the reason
	 */
	public Reason getReason() {
		return this.reason;
	}

	/**
	 * Return what the reason is about.
	 * @return the type of the bean that is missing, or of which there are several; the
	 * expression that has no value; the beans of a circle; the class whose constructor
	 * cannot be chosen
	 */
	public String getSubject() {
		return this.subject;
	}

	/**
	 * Why a bean cannot be made.
	 */
	public enum Reason {

		/** There is no bean of a type that it needs. */
		MISSING_BEAN,

		/** There are several beans of a type of which it needs one. */
		SEVERAL_BEANS,

		/** An expression has no value, or one of another type. */
		WRONG_VALUE,

		/** To be made, it would have to be there already. */
		CIRCLE,

		/** It has several constructors, none of which is marked. */
		NO_CONSTRUCTOR

	}

}
