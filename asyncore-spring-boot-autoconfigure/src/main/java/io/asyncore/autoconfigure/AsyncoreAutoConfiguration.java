package io.asyncore.autoconfigure;

import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.context.EventLoopLifecycle;
import io.asyncore.context.Servers;

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

/**
 * {@link EnableAutoConfiguration Auto-configuration} for an event loop that serves the
 * {@link Dispatcher} beans of the application and the servers of its configuration. A
 * child context has a loop of its own for the dispatchers that it defines.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "asyncore.enabled", matchIfMissing = true)
@EnableConfigurationProperties(AsyncoreProperties.class)
public final class AsyncoreAutoConfiguration {

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
	EventLoop asyncoreEventLoop(ChannelMap channelMap) {
		return channelMap.eventLoop();
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	Servers asyncoreServers(EventLoop eventLoop, ApplicationContext context, AsyncoreProperties properties) {
		return new Servers(ServerSettingsMapper.map(properties.servers(), context.getParent()), eventLoop, context);
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	EventLoopLifecycle asyncoreEventLoopLifecycle(EventLoop eventLoop, ListableBeanFactory beanFactory, Servers servers,
			AsyncoreProperties properties) {
		return new EventLoopLifecycle(eventLoop, beanFactory, servers, SettingsMapper.map(properties));
	}

}
