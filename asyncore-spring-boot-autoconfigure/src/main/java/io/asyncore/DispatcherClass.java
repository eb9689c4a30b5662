package io.asyncore;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of a class of dispatchers: which hooks it overrides.
 */
final class DispatcherClass {

	private static final ClassValue<DispatcherClass> ALL = new ClassValue<>() {

		@Override
		protected DispatcherClass computeValue(Class<?> type) {
			return new DispatcherClass(type);
		}

	};

	private final Class<?> type;

	// the class that declares all hooks
	private final Class<?> root;

	private final Logger logger;

	private final String name;

	private final boolean readHandled;

	private final boolean dataHandled;

	private final boolean writeHandled;

	private final boolean closedHandled;

	private final boolean predicatesOverridden;

	private final boolean predicatesCoveredByPromise;

	// whether it is still to be said that handleExpt() waits for what will not come
	private final AtomicBoolean priorityWarningDue;

	// and that what they accept is closed
	private final AtomicBoolean acceptedWarningDue;

	// and that another thread uses them
	private final AtomicBoolean threadWarningDue = new AtomicBoolean(true);

	// and that nobody runs the loop which is to serve them
	private final AtomicBoolean lostWarningDue = new AtomicBoolean(true);

	private DispatcherClass(Class<?> type) {
		this.type = type;
		this.root = root(type);
		this.logger = LoggerFactory.getLogger(type);
		this.name = ownName();
		boolean ownRead = declaring("handleRead") != this.root;
		this.dataHandled = declaring("handleData", ByteBuffer.class) != this.root;
		this.readHandled = ownRead || this.dataHandled;
		this.writeHandled = declaring("handleWrite") != this.root;
		this.closedHandled = declaring("handleClosed", CloseReason.class) != this.root;
		Class<?> readable = declaring("readable");
		Class<?> writable = declaring("writable");
		Class<?> promise = declaring("predicatesDependOnOwnEventsOnly");
		this.predicatesOverridden = readable != this.root || writable != this.root;
		// a class cannot speak for predicates that its subclasses are to write
		this.predicatesCoveredByPromise = readable.isAssignableFrom(promise) && writable.isAssignableFrom(promise);
		this.priorityWarningDue = new AtomicBoolean(declaring("handleExpt") != this.root);
		boolean acceptedHandled = declaring("handleAccepted", SocketChannel.class, SocketAddress.class) != this.root;
		this.acceptedWarningDue = new AtomicBoolean(!acceptedHandled);
	}

	static DispatcherClass of(Object dispatcher) {
		return ALL.get(dispatcher.getClass());
	}

	private static Class<?> root(Class<?> type) {
		Class<?> root = type;
		while (root.getSuperclass() != Object.class) {
			root = root.getSuperclass();
		}
		return root;
	}

	private Class<?> declaring(String hook, Class<?>... parameters) {
		for (Class<?> type = this.type; type != this.root; type = type.getSuperclass()) {
			try {
				type.getDeclaredMethod(hook, parameters);
				return type;
			}
			catch (NoSuchMethodException ex) {
				// then an ancestor declares it
			}
		}
		return this.root;
	}

	private String ownName() {
		Class<?> own = this.type;
		while (own.getName().contains("$$") && own.getSuperclass() != this.root) {
			// made of a class that somebody has written
			own = own.getSuperclass();
		}
		String name = own.getName();
		return own.isAnonymousClass() ? name.substring(name.lastIndexOf('.') + 1) : own.getSimpleName();
	}

	/**
	 * Return what channels of this class are called that have no other name.
	 */
	String name() {
		return this.name;
	}

	Logger logger() {
		return this.logger;
	}

	/**
	 * Say whether something is done with what can be read.
	 */
	boolean isReadHandled() {
		return this.readHandled;
	}

	/**
	 * Say whether the default {@code handleRead()} has somebody to give it to.
	 */
	boolean isDataHandled() {
		return this.dataHandled;
	}

	boolean isWriteHandled() {
		return this.writeHandled;
	}

	/**
	 * Say whether somebody wants to be told that it is over.
	 */
	boolean isClosedHandled() {
		return this.closedHandled;
	}

	/**
	 * Say whether the predicates of a dispatcher of this class have to be asked in every
	 * pass.
	 * @param promise says whether they depend on its own events only
	 */
	boolean isAskedEveryPass(BooleanSupplier promise) {
		return this.predicatesOverridden && !(this.predicatesCoveredByPromise && promise.getAsBoolean());
	}

	boolean isLostWarningDue() {
		return this.lostWarningDue.get();
	}

	/**
	 * Say once that nobody runs the loop which is to serve a channel.
	 */
	void warnOfLost(Object channel) {
		if (this.lostWarningDue.compareAndSet(true, false)) {
			this.logger.warn("{} was made on a thread that runs no loop, so it is in Asyncore.socketMap(), and nobody "
					+ "runs the loop of that: none of its events will come. Give its constructor the map of a loop "
					+ "that runs, the ChannelMap bean for instance, or make it on that loop by "
					+ "EventLoop.execute(Runnable), or make it a bean; or call Asyncore.loop()", channel);
		}
	}

	/**
	 * Say once that a channel, which has nothing to do with what it accepts, closes that.
	 */
	void warnOfAccepted(Object channel) {
		if (this.acceptedWarningDue.compareAndSet(true, false)) {
			this.logger.warn(
					"{} closes each connection that it accepts: override handleAccepted(SocketChannel, "
							+ "SocketAddress) and make a dispatcher with the socket, or use a ServerDispatcher",
					channel);
		}
	}

	/**
	 * Say once that a thread sends or receives which does not run the loop of a channel.
	 */
	void warnOfThread(Object channel, Thread owner) {
		if (this.threadWarningDue.compareAndSet(true, false)) {
			this.logger.warn("{} sends or receives on thread '{}', but belongs to thread '{}', which runs its loop: "
					+ "events may be lost. Do that by map().eventLoop().execute(Runnable), or use a channel with a "
					+ "queue, DispatcherWithSend or AsyncChat, to which any thread may give what is to be sent",
					channel, Thread.currentThread().getName(), owner.getName());
		}
	}

	/**
	 * Say once that {@code handleExpt()} waits for what will not come.
	 */
	void warnOfPriorityEvents() {
		if (this.priorityWarningDue.get() && this.priorityWarningDue.compareAndSet(true, false)) {
			this.logger.warn("{} overrides handleExpt(), which will not be called: "
					+ "java.nio does not tell of out-of-band data", this.type.getName());
		}
	}

}
