package io.asyncore.context;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import io.asyncore.ChannelFactory;
import io.asyncore.DatagramDispatcher;
import io.asyncore.Dispatcher;
import io.asyncore.DispatcherWithSend;
import io.asyncore.EventLoop;
import io.asyncore.FileDispatcher;
import io.asyncore.Origin;
import io.asyncore.ServerDispatcher;
import io.asyncore.chat.AsyncChat;
import io.asyncore.context.beans.ChannelConstructionException;
import io.asyncore.context.beans.DispatcherBeans;
import io.asyncore.context.beans.PrototypeCheck;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.BeanNotOfRequiredTypeException;
import org.springframework.beans.factory.ListableBeanFactory;

/**
 * The beans that make one channel for each connection of a server, and those that are the
 * only channel of one for datagrams.
 */
class ChannelBeans {

	private static final Logger logger = LoggerFactory.getLogger(EventLoopLifecycle.class);

	private final ListableBeanFactory beanFactory;

	// those that have a server already
	private final Set<Dispatcher> datagrams = Collections.newSetFromMap(new IdentityHashMap<>());

	private final Set<Dispatcher> spies = Collections.newSetFromMap(new IdentityHashMap<>());

	ChannelBeans(ListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	/**
	 * Return the factory that the bean of a server is, or that makes such beans.
	 * @throws UnsuitableChannelException if the bean cannot make channels
	 * @throws ChannelConstructionException if it is a prototype that cannot be made
	 */
	ChannelFactory factory(String server, String beanName) {
		String target = ScopedProxyUtils.getTargetBeanName(beanName);
		if (this.beanFactory.containsBean(target)) {
			// the loop calls what a proxy cannot pass on
			return factory(server, target);
		}
		if (!this.beanFactory.containsBean(beanName)) {
			throw unsuitable(server, beanName, UnsuitableChannelException.Reason.MISSING, null);
		}
		Class<?> type = this.beanFactory.getType(beanName);
		if (type != null && ChannelFactory.class.isAssignableFrom(type)) {
			return this.beanFactory.getBean(beanName, ChannelFactory.class);
		}
		if (type == null || !Dispatcher.class.isAssignableFrom(type)) {
			throw unsuitable(server, beanName, UnsuitableChannelException.Reason.OTHER_TYPE, type);
		}
		if (DatagramDispatcher.class.isAssignableFrom(type)) {
			throw unsuitable(server, beanName, UnsuitableChannelException.Reason.FOR_DATAGRAMS, type);
		}
		if (!isForConnections(type)) {
			throw unsuitable(server, beanName, UnsuitableChannelException.Reason.OTHER_TYPE, type);
		}
		if (this.beanFactory.isPrototype(beanName)) {
			PrototypeCheck.check(server, beanName, this.beanFactory);
			return new PrototypeFactory(this.beanFactory, beanName);
		}
		if (!this.beanFactory.isSingleton(beanName)) {
			throw unsuitable(server, beanName, UnsuitableChannelException.Reason.NOT_A_PROTOTYPE, type);
		}
		// a test puts one object in place of a prototype
		Dispatcher single = DispatcherBeans.target(this.beanFactory.getBean(beanName, Dispatcher.class));
		return switch (EventLoop.prepare(single)) {
			case MADE -> throw unsuitable(server, beanName, UnsuitableChannelException.Reason.NOT_A_PROTOTYPE, type);
			case COPIED -> {
				this.spies.add(single);
				yield new SpyFactory(single, beanName);
			}
			case UNMADE -> new MockFactory(server, beanName);
		};
	}

	/**
	 * Return the bean that is the only channel of a server for datagrams; a new one if it
	 * is a prototype.
	 * @throws UnsuitableChannelException if the bean cannot be that
	 */
	Dispatcher datagrams(String server, String beanName) {
		String target = ScopedProxyUtils.getTargetBeanName(beanName);
		if (this.beanFactory.containsBean(target)) {
			return datagrams(server, target);
		}
		if (!this.beanFactory.containsBean(beanName)) {
			throw unsuitableForDatagrams(server, beanName, UnsuitableChannelException.Reason.MISSING, null);
		}
		Class<?> type = this.beanFactory.getType(beanName);
		if (type == null || !Dispatcher.class.isAssignableFrom(type)) {
			throw unsuitableForDatagrams(server, beanName, UnsuitableChannelException.Reason.OTHER_TYPE, type);
		}
		Dispatcher bean = DispatcherBeans.target(this.beanFactory.getBean(beanName, Dispatcher.class));
		if (EventLoop.prepare(bean) == Origin.UNMADE) {
			logger.debug("The bean '{}' is a mock, so server '{}' drops all datagrams", beanName, server);
			return new DatagramDispatcher();
		}
		if (isForStreams(bean.getClass())) {
			throw unsuitableForDatagrams(server, beanName, UnsuitableChannelException.Reason.FOR_STREAMS,
					bean.getClass());
		}
		if (!this.datagrams.add(bean)) {
			throw unsuitableForDatagrams(server, beanName, UnsuitableChannelException.Reason.TAKEN, bean.getClass());
		}
		return bean;
	}

	/**
	 * Say whether a bean is a channel of connections although there is only one of it.
	 */
	boolean isSpy(Dispatcher bean) {
		return this.spies.contains(bean);
	}

	private static boolean isForStreams(@Nullable Class<?> type) {
		return type != null && (AsyncChat.class.isAssignableFrom(type) || ServerDispatcher.class.isAssignableFrom(type)
				|| FileDispatcher.class.isAssignableFrom(type));
	}

	private static boolean isForConnections(@Nullable Class<?> type) {
		return type == null || !(DatagramDispatcher.class.isAssignableFrom(type)
				|| ServerDispatcher.class.isAssignableFrom(type) || FileDispatcher.class.isAssignableFrom(type));
	}

	// nobody would mean one that queues what it sends
	private boolean isLikelyForDatagrams(String beanName) {
		Class<?> type = this.beanFactory.getType(beanName);
		return !isForStreams(type) && !(type != null && DispatcherWithSend.class.isAssignableFrom(type));
	}

	private UnsuitableChannelException unsuitableForDatagrams(String server, String beanName,
			UnsuitableChannelException.Reason reason, @Nullable Class<?> type) {
		List<String> suitable = Arrays.stream(this.beanFactory.getBeanNamesForType(Dispatcher.class, true, false))
			.filter(this::isLikelyForDatagrams)
			.filter((name) -> !ScopedProxyUtils.isScopedTarget(name))
			.sorted()
			.toList();
		return new UnsuitableChannelException(server, ServerProtocol.UDP, beanName, reason, type, suitable);
	}

	private UnsuitableChannelException unsuitable(String server, String beanName,
			UnsuitableChannelException.Reason reason, @Nullable Class<?> type) {
		return new UnsuitableChannelException(server, beanName, reason, type, suitable());
	}

	private List<String> suitable() {
		List<String> prototypes = Arrays.stream(this.beanFactory.getBeanNamesForType(Dispatcher.class, true, false))
			.filter(this.beanFactory::isPrototype)
			.filter((name) -> isForConnections(this.beanFactory.getType(name)))
			.filter((name) -> !ScopedProxyUtils.isScopedTarget(name))
			.toList();
		List<String> factories = List.of(this.beanFactory.getBeanNamesForType(ChannelFactory.class, true, false));
		return Stream.concat(prototypes.stream(), factories.stream()).sorted().toList();
	}

	/**
	 * Makes a bean for each connection. The server gives it the socket.
	 */
	private record PrototypeFactory(ListableBeanFactory beanFactory, String beanName) implements ChannelFactory {

		@Override
		public Dispatcher create(SocketChannel socket, SocketAddress peer) {
			try {
				return DispatcherBeans.target(this.beanFactory.getBean(this.beanName, Dispatcher.class));
			}
			catch (BeanNotOfRequiredTypeException ex) {
				// the declared type was right, or the application would not have started
				throw new IllegalStateException("The method that makes the bean '" + this.beanName
						+ "' has returned null, or something that is no Dispatcher: it has to make a channel, or throw",
						ex);
			}
		}

		@Override
		public String toString() {
			return "The prototype bean '" + this.beanName + "'";
		}

	}

	/**
	 * Gives a spy, which is the only one, to one connection after the other.
	 */
	private record SpyFactory(Dispatcher spy, String beanName) implements ChannelFactory {

		@Override
		public Dispatcher create(SocketChannel socket, SocketAddress peer) throws IOException {
			if (this.spy.socket() != null) {
				throw new IllegalStateException(
						"The spy '" + this.beanName + "' can be the channel of one connection at a time, and has one");
			}
			EventLoop loop = EventLoop.current();
			this.spy.addChannel((loop != null) ? loop.map() : this.spy.map());
			this.spy.setSocket(socket);
			return this.spy;
		}

		@Override
		public String toString() {
			return "The spy '" + this.beanName + "'";
		}

	}

	/**
	 * Has connections closed for which there is only a mock.
	 */
	private record MockFactory(String server, String beanName) implements ChannelFactory {

		@Override
		public Dispatcher create(SocketChannel socket, SocketAddress peer) {
			logger.debug("The bean '{}' is a mock, so a connection to server '{}' is closed", this.beanName,
					this.server);
			Dispatcher closed = new Dispatcher();
			closed.close();
			return closed;
		}

		@Override
		public String toString() {
			return "The mock '" + this.beanName + "'";
		}

	}

}
