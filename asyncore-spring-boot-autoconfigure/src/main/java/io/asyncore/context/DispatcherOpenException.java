package io.asyncore.context;

import io.asyncore.Dispatcher;

/**
 * Thrown when the application starts and the {@code handleOpen()} of a dispatcher bean
 * fails, with that failure as its cause.
 */
public class DispatcherOpenException extends RuntimeException {

	private final String beanName;

	private final transient Dispatcher dispatcher;

	/**
	 * Create a new instance.
	 * @param beanName the name of the bean
	 * @param dispatcher the bean
	 * @param cause what its {@code handleOpen()} has thrown
	 */
	public DispatcherOpenException(String beanName, Dispatcher dispatcher, Throwable cause) {
		super("handleOpen() of the dispatcher bean '" + beanName + "' (" + dispatcher.getClass().getName()
				+ ") failed: " + cause.getMessage(), cause);
		this.beanName = beanName;
		this.dispatcher = dispatcher;
	}

	/**
	 * Return the name of the bean.
	 * @return the name
	 */
	public String getBeanName() {
		return this.beanName;
	}

	/**
	 * Return the bean.
	 * @return the dispatcher
	 */
	public Dispatcher getDispatcher() {
		return this.dispatcher;
	}

}
