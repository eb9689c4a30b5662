package io.asyncore.context;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import io.asyncore.EventLoop;
import io.asyncore.EventLoopGroup;
import io.asyncore.EventLoopObserver;
import io.asyncore.HookInterceptor;
import io.asyncore.LoopMonitor;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Lets the customizers, observers and interceptors that are beans have their part in the
 * loops, before they start.
 */
public class EventLoopInstrumentation implements SmartInitializingSingleton, DisposableBean {

	private final EventLoopGroup group;

	private final LoopNames names;

	private final ListableBeanFactory beanFactory;

	private List<EventLoopObserver> observers = List.of();

	private List<HookInterceptor> interceptors = List.of();

	/**
	 * Create a new instance.
	 * @param loop the loop
	 * @param beanFactory where to find them
	 */
	public EventLoopInstrumentation(EventLoop loop, ListableBeanFactory beanFactory) {
		this(new EventLoopGroup(List.of(loop)), beanFactory);
	}

	/**
	 * Create a new instance for several loops. They have a part in each of them.
	 * @param group the loops
	 * @param beanFactory where to find them
	 */
	public EventLoopInstrumentation(EventLoopGroup group, ListableBeanFactory beanFactory) {
		this.group = group;
		this.names = new LoopNames(group.loops());
		this.beanFactory = beanFactory;
	}

	@Override
	public void afterSingletonsInstantiated() {
		this.names.distinguish();
		List<EventLoopCustomizer> customizers = beans(EventLoopCustomizer.class).toList();
		for (EventLoop loop : this.group.loops()) {
			customizers.forEach((customizer) -> customizer.customize(loop));
		}
		// one that sets a name sets the same one for all of them
		this.names.distinguish();
		this.observers = beans(EventLoopObserver.class).toList();
		this.interceptors = beans(HookInterceptor.class).toList();
		monitors().forEach((monitor) -> {
			this.observers.forEach(monitor::addObserver);
			this.interceptors.forEach(monitor::addInterceptor);
		});
	}

	/**
	 * Take them out of the loops, which may live on.
	 */
	@Override
	public void destroy() {
		monitors().forEach((monitor) -> {
			this.observers.forEach(monitor::removeObserver);
			this.interceptors.forEach(monitor::removeInterceptor);
		});
		this.names.restore();
	}

	private Stream<LoopMonitor> monitors() {
		return this.group.loops().stream().map(EventLoop::monitor);
	}

	// in bean order, without those of a parent context, which has a loop of its own
	private <T> Stream<T> beans(Class<T> type) {
		Set<T> own = Collections.newSetFromMap(new IdentityHashMap<>());
		own.addAll(this.beanFactory.getBeansOfType(type).values());
		return this.beanFactory.getBeanProvider(type).orderedStream().filter(own::contains);
	}

}
