package io.asyncore.context;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import io.asyncore.ChannelFactory;
import io.asyncore.ChannelMap;
import io.asyncore.DatagramDispatcher;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.EventLoopGroup;
import io.asyncore.FileDispatcher;
import io.asyncore.ServerDispatcher;
import io.asyncore.chat.AsyncChat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.annotation.Lookup;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextAware;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.util.ClassUtils;

/**
 * Tells, once and when the application has started, of beans that are there to no effect:
 * those that would make channels if somebody asked them to, dispatchers that nothing
 * gives a socket, and maps with channels that no loop serves.
 */
public class UnusedBeans implements ApplicationListener<ContextRefreshedEvent> {

	private static final Logger logger = LoggerFactory.getLogger(UnusedBeans.class);

	private final EventLoopGroup group;

	private final Servers servers;

	private final ApplicationContext context;

	/**
	 * Create a new instance.
	 * @param group the loops that are run
	 * @param servers the servers that have channels made
	 * @param context where the beans are
	 */
	public UnusedBeans(EventLoopGroup group, Servers servers, ApplicationContext context) {
		this.group = group;
		this.servers = servers;
		this.context = context;
	}

	/**
	 * Look for such beans.
	 * @param event tells that the application has started, or a child of it
	 */
	@Override
	public void onApplicationEvent(ContextRefreshedEvent event) {
		if (event.getApplicationContext() == this.context
				&& this.context.getAutowireCapableBeanFactory() instanceof ConfigurableListableBeanFactory beans) {
			warnOfMaps(beans);
			Users users = new Users(beans);
			warnOfChannels(beans, users);
			warnOfSingletons(beans, users);
		}
	}

	private void warnOfMaps(ConfigurableListableBeanFactory beans) {
		for (String name : beans.getBeanNamesForType(ChannelMap.class, false, false)) {
			if (!beans.containsSingleton(name)) {
				// nobody has asked for it yet
				continue;
			}
			ChannelMap map = beans.getBean(name, ChannelMap.class);
			EventLoop loop = map.eventLoop();
			if (!map.isEmpty() && loop.thread() == null && !this.group.loops().contains(loop)) {
				logger
					.warn("The map '{}' has {} channel(s), and no loop runs over it, so they are not served. Make them "
							+ "beans, which join the map that is served, or make them with that map, or run the loop",
							name, map.size());
			}
		}
	}

	private void warnOfChannels(ConfigurableListableBeanFactory beans, Users users) {
		Set<String> names = new LinkedHashSet<>();
		for (String name : beans.getBeanNamesForType(Dispatcher.class, true, false)) {
			if (beans.isPrototype(name)) {
				names.add(ScopedProxyUtils.isScopedTarget(name) ? ScopedProxyUtils.getOriginalBeanName(name) : name);
			}
		}
		names.addAll(List.of(beans.getBeanNamesForType(ChannelFactory.class, true, false)));
		names.removeIf((name) -> isOfServer(name, beans) || isDependedUpon(name, beans));
		for (String name : names) {
			Class<?> type = beans.getType(name, false);
			if (type != null && !users.mayUse(name, type)) {
				warn(name, ChannelFactory.class.isAssignableFrom(type));
			}
		}
	}

	// by now all have been opened
	private void warnOfSingletons(ConfigurableListableBeanFactory beans, Users users) {
		for (String name : beans.getBeanNamesForType(Dispatcher.class, false, false)) {
			if (beans.getSingleton(name) instanceof Dispatcher dispatcher && dispatcher.socket() == null
					&& !(dispatcher instanceof FileDispatcher) && !AopUtils.isAopProxy(dispatcher)
					&& !isOfServer(name, beans) && !isDependedUpon(name, beans)
					&& !Users.mayOpenItself(dispatcher.getClass()) && !users.mayUse(name, dispatcher.getClass())) {
				warnOfSingleton(name, dispatcher);
			}
		}
	}

	private static void warnOfSingleton(String name, Dispatcher dispatcher) {
		if (dispatcher instanceof DatagramDispatcher) {
			logger
				.warn("The bean '{}' receives no datagrams: it has no socket, no server has it, and it does not make one "
						+ "in handleOpen(). Set 'asyncore.servers.{}.protocol' to udp, and 'asyncore.servers.{}.port'",
						name, name, name);
		}
		else {
			logger.warn("The bean '{}' serves nobody: it has no socket, no server has it, and it does not make one in "
					+ "handleOpen(). If it is to serve connections make it prototype-scoped, by @Scope(\"prototype\"), "
					+ "and set 'asyncore.servers.{}.port'", name, name);
		}
	}

	private boolean isOfServer(String name, ConfigurableListableBeanFactory beans) {
		Set<String> channels = this.servers.channelBeans();
		return channels.contains(name) || Arrays.stream(beans.getAliases(name)).anyMatch(channels::contains);
	}

	private static boolean isDependedUpon(String name, ConfigurableListableBeanFactory beans) {
		return beans.getDependentBeans(name).length > 0
				|| beans.getDependentBeans(ScopedProxyUtils.getTargetBeanName(name)).length > 0;
	}

	private static void warn(String name, boolean factory) {
		logger.warn("The bean '{}' makes no channels: it is a {}, but no server has it, and no other bean asks for it. "
				+ "Set 'asyncore.servers.{}.port', or 'asyncore.servers.<name>.channel' of a server to '{}', or have it "
				+ "injected where it is used", name, factory ? "channel factory" : "prototype-scoped dispatcher", name,
				name);
	}

	/**
	 * The beans of the application that may use others.
	 */
	private static final class Users {

		private static final String AUTO_CONFIGURATION = "org.springframework.boot.autoconfigure.AutoConfiguration";

		// such as a supplier of providers; others may go on for ever
		private static final int MOST_GENERICS = 3;

		private final ConfigurableListableBeanFactory beans;

		Users(ConfigurableListableBeanFactory beans) {
			this.beans = beans;
		}

		/**
		 * Say whether one of them asks for a bean, or can have any.
		 */
		boolean mayUse(String bean, Class<?> type) {
			for (String name : this.beans.getBeanDefinitionNames()) {
				Class<?> user = name.equals(bean) ? null : userType(name);
				if (user != null && (hasAllBeans(user) || asksFor(user, type))) {
					return true;
				}
			}
			return false;
		}

		/**
		 * Say whether a dispatcher may have itself given a socket some time later, if
		 * only because somebody else may call it.
		 */
		static boolean mayOpenItself(Class<?> dispatcher) {
			try {
				Class<?> type = dispatcher;
				for (; !isOfCore(type); type = type.getSuperclass()) {
					if (type.getInterfaces().length > 0
							|| Arrays.stream(type.getDeclaredMethods())
								.anyMatch((method) -> method.getName().equals("handleOpen")
										|| method.getAnnotations().length > 0)
							|| Arrays.stream(type.getDeclaredConstructors())
								.anyMatch((constructor) -> hasLoop(constructor.getParameterTypes()))) {
						return true;
					}
				}
				return type == dispatcher || ServerDispatcher.class.isAssignableFrom(type);
			}
			catch (LinkageError ex) {
				logger.debug("It is not known what {} does", dispatcher, ex);
				return true;
			}
		}

		private static boolean hasLoop(Class<?>[] types) {
			return Arrays.stream(types).anyMatch((type) -> type == EventLoop.class || type == EventLoopGroup.class);
		}

		// those of Spring have the context for other ends
		private @Nullable Class<?> userType(String name) {
			Class<?> type = this.beans.getType(name, false);
			BeanDefinition definition = this.beans.getMergedBeanDefinition(name);
			String factory = definition.getFactoryBeanName();
			Class<?> maker = (factory != null) ? this.beans.getType(factory, false) : type;
			if (type == null || isOfLibrary(type) || maker == null || isOfLibrary(maker)) {
				return null;
			}
			return ClassUtils.getUserClass(type);
		}

		private static boolean isOfLibrary(Class<?> type) {
			return type.getName().startsWith("org.springframework.")
					|| type.getPackageName().equals(UnusedBeans.class.getPackageName())
					|| MergedAnnotations.from(ClassUtils.getUserClass(type)).isPresent(AUTO_CONFIGURATION);
		}

		private static boolean hasAllBeans(Class<?> user) {
			return BeanFactoryAware.class.isAssignableFrom(user)
					|| ApplicationContextAware.class.isAssignableFrom(user);
		}

		private static boolean asksFor(Class<?> user, Class<?> bean) {
			try {
				return types(user).stream().anyMatch((type) -> mentions(type, bean, MOST_GENERICS));
			}
			catch (LinkageError ex) {
				logger.debug("It is not known what {} needs", user, ex);
				return true;
			}
		}

		private static List<ResolvableType> types(Class<?> user) {
			List<ResolvableType> types = new ArrayList<>();
			// what every dispatcher has says nothing about this one
			for (Class<?> type = user; type != null && !isOfCore(type); type = type.getSuperclass()) {
				for (Constructor<?> constructor : type.getDeclaredConstructors()) {
					add(constructor.getParameters(), types);
				}
				for (Method method : type.getDeclaredMethods()) {
					// @Bean, @Autowired and the like
					if (method.getAnnotations().length > 0) {
						add(method.getParameters(), types);
					}
					if (method.isAnnotationPresent(Lookup.class)) {
						types.add(ResolvableType.forMethodReturnType(method));
					}
				}
				for (Field field : type.getDeclaredFields()) {
					types.add(ResolvableType.forField(field));
				}
			}
			return types;
		}

		private static boolean isOfCore(Class<?> type) {
			return type.getPackageName().equals(Dispatcher.class.getPackageName())
					|| type.getPackageName().equals(AsyncChat.class.getPackageName());
		}

		private static void add(Parameter[] parameters, List<ResolvableType> types) {
			for (Parameter parameter : parameters) {
				types.add(ResolvableType.forType(parameter.getParameterizedType()));
			}
		}

		private static boolean mentions(ResolvableType type, Class<?> bean, int depth) {
			Class<?> raw = type.resolve(Object.class);
			boolean itself = raw != Object.class && raw.isAssignableFrom(bean);
			return itself || BeanFactory.class.isAssignableFrom(raw) || (depth > 0
					&& Arrays.stream(type.getGenerics()).anyMatch((generic) -> mentions(generic, bean, depth - 1)));
		}

	}

}
