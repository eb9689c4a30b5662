package io.asyncore.test;

import java.lang.reflect.Method;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;

/**
 * Runs a {@link SimulationTest} once with each seed.
 */
class SimulationExtension implements TestTemplateInvocationContextProvider {

	private static final String SEED = "asyncore.simulation.seed";

	@Override
	public boolean supportsTestTemplate(ExtensionContext context) {
		return true;
	}

	@Override
	public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext context) {
		Method method = context.getRequiredTestMethod();
		SimulationTest test = method.getAnnotation(SimulationTest.class);
		if (test == null || test.seeds() < 1) {
			throw new IllegalArgumentException("'seeds' of @SimulationTest must be at least 1: " + method);
		}
		Long only = Long.getLong(SEED);
		LongStream seeds = (only != null) ? LongStream.of(only)
				: LongStream.range(test.first(), test.first() + test.seeds());
		return seeds.mapToObj(Run::new);
	}

	/**
	 * One run.
	 */
	private static final class Run implements TestTemplateInvocationContext, ParameterResolver,
			TestExecutionExceptionHandler, AfterTestExecutionCallback {

		private final long seed;

		private @Nullable Simulation simulation;

		Run(long seed) {
			this.seed = seed;
		}

		@Override
		public String getDisplayName(int index) {
			return "seed " + this.seed;
		}

		@Override
		public List<Extension> getAdditionalExtensions() {
			return List.of(this);
		}

		@Override
		public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
			return parameter.getParameter().getType() == Simulation.class;
		}

		@Override
		public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
			Simulation simulation = this.simulation;
			if (simulation == null) {
				simulation = Simulation.seed(this.seed);
				this.simulation = simulation;
			}
			return simulation;
		}

		@Override
		public void handleTestExecutionException(ExtensionContext context, Throwable failure) {
			Simulation simulation = this.simulation;
			throw new AssertionError("Fails with seed " + this.seed + ", and does so again with Simulation.seed("
					+ this.seed + ") or -D" + SEED + "=" + this.seed + ": " + failure.getMessage()
					+ ((simulation != null) ? "\n" + simulation.trace() : ""), failure);
		}

		@Override
		public void afterTestExecution(ExtensionContext context) {
			if (this.simulation != null) {
				this.simulation.close();
			}
		}

	}

}
