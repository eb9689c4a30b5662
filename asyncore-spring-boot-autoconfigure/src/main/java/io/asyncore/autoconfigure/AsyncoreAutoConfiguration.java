package io.asyncore.autoconfigure;

import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.context.EventLoopLifecycle;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for an event loop that serves the
 * {@link Dispatcher} beans of the application.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "asyncore.enabled", matchIfMissing = true)
@EnableConfigurationProperties(AsyncoreProperties.class)
public final class AsyncoreAutoConfiguration {

	@Bean
	@ConditionalOnSingleCandidate(EventLoop.class)
	@ConditionalOnMissingBean
	ChannelMap asyncoreEventLoopChannelMap(EventLoop eventLoop) {
		return eventLoop.map();
	}

	@Bean
	@ConditionalOnMissingBean
	ChannelMap asyncoreChannelMap() {
		return new ChannelMap();
	}

	@Bean
	@ConditionalOnMissingBean
	EventLoop asyncoreEventLoop(ChannelMap channelMap) {
		return channelMap.eventLoop();
	}

	@Bean
	@ConditionalOnMissingBean
	EventLoopLifecycle asyncoreEventLoopLifecycle(EventLoop eventLoop, ListableBeanFactory beanFactory,
			AsyncoreProperties properties) {
		return new EventLoopLifecycle(eventLoop, beanFactory, SettingsMapper.map(properties));
	}

}
