package io.asyncore.context;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import io.asyncore.EventLoop;
import io.asyncore.EventLoopObserver;
import io.asyncore.HookInterceptor;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Lets the customizers, observers and interceptors that are beans have their part in a
 * loop, before it starts.
 */
public class EventLoopInstrumentation implements SmartInitializingSingleton, DisposableBean {

	private final EventLoop loop;

	private final ListableBeanFactory beanFactory;

	private List<EventLoopObserver> observers = List.of();

	private List<HookInterceptor> interceptors = List.of();

	/**
	 * Create a new instance.
	 * @param loop the loop
	 * @param beanFactory where to find them
	 */
	public EventLoopInstrumentation(EventLoop loop, ListableBeanFactory beanFactory) {
		this.loop = loop;
		this.beanFactory = beanFactory;
	}

	@Override
	public void afterSingletonsInstantiated() {
		beans(EventLoopCustomizer.class).forEach((customizer) -> customizer.customize(this.loop));
		this.observers = beans(EventLoopObserver.class).toList();
		this.interceptors = beans(HookInterceptor.class).toList();
		this.observers.forEach(this.loop.monitor()::addObserver);
		this.interceptors.forEach(this.loop.monitor()::addInterceptor);
	}

	/**
	 * Take them out of the loop, which may live on.
	 */
	@Override
	public void destroy() {
		this.observers.forEach(this.loop.monitor()::removeObserver);
		this.interceptors.forEach(this.loop.monitor()::removeInterceptor);
	}

	// in bean order, without those of a parent context, which has a loop of its own
	private <T> Stream<T> beans(Class<T> type) {
		Set<T> own = Collections.newSetFromMap(new IdentityHashMap<>());
		own.addAll(this.beanFactory.getBeansOfType(type).values());
		return this.beanFactory.getBeanProvider(type).orderedStream().filter(own::contains);
	}

}
