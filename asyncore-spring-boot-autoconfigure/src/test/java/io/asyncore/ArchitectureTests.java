package io.asyncore;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.Architectures;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.jspecify.annotations.NullMarked;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

/**
 * Which package may use which, and the shape of auto-configurations.
 */
@AnalyzeClasses(packages = "io.asyncore", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

	private static final String[] ALLOWED_EVERYWHERE = { "java..", "org.slf4j..", "org.jspecify.." };

	// what stands below the core, from the ground up, and is public for the core only
	private static final String[] FLOORS = { "io.asyncore.transport", "io.asyncore.loop", "io.asyncore.file",
			"io.asyncore.connect" };

	// what applications write against ties dispatchers, maps, loops and monitors together
	private static final int MOST_IN_A_CIRCLE = 17;

	@ArchTest
	final ArchRule coreUsesOnlyTheJdkAndItself = classes().that()
		.resideInAPackage("io.asyncore")
		.should()
		// a core class that offers TLS may name what carries it
		.onlyDependOnClassesThat()
		.resideInAnyPackage(with("javax.net.ssl..", "io.asyncore", "io.asyncore.tls", "io.asyncore.transport",
				"io.asyncore.loop", "io.asyncore.file", "io.asyncore.connect", "io.asyncore.output"));

	@ArchTest
	final ArchRule transportUsesNothingOfTheRest = usesOnly("io.asyncore.transport");

	@ArchTest
	final ArchRule loopUsesOnlyTheTransport = usesOnly("io.asyncore.loop", "io.asyncore.transport");

	@ArchTest
	final ArchRule filesUseOnlyTheTransport = usesOnly("io.asyncore.file", "io.asyncore.transport");

	@ArchTest
	final ArchRule waysToAPeerUseOnlyLoopAndTransport = usesOnly("io.asyncore.connect", "io.asyncore.loop",
			"io.asyncore.transport");

	@ArchTest
	final ArchRule simulationUsesOnlyTheTransport = usesOnly("io.asyncore.simulation", "io.asyncore.transport");

	@ArchTest
	final ArchRule simulationIsForTestsOnly = noClasses().that()
		.resideOutsideOfPackages("io.asyncore.simulation", "io.asyncore.test")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("io.asyncore.simulation");

	@ArchTest
	final ArchRule outputUsesNothingOfTheRest = usesOnly("io.asyncore.output");

	@ArchTest
	final ArchRule outputIsForCoreAndChatOnly = noClasses().that()
		.resideOutsideOfPackages("io.asyncore", "io.asyncore.chat..", "io.asyncore.output")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("io.asyncore.output");

	@ArchTest
	final ArchRule floorsAreForTheCoreOnly = noClasses().that()
		.resideOutsideOfPackages("io.asyncore", "io.asyncore.transport", "io.asyncore.loop", "io.asyncore.file",
				"io.asyncore.connect", "io.asyncore.simulation")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage(FLOORS);

	// each is given what it needs, and asks for the rest by an interface of its own
	@ArchTest
	final ArchRule partsOfAChannelDoNotKnowIt = noClasses().that()
		.haveNameMatching(
				"io\\.asyncore\\.(Acceptor|ChannelSocket|ChannelTasks|ChannelText|ChannelTotals|Connecting|Counters"
						+ "|DispatcherClass|FailureLog|IdleWatch|Listeners|LostChannels|Newcomer|OffloadQueue|OffloadedWork"
						+ "|PausedListeners|Trail|Transfer)(\\$.*)?")
		.should()
		.dependOnClassesThat()
		.belongToAnyOf(Dispatcher.class, Channel.class, ServedChannel.class, ChannelParts.class, HookCaller.class,
				MapMember.class, ChannelMap.class, EventLoop.class, LoopParts.class);

	@ArchTest
	final ArchRule coreHasNoLargerCircles = classes().that()
		.resideInAPackage("io.asyncore")
		.should(new NoLargerCircles(MOST_IN_A_CIRCLE));

	// of which the compiler shows it only what is public or protected
	@ArchTest
	final ArchRule chatUsesOnlyTheCore = classes().that()
		.resideInAPackage("io.asyncore.chat..")
		.should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage(with("io.asyncore", "io.asyncore.chat..", "io.asyncore.output"))
		.allowEmptyShould(true);

	@ArchTest
	final ArchRule tlsUsesOnlyTheJdkAndTheCore = classes().that()
		.resideInAPackage("io.asyncore.tls..")
		.should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage(with("javax.net.ssl..", "io.asyncore", "io.asyncore.chat", "io.asyncore.tls.."))
		.allowEmptyShould(true);

	// a proxy cannot pass such calls on, and has nothing of what they are about
	@ArchTest
	final ArchRule dispatchersCanBeProxied = noMethods().that()
		.areDeclaredInClassesThat()
		.areAssignableTo(Dispatcher.class)
		.and()
		.areDeclaredInClassesThat()
		.doNotHaveModifier(JavaModifier.FINAL)
		.and(DescribedPredicate.describe("are public or protected",
				(method) -> method.getModifiers().contains(JavaModifier.PUBLIC)
						|| method.getModifiers().contains(JavaModifier.PROTECTED)))
		.should()
		.beFinal();

	@ArchTest
	final ArchRule coreIsFreeOfSpringAndMicrometer = noClasses().that()
		.resideInAnyPackage("io.asyncore", "io.asyncore.transport", "io.asyncore.loop", "io.asyncore.file",
				"io.asyncore.connect", "io.asyncore.output", "io.asyncore.simulation", "io.asyncore.chat..",
				"io.asyncore.tls..")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("org.springframework..", "io.micrometer..");

	@ArchTest
	final ArchRule arrowsPointDownwards = Architectures.layeredArchitecture()
		.consideringOnlyDependenciesInLayers()
		.withOptionalLayers(true)
		.layer("core")
		.definedBy("io.asyncore", "io.asyncore.chat..", "io.asyncore.tls..")
		.layer("context")
		.definedBy("io.asyncore.context..")
		.layer("observation")
		.definedBy("io.asyncore.metrics..", "io.asyncore.health..", "io.asyncore.actuate..",
				"io.asyncore.observation..", "io.asyncore.test..")
		.layer("autoconfigure")
		.definedBy("io.asyncore.autoconfigure..")
		.whereLayer("autoconfigure")
		.mayNotBeAccessedByAnyLayer()
		.whereLayer("observation")
		.mayOnlyBeAccessedByLayers("autoconfigure")
		.whereLayer("context")
		.mayOnlyBeAccessedByLayers("observation", "autoconfigure");

	// they stand below the package that has what applications use
	@ArchTest
	final ArchRule partsOfTheContextKnowNothingAboveThem = noClasses().that()
		.resideInAPackage("io.asyncore.context.*")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("io.asyncore.context");

	@ArchTest
	final ArchRule partsOfTheContextKnowNothingOfEachOther = SlicesRuleDefinition.slices()
		.matching("io.asyncore.context.(*)")
		.should()
		.notDependOnEachOther();

	@ArchTest
	final ArchRule lifecycleIsForTheContextOnly = noClasses().that()
		.resideOutsideOfPackages("io.asyncore.context", "io.asyncore.context.lifecycle")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("io.asyncore.context.lifecycle");

	@ArchTest
	final ArchRule failureReportsKnowNoAutoConfiguration = noClasses().that()
		.resideInAnyPackage("io.asyncore.autoconfigure.properties", "io.asyncore.autoconfigure.diagnostics")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("io.asyncore.autoconfigure");

	@ArchTest
	final ArchRule checkOfPropertiesUsesOnlySpring = classes().that()
		.resideInAPackage("io.asyncore.autoconfigure.properties")
		.should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage(with("org.springframework..", "io.asyncore.autoconfigure.properties"));

	// an application need have none of these libraries

	@ArchTest
	final ArchRule micrometerStaysInItsPackages = noClasses().that()
		.resideOutsideOfPackages("io.asyncore.metrics..", "io.asyncore.observation..",
				"io.asyncore.autoconfigure.metrics..", "io.asyncore.autoconfigure.observation..")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("io.micrometer..");

	@ArchTest
	final ArchRule healthStaysInItsPackages = noClasses().that()
		.resideOutsideOfPackages("io.asyncore.health..", "io.asyncore.autoconfigure.health..")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("org.springframework.boot.health..");

	@ArchTest
	final ArchRule actuatorStaysInItsPackages = noClasses().that()
		.resideOutsideOfPackages("io.asyncore.actuate..", "io.asyncore.autoconfigure.actuate..")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("org.springframework.boot.actuate..", "com.fasterxml..", "tools.jackson..");

	@ArchTest
	final ArchRule webStaysInItsPackages = noClasses().that()
		.resideOutsideOfPackages("io.asyncore.actuate..", "io.asyncore.autoconfigure.actuate..")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("jakarta.servlet..", "reactor..", "org.springframework.web..",
				"org.springframework.http..");

	@ArchTest
	final ArchRule packagesAreFreeOfCycles = SlicesRuleDefinition.slices().matching("(**)").should().beFreeOfCycles();

	@ArchTest
	final ArchRule autoConfigurationsArePublicAndFinal = classes().that(areAutoConfigurations())
		.should()
		.bePublic()
		.andShould()
		.haveModifier(JavaModifier.FINAL)
		.andShould()
		.haveSimpleNameEndingWith("AutoConfiguration")
		.andShould()
		.resideInAPackage("io.asyncore.autoconfigure..")
		.allowEmptyShould(true);

	@ArchTest
	final ArchRule autoConfigurationsHaveNothingPublicInside = classes().that(areAutoConfigurations())
		.should(haveNothingPublicInside())
		.allowEmptyShould(true);

	@ArchTest
	final ArchRule everyPackageIsDescribedAndNullMarked = classes()
		.should(resideInAPackageThatIsDescribedAndNullMarked());

	private static ArchRule usesOnly(String floor, String... below) {
		return classes().that()
			.resideInAPackage(floor)
			.should()
			.onlyDependOnClassesThat(JavaClass.Predicates.resideInAnyPackage(with(below))
				.or(JavaClass.Predicates.resideInAPackage(floor)));
	}

	private static String[] with(String... packages) {
		String[] all = new String[ALLOWED_EVERYWHERE.length + packages.length];
		System.arraycopy(ALLOWED_EVERYWHERE, 0, all, 0, ALLOWED_EVERYWHERE.length);
		System.arraycopy(packages, 0, all, ALLOWED_EVERYWHERE.length, packages.length);
		return all;
	}

	private static DescribedPredicate<JavaClass> areAutoConfigurations() {
		return DescribedPredicate.describe("are auto-configurations",
				(type) -> type.isAnnotatedWith("org.springframework.boot.autoconfigure.AutoConfiguration"));
	}

	private static ArchCondition<JavaClass> haveNothingPublicInside() {
		return new ArchCondition<>("have nothing public inside") {

			@Override
			public void check(JavaClass type, ConditionEvents events) {
				type.getCodeUnits()
					.stream()
					.filter((unit) -> unit.getModifiers().contains(JavaModifier.PUBLIC))
					.filter((unit) -> !isDefaultConstructor(unit) && !isInherited(unit))
					.forEach((unit) -> events.add(SimpleConditionEvent.violated(type, unit.getDescription())));
				type.getFields()
					.stream()
					.filter((field) -> field.getModifiers().contains(JavaModifier.PUBLIC))
					.forEach((field) -> events.add(SimpleConditionEvent.violated(type, field.getDescription())));
			}

			// the compiler makes it as public as the class
			private boolean isDefaultConstructor(JavaCodeUnit unit) {
				return unit instanceof JavaConstructor && unit.getRawParameterTypes().isEmpty();
			}

			private boolean isInherited(JavaCodeUnit unit) {
				return unit instanceof JavaMethod method && method.getOwner()
					.getAllRawInterfaces()
					.stream()
					.anyMatch((type) -> type.getMethods()
						.stream()
						.anyMatch((other) -> other.getName().equals(method.getName())));
			}

		};
	}

	private static ArchCondition<JavaClass> resideInAPackageThatIsDescribedAndNullMarked() {
		return new ArchCondition<>("reside in a package with a @NullMarked package-info") {

			@Override
			public void check(JavaClass type, ConditionEvents events) {
				boolean satisfied = type.getPackage()
					.tryGetPackageInfo()
					.map((info) -> info.isAnnotatedWith(NullMarked.class))
					.orElse(false);
				if (!satisfied) {
					events.add(SimpleConditionEvent.violated(type, type.getPackageName()
							+ " has no package-info with @NullMarked, which " + type.getName() + " needs"));
				}
			}

		};
	}

}
