package io.asyncore.context;

import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import io.asyncore.ChannelFactory;
import io.asyncore.Dispatcher;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.ListableBeanFactory;

/**
 * The beans that make one channel for each connection of a server.
 */
class ChannelBeans {

	private final ListableBeanFactory beanFactory;

	ChannelBeans(ListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	/**
	 * Return the factory that the bean of a server is, or that makes such beans.
	 * @throws UnsuitableChannelException if the bean cannot make channels
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
		if (!this.beanFactory.isPrototype(beanName)) {
			throw unsuitable(server, beanName, UnsuitableChannelException.Reason.NOT_A_PROTOTYPE, type);
		}
		return new PrototypeFactory(this.beanFactory, beanName);
	}

	private UnsuitableChannelException unsuitable(String server, String beanName,
			UnsuitableChannelException.Reason reason, @Nullable Class<?> type) {
		return new UnsuitableChannelException(server, beanName, reason, type, suitable());
	}

	private List<String> suitable() {
		List<String> prototypes = Arrays.stream(this.beanFactory.getBeanNamesForType(Dispatcher.class, true, false))
			.filter(this.beanFactory::isPrototype)
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
			return DispatcherBeans.target(this.beanFactory.getBean(this.beanName, Dispatcher.class));
		}

		@Override
		public String toString() {
			return "The prototype bean '" + this.beanName + "'";
		}

	}

}
