package io.asyncore.context;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;

import io.asyncore.CapturedLog;
import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import org.junit.jupiter.api.Test;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.target.HotSwappableTargetSource;
import org.springframework.beans.factory.config.BeanDefinitionHolder;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.context.support.SimpleThreadScope;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Dispatcher beans that are not served, or not as they are.
 */
class LeftOutBeansTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class))
		.withPropertyValues("asyncore.shutdown.grace-period=1s")
		.withInitializer((context) -> context.getBeanFactory().registerScope("refresh", new SimpleThreadScope()));

	@Test
	void whenABeanIsInAnotherScopeSaysWhichAndWhatToDo() {
		assertWarned(this.contextRunner.withBean("doorbell", Dispatcher.class, Dispatcher::new,
				(definition) -> definition.setScope("refresh")), "'doorbell'", "'refresh'", "singleton");
	}

	@Test
	void whenThereIsAProxyForItSaysTheSameOnce() {
		assertWarned(this.contextRunner.withInitializer((context) -> {
			RootBeanDefinition definition = new RootBeanDefinition(Dispatcher.class);
			definition.setScope("refresh");
			GenericApplicationContext registry = (GenericApplicationContext) context;
			BeanDefinitionHolder proxy = ScopedProxyUtils
				.createScopedProxy(new BeanDefinitionHolder(definition, "doorbell"), registry, true);
			registry.registerBeanDefinition(proxy.getBeanName(), proxy.getBeanDefinition());
		}), "'doorbell'", "'refresh'", "singleton");
	}

	@Test
	void whenAProxyHasNoTargetOfItsOwnSaysSo() {
		ProxyFactory proxy = new ProxyFactory();
		proxy.setTargetSource(new HotSwappableTargetSource(new Dispatcher(new ChannelMap())));
		proxy.setProxyTargetClass(true);
		assertWarned(this.contextRunner.withBean("swapped", Dispatcher.class, () -> (Dispatcher) proxy.getProxy()),
				"'swapped'", "proxy");
	}

	@Test
	void whenABeanIsOneOfAParentWithoutALoopSaysSo() {
		try (GenericApplicationContext parent = new GenericApplicationContext()) {
			parent.registerBean("doorbell", Dispatcher.class, () -> new Dispatcher(new ChannelMap()));
			parent.refresh();
			assertWarned(this.contextRunner.withParent(parent), "'doorbell'", "parent");
		}
	}

	@Test
	void whenABeanIsLazySaysNothing() {
		try (CapturedLog log = new CapturedLog()) {
			this.contextRunner
				.withBean("lazy", Dispatcher.class, Dispatcher::new, (definition) -> definition.setLazyInit(true))
				.run((context) -> assertThat(context.getBean(ChannelMap.class).channels())
					.containsExactly(context.getBean("lazy", Dispatcher.class)));
			assertThat(log.warnings()).isEmpty();
		}
	}

	private static void assertWarned(ApplicationContextRunner contextRunner, String... words) {
		try (CapturedLog log = new CapturedLog()) {
			contextRunner.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(ChannelMap.class)).isEmpty();
				assertThat(log.warnings()).singleElement().asString().contains(words);
				// once
				context.getSourceApplicationContext().stop();
				context.getSourceApplicationContext().start();
				assertThat(log.warnings()).hasSize(1);
			});
		}
	}

	@Test
	void whatOthersAreGivenAsABeanHasAllPublicMethods() throws Exception {
		Dispatcher target = new Dispatcher(new ChannelMap());
		ProxyFactory factory = new ProxyFactory(target);
		factory.setProxyTargetClass(true);
		Dispatcher proxy = (Dispatcher) factory.getProxy();
		proxy.setChannelName("door");
		assertThat(proxy.channelName()).isEqualTo(target.channelName()).isEqualTo("door");
		List<Method> methods = Arrays.stream(Dispatcher.class.getDeclaredMethods())
			.filter((method) -> Modifier.isPublic(method.getModifiers()))
			.toList();
		assertThat(methods).hasSizeGreaterThan(30);
		for (Method method : methods) {
			assertThat(Modifier.isFinal(method.getModifiers())).as(method.getName()).isFalse();
			if (method.getParameterCount() == 0) {
				assertDelegates(proxy, method);
			}
		}
	}

	private static void assertDelegates(Dispatcher proxy, Method method) throws IllegalAccessException {
		try {
			method.invoke(proxy);
		}
		catch (InvocationTargetException ex) {
			// there is no socket
			assertThat(ex.getCause()).as(method.getName()).isNotInstanceOf(NullPointerException.class);
		}
	}

}
