package io.asyncore.autoconfigure.properties;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Thrown when properties are set that have no effect as they are written.
 */
class WrongPropertiesException extends RuntimeException {

	private final transient List<PropertyProblem> problems;

	WrongPropertiesException(List<PropertyProblem> problems) {
		super(problems.stream().map(PropertyProblem::description).collect(Collectors.joining(" ")));
		this.problems = List.copyOf(problems);
	}

	List<PropertyProblem> getProblems() {
		return this.problems;
	}

}
