package io.asyncore.context;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when the application starts and the bean that is to make the channels of a
 * server, or to be that of a server for datagrams, cannot do that.
 */
public class UnsuitableChannelException extends RuntimeException {

	private final String serverName;

	private final String beanName;

	private final ServerProtocol protocol;

	private final Reason reason;

	private final transient @Nullable Class<?> beanType;

	private final List<String> candidates;

	/**
	 * Create a new instance.
	 * @param serverName the name of the server
	 * @param beanName the name of the bean
	 * @param reason what is wrong with it
	 * @param beanType its type, if there is such a bean and its type is known
	 * @param candidates the names of the beans that could make channels
	 */
	public UnsuitableChannelException(String serverName, String beanName, Reason reason, @Nullable Class<?> beanType,
			List<String> candidates) {
		this(serverName, ServerProtocol.TCP, beanName, reason, beanType, candidates);
	}

	/**
	 * Create a new instance.
	 * @param serverName the name of the server
	 * @param protocol what it speaks
	 * @param beanName the name of the bean
	 * @param reason what is wrong with it
	 * @param beanType its type, if there is such a bean and its type is known
	 * @param candidates the names of the beans that would do
	 */
	public UnsuitableChannelException(String serverName, ServerProtocol protocol, String beanName, Reason reason,
			@Nullable Class<?> beanType, List<String> candidates) {
		super("The bean '" + beanName + "' cannot "
				+ ((protocol == ServerProtocol.UDP) ? "be the channel" : "make the channels") + " of server '"
				+ serverName + "': " + reason);
		this.serverName = serverName;
		this.protocol = protocol;
		this.beanName = beanName;
		this.reason = reason;
		this.beanType = beanType;
		this.candidates = List.copyOf(candidates);
	}

	/**
	 * Return the name of the server.
	 * @return the name
	 */
	public String getServerName() {
		return this.serverName;
	}

	/**
	 * Return what the server speaks: one for datagrams has only one channel.
	 * @return the protocol
	 */
	public ServerProtocol getProtocol() {
		return this.protocol;
	}

	/**
	 * Return the name of the bean.
	 * @return the name
	 */
	public String getBeanName() {
		return this.beanName;
	}

	/**
	 * Return what is wrong with the bean.
	 * @return the reason
	 */
	public Reason getReason() {
		return this.reason;
	}

	/**
	 * Return the type of the bean.
	 * @return the type, {@code null} if it is not known
	 */
	public @Nullable Class<?> getBeanType() {
		return this.beanType;
	}

	/**
	 * Return the beans that could make channels.
	 * @return their names, perhaps none
	 */
	public List<String> getCandidates() {
		return this.candidates;
	}

	/**
	 * What can be wrong with the bean.
	 */
	public enum Reason {

		/** There is no such bean. */
		MISSING,

		/**
		 * It is neither a dispatcher for connections nor a channel factory; for
		 * datagrams, it is no dispatcher.
		 */
		OTHER_TYPE,

		/** It is a dispatcher, but there is only one of it. */
		NOT_A_PROTOTYPE,

		/** It is a dispatcher for datagrams only, and the server is for connections. */
		FOR_DATAGRAMS,

		/** It is a dispatcher for streams only, and the server is for datagrams. */
		FOR_STREAMS,

		/** There is only one of it, and it is the channel of another server. */
		TAKEN

	}

}
