package io.asyncore.test;

import java.lang.annotation.Annotation;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.QualifierAnnotationAutowireCandidateResolver;
import org.springframework.beans.factory.config.DependencyDescriptor;
import org.springframework.context.annotation.ContextAnnotationAutowireCandidateResolver;
import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.AnnotatedElementUtils;

/**
 * Resolves {@link LocalAsyncorePort}.
 */
class LocalAsyncorePortResolver extends ContextAnnotationAutowireCandidateResolver {

	/**
	 * Suggest the property in which the port is published.
	 * @see QualifierAnnotationAutowireCandidateResolver#getSuggestedValue
	 */
	@Override
	public @Nullable Object getSuggestedValue(DependencyDescriptor descriptor) {
		LocalAsyncorePort port = find(descriptor.getAnnotations());
		if (port == null) {
			MethodParameter parameter = descriptor.getMethodParameter();
			port = (parameter != null) ? find(parameter.getMethodAnnotations()) : null;
		}
		return (port != null) ? "${local.asyncore." + port.value() + ".port}" : super.getSuggestedValue(descriptor);
	}

	private static @Nullable LocalAsyncorePort find(Annotation[] annotations) {
		return AnnotatedElementUtils.getMergedAnnotation(AnnotatedElementUtils.forAnnotations(annotations),
				LocalAsyncorePort.class);
	}

}
