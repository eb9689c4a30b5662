package io.asyncore.test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.test.context.TestContextAnnotationUtils;

/**
 * Sets the port of each configured server to 0 in the application contexts of tests that
 * have {@link AnyAsyncorePorts}.
 */
class AnyAsyncorePortsContextCustomizerFactory implements ContextCustomizerFactory {

	@Override
	public @Nullable ContextCustomizer createContextCustomizer(Class<?> testClass,
			List<ContextConfigurationAttributes> configAttributes) {
		return TestContextAnnotationUtils.hasAnnotation(testClass, AnyAsyncorePorts.class) ? new Customizer() : null;
	}

	// equal to all others, so that test classes can share a context
	private record Customizer() implements ContextCustomizer {

		private static final Pattern PORT = Pattern.compile("asyncore\\.servers\\..+\\.port");

		@Override
		public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration config) {
			MutablePropertySources sources = context.getEnvironment().getPropertySources();
			Map<String, Object> ports = new HashMap<>();
			for (PropertySource<?> source : sources) {
				if (source instanceof EnumerablePropertySource<?> enumerable) {
					for (String name : enumerable.getPropertyNames()) {
						if (PORT.matcher(name).matches()) {
							ports.put(name, 0);
						}
					}
				}
			}
			sources.addFirst(new MapPropertySource("any ports of asyncore", ports));
		}

	}

}
