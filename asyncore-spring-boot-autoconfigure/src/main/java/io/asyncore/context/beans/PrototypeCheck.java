package io.asyncore.context.beans;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.BeansException;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.InjectionPoint;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.ObjectFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.AutowiredAnnotationBeanPostProcessor;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.config.DependencyDescriptor;
import org.springframework.beans.factory.config.SmartInstantiationAwareBeanPostProcessor;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Finds out at the start whether a prototype bean can be made, without making one: what
 * its constructor, or the method that returns it, and its fields need is looked up as
 * Spring does it. Whatever is not certain is taken for possible.
 */
public final class PrototypeCheck {

	private static final Logger logger = LoggerFactory.getLogger(PrototypeCheck.class);

	// resolved when they are asked, or empty if there is nothing
	private static final Set<String> NEVER_MISSING = Set.of(Optional.class.getName(), Stream.class.getName(),
			"jakarta.inject.Provider");

	private final String server;

	private final String beanName;

	private final DefaultListableBeanFactory beans;

	private PrototypeCheck(String server, String beanName, DefaultListableBeanFactory beans) {
		this.server = server;
		this.beanName = beanName;
		this.beans = beans;
	}

	/**
	 * Check a bean.
	 * @param server the server whose channels it makes
	 * @param beanName the name of the bean
	 * @param beanFactory where it is
	 * @throws ChannelConstructionException if it cannot be made
	 */
	public static void check(String server, String beanName, BeanFactory beanFactory) {
		BeanFactory beans = (beanFactory instanceof ApplicationContext context)
				? context.getAutowireCapableBeanFactory() : beanFactory;
		if (beans instanceof DefaultListableBeanFactory known && known.containsBeanDefinition(beanName)) {
			new PrototypeCheck(server, beanName, known).check(beanName, List.of());
		}
	}

	private void check(String bean, List<String> outer) {
		List<String> path = new ArrayList<>(outer);
		path.add(bean);
		if (outer.contains(bean)) {
			String circle = String.join(" -> ", path.subList(outer.indexOf(bean), path.size()));
			throw failure(ChannelConstructionException.Reason.CIRCLE, circle,
					"it needs what needs it in turn, " + circle, null);
		}
		// what a supplier does cannot be seen, generated code included
		if (this.beans.getMergedBeanDefinition(bean) instanceof RootBeanDefinition definition
				&& definition.getInstanceSupplier() == null) {
			Executable executable = executable(bean, definition);
			if (executable != null) {
				for (int i = 0; i < executable.getParameterCount(); i++) {
					MethodParameter parameter = MethodParameter.forExecutable(executable, i);
					resolve(new Probe(parameter), "parameter " + i + " of " + text(executable), path, parameter,
							executable);
				}
			}
			checkFields(bean, path);
		}
	}

	private static String text(Executable executable) {
		String owner = executable.getDeclaringClass().getName();
		return (executable instanceof Method) ? "the method '" + executable.getName() + "' of " + owner
				: "the constructor of " + owner;
	}

	private @Nullable Executable executable(String bean, RootBeanDefinition definition) {
		if (definition.hasConstructorArgumentValues()
				|| definition.getResolvedAutowireMode() == AutowireCapableBeanFactory.AUTOWIRE_CONSTRUCTOR
						&& definition.getFactoryMethodName() == null) {
			return null;
		}
		if (definition.getFactoryMethodName() != null) {
			Method method = definition.getResolvedFactoryMethod();
			return (method != null && isOnlyOne(method)) ? method : null;
		}
		return definition.hasBeanClass() ? constructor(bean, definition, definition.getBeanClass()) : null;
	}

	private static boolean isOnlyOne(Method method) {
		return Arrays.stream(ReflectionUtils.getUniqueDeclaredMethods(method.getDeclaringClass()))
			.filter((other) -> other.getName().equals(method.getName()))
			.count() == 1;
	}

	private @Nullable Constructor<?> constructor(String bean, RootBeanDefinition definition, Class<?> type) {
		if (Modifier.isAbstract(type.getModifiers()) || KotlinDetector.isKotlinType(type)) {
			return null;
		}
		Constructor<?>[] candidates = null;
		for (BeanPostProcessor processor : this.beans.getBeanPostProcessors()) {
			if (candidates == null && processor instanceof SmartInstantiationAwareBeanPostProcessor smart) {
				candidates = smart.determineCandidateConstructors(type, bean);
			}
		}
		if (candidates == null) {
			candidates = definition.getPreferredConstructors();
		}
		if (candidates == null) {
			if (Arrays.stream(type.getDeclaredConstructors()).allMatch((one) -> one.getParameterCount() > 0)) {
				throw failure(ChannelConstructionException.Reason.NO_CONSTRUCTOR, type.getName(),
						type.getName() + " has several constructors, and which one to call cannot be told", null);
			}
			return null;
		}
		return (candidates.length == 1) ? candidates[0] : null;
	}

	private void checkFields(String bean, List<String> path) {
		Class<?> type = this.beans.getType(bean, false);
		boolean injected = this.beans.getBeanPostProcessors()
			.stream()
			.anyMatch(AutowiredAnnotationBeanPostProcessor.class::isInstance);
		if (type == null || !injected) {
			return;
		}
		ReflectionUtils.doWithFields(type, (field) -> {
			Autowired autowired = AnnotatedElementUtils.getMergedAnnotation(field, Autowired.class);
			boolean required = (autowired != null) ? autowired.required()
					: AnnotatedElementUtils.hasAnnotation(field, Value.class);
			if (required && !Modifier.isStatic(field.getModifiers())) {
				Probe probe = new Probe(field);
				probe.setContainingClass(type);
				resolve(probe, "the field '" + field.getName() + "' of " + field.getDeclaringClass().getName(), path,
						null, field);
			}
		});
	}

	private void resolve(Probe probe, String where, List<String> path, @Nullable MethodParameter parameter,
			AnnotatedElement element) {
		if (isLater(probe, element) || (parameter != null && parameter.hasParameterAnnotation(Lazy.class))) {
			return;
		}
		Object value = this.beans.getAutowireCandidateResolver().getSuggestedValue(probe);
		if (value instanceof String expression && expression.contains("#{")) {
			// it may do anything
			return;
		}
		String type = probe.getResolvableType().toString();
		try {
			this.beans.resolveDependency(probe, path.get(path.size() - 1), null, null);
		}
		catch (Candidate found) {
			follow(found.name, path);
		}
		catch (NoUniqueBeanDefinitionException ex) {
			Collection<String> names = ex.getBeanNamesFound();
			throw failure(ChannelConstructionException.Reason.SEVERAL_BEANS, type,
					where + " needs one bean of type " + type + ", and there are "
							+ ((names != null) ? "'" + String.join("', '", names) + "'" : "several"),
					ex);
		}
		catch (NoSuchBeanDefinitionException ex) {
			if (ex.getResolvableType() != null) {
				throw failure(ChannelConstructionException.Reason.MISSING_BEAN, type,
						where + " needs a bean of type " + type + ", and there is none", ex);
			}
		}
		catch (BeansException | IllegalArgumentException ex) {
			// a port that is not open yet has a property later
			if (value == null || String.valueOf(ex.getMessage()).contains("local.")) {
				logger.debug("It is not known whether {} can be had", where, ex);
				return;
			}
			throw failure(ChannelConstructionException.Reason.WRONG_VALUE, value.toString(),
					where + " needs the value of '" + value + "', which it cannot have: " + ex.getMessage(), ex);
		}
	}

	// another prototype would be made along with it
	private void follow(String bean, List<String> path) {
		if (this.beans.containsBeanDefinition(bean) && this.beans.getMergedBeanDefinition(bean).isPrototype()
				&& !this.beans.isFactoryBean(bean)) {
			check(bean, path);
		}
	}

	private static boolean isLater(DependencyDescriptor dependency, AnnotatedElement element) {
		Class<?> type = dependency.getDependencyType();
		return AnnotatedElementUtils.hasAnnotation(element, Lazy.class) || NEVER_MISSING.contains(type.getName())
				|| ObjectFactory.class.isAssignableFrom(type) || InjectionPoint.class.isAssignableFrom(type)
				|| type.isArray() || Collection.class.isAssignableFrom(type) || Map.class.isAssignableFrom(type);
	}

	private ChannelConstructionException failure(ChannelConstructionException.Reason reason, String subject,
			String problem, @Nullable Throwable cause) {
		return new ChannelConstructionException(this.server, this.beanName, reason, subject, problem, cause);
	}

	/**
	 * Has Spring look for a bean, but takes only those that are there.
	 */
	private static final class Probe extends DependencyDescriptor {

		Probe(MethodParameter parameter) {
			super(parameter, true);
		}

		Probe(Field field) {
			super(field, true);
		}

		@Override
		public Object resolveCandidate(String beanName, Class<?> requiredType, BeanFactory beanFactory) {
			if (beanFactory instanceof ConfigurableBeanFactory known && known.containsSingleton(beanName)
					&& !known.isFactoryBean(beanName)) {
				return super.resolveCandidate(beanName, requiredType, beanFactory);
			}
			throw new Candidate(beanName);
		}

	}

	/**
	 * Tells which bean would be made.
	 */
	private static final class Candidate extends RuntimeException {

		private final String name;

		Candidate(String name) {
			super(name, null, false, false);
			this.name = name;
		}

	}

}
