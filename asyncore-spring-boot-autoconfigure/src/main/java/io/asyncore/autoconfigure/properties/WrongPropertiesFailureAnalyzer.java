package io.asyncore.autoconfigure.properties;

import java.util.List;
import java.util.stream.Collectors;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains which properties have no effect as they are written.
 */
class WrongPropertiesFailureAnalyzer extends AbstractFailureAnalyzer<WrongPropertiesException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, WrongPropertiesException cause) {
		List<PropertyProblem> problems = cause.getProblems();
		return new FailureAnalysis(
				problems.stream().map(PropertyProblem::description).collect(Collectors.joining("\n")),
				problems.stream().map(PropertyProblem::action).distinct().collect(Collectors.joining("\n")), cause);
	}

}
