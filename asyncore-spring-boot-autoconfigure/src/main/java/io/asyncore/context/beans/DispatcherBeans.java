package io.asyncore.context.beans;

import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.Origin;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.HierarchicalBeanFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.util.StringUtils;

/**
 * The singleton beans of a bean factory that are dispatchers.
 */
public class DispatcherBeans {

	private static final Logger logger = LoggerFactory.getLogger(DispatcherBeans.class);

	private final ListableBeanFactory beanFactory;

	private final Class<?> servedBy;

	// those that are not served and of which that was said
	private final Set<String> leftOut = new HashSet<>();

	/**
	 * Create a new instance.
	 * @param beanFactory where the beans are
	 * @param servedBy the type of a bean that is where dispatchers are served
	 */
	public DispatcherBeans(ListableBeanFactory beanFactory, Class<?> servedBy) {
		this.beanFactory = beanFactory;
		this.servedBy = servedBy;
	}

	/**
	 * Return the beans by name, in bean order. Makes those that are lazy. Says, once,
	 * which others there are that the loop does not serve.
	 * @return the beans, without the proxies before them
	 */
	public Map<String, Dispatcher> all() {
		Map<Object, String> names = new IdentityHashMap<>();
		this.beanFactory.getBeansOfType(Dispatcher.class, false, true).forEach((name, bean) -> names.put(bean, name));
		Map<String, Dispatcher> beans = new LinkedHashMap<>();
		this.beanFactory.getBeanProvider(Dispatcher.class).orderedStream((type) -> true, false).forEach((bean) -> {
			// those of a parent context are served by that
			String name = names.get(bean);
			if (name != null && !isProxyOfMany(name)) {
				Dispatcher target = target(bean);
				if (EventLoop.prepare(target) != Origin.UNMADE) {
					beans.put(name, target);
				}
				else {
					leaveOut(name, target);
				}
			}
		});
		warnOfOtherScopes();
		warnOfParents();
		return beans;
	}

	private void leaveOut(String name, Dispatcher bean) {
		if (!this.leftOut.add(name)) {
			return;
		}
		if (isProxy(bean)) {
			logger.warn(
					"The bean '{}' is not served: it is a proxy ({}), and what is behind it cannot be told. "
							+ "Make the dispatcher a bean of its own, and have the proxy refer to it",
					name, bean.getClass());
		}
		else {
			logger.debug("The bean '{}' is a mock, so it is not served", name);
		}
	}

	// mocks are of the class itself, or of one that is called so
	private static boolean isProxy(Dispatcher bean) {
		String type = bean.getClass().getName();
		return AopUtils.isAopProxy(bean) || (type.contains("$$") && !type.contains("Mock"));
	}

	// each call of such a proxy is to another dispatcher
	private boolean isProxyOfMany(String name) {
		String target = ScopedProxyUtils.getTargetBeanName(name);
		return this.beanFactory.containsBean(target) && !this.beanFactory.isSingleton(target);
	}

	private void warnOfOtherScopes() {
		for (String bean : this.beanFactory.getBeanNamesForType(Dispatcher.class, true, false)) {
			String scope = scope(bean);
			// what is a prototype is made by a server or by the application, for each
			// connection
			boolean served = scope == null || scope.equals(ConfigurableBeanFactory.SCOPE_SINGLETON)
					|| scope.equals(ConfigurableBeanFactory.SCOPE_PROTOTYPE);
			String name = ScopedProxyUtils.isScopedTarget(bean) ? ScopedProxyUtils.getOriginalBeanName(bean) : bean;
			if (!served && this.leftOut.add(name)) {
				logger.warn("The bean '{}' is not served, because it is in the scope '{}': the loop serves singletons, "
						+ "and what servers make of prototypes. Make it a singleton; what has to change with the scope "
						+ "may be a bean that it has injected", name, scope);
			}
		}
	}

	private @Nullable String scope(String bean) {
		BeanFactory beanFactory = (this.beanFactory instanceof ApplicationContext context)
				? context.getAutowireCapableBeanFactory() : this.beanFactory;
		boolean known = beanFactory instanceof ConfigurableListableBeanFactory configurable
				&& configurable.containsBeanDefinition(bean);
		String scope = known ? ((ConfigurableListableBeanFactory) beanFactory).getMergedBeanDefinition(bean).getScope()
				: null;
		return StringUtils.hasLength(scope) ? scope : null;
	}

	private void warnOfParents() {
		for (BeanFactory parent = parent(this.beanFactory); parent != null; parent = parent(parent)) {
			if (parent instanceof ListableBeanFactory beans
					&& beans.getBeanNamesForType(this.servedBy, true, false).length == 0) {
				for (String bean : beans.getBeanNamesForType(Dispatcher.class, false, false)) {
					warnOfParent(bean);
				}
			}
		}
	}

	private static @Nullable BeanFactory parent(BeanFactory beanFactory) {
		return (beanFactory instanceof HierarchicalBeanFactory child) ? child.getParentBeanFactory() : null;
	}

	private void warnOfParent(String bean) {
		if (this.leftOut.add("parent." + bean)) {
			logger.warn("The bean '{}' is not served, because it is one of a parent context that has no event loop: "
					+ "move it to where the loop is, or have that context auto-configured, too", bean);
		}
	}

	/**
	 * Return what is behind proxies: the loop calls what a proxy cannot pass on.
	 * @param bean a bean
	 * @return the bean itself if it is no proxy, or one that does not tell
	 */
	public static Dispatcher target(Dispatcher bean) {
		Dispatcher target = bean;
		while (AopUtils.isAopProxy(target) && AopProxyUtils.getSingletonTarget(target) instanceof Dispatcher next) {
			target = next;
		}
		return target;
	}

}
