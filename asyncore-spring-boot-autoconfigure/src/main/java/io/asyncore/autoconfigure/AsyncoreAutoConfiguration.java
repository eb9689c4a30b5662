package io.asyncore.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.EventLoopGroup;
import io.asyncore.Resolver;
import io.asyncore.autoconfigure.properties.ConfiguredNames;
import io.asyncore.autoconfigure.properties.PropertiesCheck;
import io.asyncore.context.EventLoopCustomizer;
import io.asyncore.context.EventLoopInstrumentation;
import io.asyncore.context.EventLoopLifecycle;
import io.asyncore.context.EventPublisher;
import io.asyncore.context.MdcInterceptor;
import io.asyncore.context.Servers;
import io.asyncore.context.UnusedBeans;
import io.asyncore.context.Watchdog;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Fallback;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.util.Assert;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for an event loop that serves the
 * {@link Dispatcher} beans of the application and the servers of its configuration, with
 * more loops to share the connections of these if so configured. A child context has a
 * loop of its own for the dispatchers that it defines.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "asyncore.enabled", matchIfMissing = true)
@EnableConfigurationProperties(AsyncoreProperties.class)
public final class AsyncoreAutoConfiguration {

	@Bean
	static PropertiesCheck asyncorePropertiesCheck(Environment environment) {
		return new PropertiesCheck(environment, AsyncoreProperties.class);
	}

	@Bean
	@ConditionalOnSingleCandidate(value = EventLoop.class, search = SearchStrategy.CURRENT)
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	ChannelMap asyncoreEventLoopChannelMap(EventLoop eventLoop) {
		return eventLoop.map();
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	ChannelMap asyncoreChannelMap() {
		return new ChannelMap();
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	EventLoop asyncoreEventLoop(ListableBeanFactory beanFactory, ApplicationContext context) {
		EventLoop loop = ownMap(beanFactory).eventLoop();
		ApplicationContext parent = context.getParent();
		if (parent != null && parent.getBeanProvider(EventLoop.class).stream().findAny().isPresent()) {
			// not to be mistaken for that of the parent
			loop.setName(loop.name() + "-" + context.getId());
		}
		return loop;
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	EventLoopGroup asyncoreEventLoopGroup(EventLoop eventLoop, AsyncoreProperties properties) {
		List<EventLoop> loops = new ArrayList<>(List.of(eventLoop));
		for (int threads = SettingsMapper.threads(properties.loop()); loops.size() < threads;) {
			EventLoop loop = new ChannelMap().eventLoop();
			// they will be numbered
			loop.setName(eventLoop.name());
			loops.add(loop);
		}
		return new EventLoopGroup(loops, properties.loop().distribution());
	}

	// one of a parent context serves its children too, unless they have their own
	@Bean
	@Fallback
	@ConditionalOnMissingBean
	Resolver asyncoreResolver() {
		return Resolver.system();
	}

	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	EventLoopCustomizer asyncoreConnectCustomizer(ListableBeanFactory beanFactory, AsyncoreProperties properties) {
		// that of this context before one of its parent
		Resolver resolver = beanFactory.getBean(Resolver.class);
		Duration connectTimeout = SettingsMapper.connectTimeout(properties);
		return (loop) -> {
			loop.setResolver(resolver);
			loop.setConnectTimeout(connectTimeout);
		};
	}

	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	EventLoopCustomizer asyncoreOffloadCustomizer(ListableBeanFactory beanFactory, AsyncoreProperties properties) {
		int maxQueued = SettingsMapper.maxQueued(properties.offload());
		return (loop) -> {
			loop.setOffloadExecutor(
					SettingsMapper.offloadExecutor(properties.offload(), beanFactory, loop.offloadExecutor()));
			loop.setMaxQueuedOffloads(maxQueued);
		};
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	EventPublisher asyncoreEventPublisher(ApplicationContext context, AsyncoreProperties properties) {
		return new EventPublisher(context, SettingsMapper.phase(properties));
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	@ConditionalOnBooleanProperty(name = "asyncore.watchdog.enabled", matchIfMissing = true)
	Watchdog asyncoreWatchdog(EventLoopGroup group, EventPublisher publisher, AsyncoreProperties properties) {
		return new Watchdog(group, publisher, SettingsMapper.warn(properties.watchdog()),
				SettingsMapper.phase(properties));
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	@ConditionalOnBooleanProperty("asyncore.logging.mdc")
	MdcInterceptor asyncoreMdcInterceptor() {
		return new MdcInterceptor();
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	EventLoopInstrumentation asyncoreEventLoopInstrumentation(EventLoopGroup group, ListableBeanFactory beanFactory) {
		return new EventLoopInstrumentation(group, beanFactory);
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	Servers asyncoreServers(EventLoopGroup group, ApplicationContext context, AsyncoreProperties properties) {
		Map<String, AsyncoreProperties.Server> servers = ConfiguredNames.unify("asyncore.servers", properties.servers(),
				context.getEnvironment());
		return new Servers(ServerSettingsMapper.map(servers, context.getParent()), group, context);
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	EventLoopLifecycle asyncoreEventLoopLifecycle(EventLoop eventLoop, EventLoopGroup group,
			ListableBeanFactory beanFactory, Servers servers, AsyncoreProperties properties) {
		Assert.state(group.first() == eventLoop,
				"The first loop of the EventLoopGroup bean must be the EventLoop bean: have it injected");
		return new EventLoopLifecycle(group, beanFactory, servers, SettingsMapper.map(properties));
	}

	@Bean
	UnusedBeans asyncoreUnusedBeans(EventLoopGroup group, Servers servers, ApplicationContext context) {
		return new UnusedBeans(group, servers, context);
	}

	// not one of a parent context, whatever that is called
	private static ChannelMap ownMap(ListableBeanFactory beanFactory) {
		String[] names = beanFactory.getBeanNamesForType(ChannelMap.class);
		return (names.length == 1) ? beanFactory.getBean(names[0], ChannelMap.class)
				: beanFactory.getBean(ChannelMap.class);
	}

}
