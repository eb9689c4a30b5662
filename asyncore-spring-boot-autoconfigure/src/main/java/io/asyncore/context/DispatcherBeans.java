package io.asyncore.context;

import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;

import io.asyncore.Dispatcher;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.ListableBeanFactory;

/**
 * The singleton beans of a bean factory that are dispatchers.
 */
class DispatcherBeans {

	private final ListableBeanFactory beanFactory;

	DispatcherBeans(ListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	/**
	 * Return the beans by name, in bean order. Makes those that are lazy.
	 */
	Map<String, Dispatcher> all() {
		Map<Object, String> names = new IdentityHashMap<>();
		this.beanFactory.getBeansOfType(Dispatcher.class, false, true).forEach((name, bean) -> names.put(bean, name));
		Map<String, Dispatcher> beans = new LinkedHashMap<>();
		this.beanFactory.getBeanProvider(Dispatcher.class).orderedStream((type) -> true, false).forEach((bean) -> {
			// those of a parent context are served by that
			String name = names.get(bean);
			if (name != null && !isProxyOfMany(name)) {
				beans.put(name, target(bean));
			}
		});
		return beans;
	}

	// each call of such a proxy is to another dispatcher
	private boolean isProxyOfMany(String name) {
		String target = ScopedProxyUtils.getTargetBeanName(name);
		return this.beanFactory.containsBean(target) && !this.beanFactory.isSingleton(target);
	}

	// the loop calls what a proxy cannot pass on
	static Dispatcher target(Dispatcher bean) {
		Object target = AopUtils.isAopProxy(bean) ? AopProxyUtils.getSingletonTarget(bean) : null;
		return (target instanceof Dispatcher dispatcher) ? dispatcher : bean;
	}

}
