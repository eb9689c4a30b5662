package io.asyncore.context;

import java.util.Collection;
import java.util.stream.Stream;

import io.asyncore.EventLoop;
import io.asyncore.EventLoopObserver;
import io.asyncore.HookInterceptor;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Lets the observers and interceptors that are beans have their part in a loop, before it
 * starts.
 */
public class EventLoopInstrumentation implements SmartInitializingSingleton {

	private final EventLoop loop;

	private final ListableBeanFactory beanFactory;

	/**
	 * Create a new instance.
	 * @param loop the loop
	 * @param beanFactory where to find the observers and interceptors
	 */
	public EventLoopInstrumentation(EventLoop loop, ListableBeanFactory beanFactory) {
		this.loop = loop;
		this.beanFactory = beanFactory;
	}

	@Override
	public void afterSingletonsInstantiated() {
		beans(EventLoopObserver.class).forEach(this.loop.monitor()::addObserver);
		beans(HookInterceptor.class).forEach(this.loop.monitor()::addInterceptor);
	}

	// in bean order, without those of a parent context, which has a loop of its own
	private <T> Stream<T> beans(Class<T> type) {
		Collection<T> own = this.beanFactory.getBeansOfType(type).values();
		return this.beanFactory.getBeanProvider(type).orderedStream().filter(own::contains);
	}

}
