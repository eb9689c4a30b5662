package io.asyncore.autoconfigure.properties;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.util.ClassUtils;
import org.springframework.util.unit.DataSize;

/**
 * Says how a value has to be written that cannot be read. Comes before the analyzer of
 * Spring Boot, which knows what is wrong and not what would be right.
 */
@Order(Ordered.LOWEST_PRECEDENCE - 1)
class UnreadableValueFailureAnalyzer extends AbstractFailureAnalyzer<BindException> {

	private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("asyncore");

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException cause) {
		ConfigurationProperty property = cause.getProperty();
		Class<?> type = cause.getTarget().getType().resolve();
		if (property == null || type == null || !PREFIX.isAncestorOf(property.getName())) {
			return null;
		}
		String right = right(type, String.valueOf(property.getValue()).strip());
		return (right != null) ? new FailureAnalysis(description(property, rootFailure),
				"Set '" + property.getName() + "' to " + right, cause) : null;
	}

	private static String description(ConfigurationProperty property, Throwable rootFailure) {
		StringBuilder text = new StringBuilder("The value of '" + property.getName() + "' cannot be read:\n");
		text.append("\n    Property: ").append(property.getName());
		text.append("\n    Value: \"").append(property.getValue()).append('"');
		if (property.getOrigin() != null) {
			text.append("\n    Origin: ").append(property.getOrigin());
		}
		return text.append("\n    Reason: ").append(reason(rootFailure)).toString();
	}

	private static String reason(Throwable failure) {
		Throwable root = failure;
		while (root.getCause() != null) {
			root = root.getCause();
		}
		return root.getClass().getSimpleName() + ": " + root.getMessage();
	}

	private static @Nullable String right(Class<?> type, String value) {
		Class<?> boxed = ClassUtils.resolvePrimitiveIfNecessary(type);
		if (boxed.isEnum()) {
			return oneOf(Arrays.stream(boxed.getEnumConstants()).map(UnreadableValueFailureAnalyzer::name).toList(),
					value);
		}
		if (boxed == Duration.class) {
			return "a number and a unit without a space, such as 500ms, 30s, 5m or 2h.";
		}
		if (boxed == DataSize.class) {
			return "a number and a unit without a space, such as 512B, 64KB or 16MB.";
		}
		if (boxed == InetAddress.class || List.class.isAssignableFrom(boxed)) {
			return "an IP address or a name that can be looked up, without a port.";
		}
		if (boxed == Boolean.class) {
			return "true or false.";
		}
		if (boxed == Integer.class) {
			return "a whole number.";
		}
		return null;
	}

	private static String name(Object constant) {
		return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	private static String oneOf(List<String> names, String value) {
		String nearest = Spelling.nearest(value, names);
		return "one of " + String.join(", ", names) + "."
				+ ((nearest != null) ? " Did you mean '" + nearest + "'?" : "");
	}

}
