package io.asyncore.context.beans;

import java.nio.channels.SocketChannel;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

import io.asyncore.chat.AsyncChat;
import io.asyncore.context.beans.ChannelConstructionException.Reason;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.InjectionPoint;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.support.PropertySourcesPlaceholderConfigurer;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.stereotype.Component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for {@link PrototypeCheck}.
 */
class PrototypeCheckTests {

	private static final AtomicInteger MADE = new AtomicInteger();

	@BeforeEach
	void reset() {
		MADE.set(0);
	}

	@ParameterizedTest
	@ValueSource(classes = { NeedsNothing.class, NeedsBean.class, NeedsNamed.class, NeedsQualified.class,
			NeedsContext.class, NeedsValue.class, NeedsExpression.class, NeedsPort.class, NeedsMaybe.class,
			NeedsLater.class, NeedsMany.class, NeedsPlace.class, NeedsPrototype.class, NeedsFieldMaybe.class,
			HasSeveralConstructors.class, HasDefaultConstructor.class, NeedsInjected.class })
	void whenABeanCanBeMadeMakesNone(Class<?> type) {
		check(type);
		assertThat(MADE).hasValue(0);
	}

	@Test
	void whenABeanIsMissingNamesServerBeanAndType() {
		assertFails(NeedsSocket.class, Reason.MISSING_BEAN,
				"parameter 1 of the constructor of " + NeedsSocket.class.getName()
						+ " needs a bean of type java.nio.channels.SocketChannel, and there is none");
	}

	@Test
	void whenAFieldIsMissingNamesIt() {
		assertFails(NeedsField.class, Reason.MISSING_BEAN, "the field 'socket' of " + NeedsField.class.getName()
				+ " needs a bean of type java.nio.channels.SocketChannel, and there is none");
	}

	@Test
	void whenThereAreSeveralNamesThem() {
		assertFails(NeedsOneOfMany.class, Reason.SEVERAL_BEANS,
				"needs one bean of type java.time.Clock, and there are 'one', 'other'");
	}

	@Test
	void whenAPropertyIsMissingNamesIt() {
		assertFails(NeedsMissingValue.class, Reason.WRONG_VALUE, "needs the value of '${no.such.property}'");
	}

	@Test
	void whenAPropertyIsOfAnotherTypeNamesIt() {
		assertFails(NeedsNumber.class, Reason.WRONG_VALUE, "needs the value of '${text}'");
	}

	@Test
	void whenItNeedsItselfSaysSo() {
		assertFails(NeedsItself.class, Reason.CIRCLE, "it needs what needs it in turn, checked -> checked");
	}

	@Test
	void whenItIsInACircleNamesAll() {
		assertFails(NeedsCircle.class, Reason.CIRCLE, "checked -> circle -> checked");
	}

	@Test
	void whenWhatItNeedsCannotBeMadeSaysWhy() {
		assertFails(NeedsUnmakable.class, Reason.MISSING_BEAN,
				"parameter 0 of the method 'unmakable' of " + Beans.class.getName());
	}

	@Test
	void whenNoConstructorIsMarkedSaysSo() {
		assertFails(HasUnmarkedConstructors.class, Reason.NO_CONSTRUCTOR,
				HasUnmarkedConstructors.class.getName() + " has several constructors");
	}

	@ParameterizedTest
	@ValueSource(strings = { "made", "madeByStatic" })
	void looksAtTheParametersOfAMethod(String bean) {
		try (AnnotationConfigApplicationContext context = context(NeedsNothing.class)) {
			PrototypeCheck.check("server", bean, context);
			assertThat(MADE).hasValue(0);
		}
	}

	@Test
	void whenAParameterOfAMethodIsMissingNamesIt() {
		try (AnnotationConfigApplicationContext context = context(NeedsNothing.class)) {
			ChannelConstructionException failure = catchThrowableOfType(ChannelConstructionException.class,
					() -> PrototypeCheck.check("server", "unmakable", context));
			assertThat(failure).hasMessageContaining("parameter 0 of the method 'unmakable' of " + Beans.class.getName()
					+ " needs a bean of type java.nio.channels.SocketChannel");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "overloaded", "supplied", "nothing" })
	void whenItCannotBeSeenSaysNothing(String bean) {
		try (AnnotationConfigApplicationContext context = context(NeedsNothing.class)) {
			PrototypeCheck.check("server", bean, context);
			assertThat(MADE).hasValue(0);
		}
	}

	private static void check(Class<?> type) {
		try (AnnotationConfigApplicationContext context = context(type)) {
			PrototypeCheck.check("server", "checked", context);
			// before which there was none
			assertThat(MADE).hasValue(0);
		}
	}

	private static void assertFails(Class<?> type, Reason reason, String problem) {
		ChannelConstructionException failure = catchThrowableOfType(ChannelConstructionException.class,
				() -> check(type));
		assertThat(failure).isNotNull()
			.hasMessageStartingWith(
					"Server 'server' is to have its channels made by the bean 'checked', but that cannot "
							+ "be made: ")
			.hasMessageContaining(problem);
		assertThat(failure.getReason()).isEqualTo(reason);
		assertThat(MADE).hasValue(0);
	}

	private static AnnotationConfigApplicationContext context(Class<?> type) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.getEnvironment()
			.getPropertySources()
			.addFirst(new MapPropertySource("test", Map.of("text", "some text", "later", "${local.server.port}")));
		context.register(Beans.class, Overloads.class);
		context.registerBean("checked", type, (definition) -> definition.setScope(BeanDefinition.SCOPE_PROTOTYPE));
		context.registerBean("supplied", Channel.class, () -> new NeedsSocket(Clock.systemUTC(), null),
				(definition) -> definition.setScope(BeanDefinition.SCOPE_PROTOTYPE));
		context.refresh();
		return context;
	}

	@Configuration(proxyBeanMethods = false)
	static class Beans {

		@Bean
		static PropertySourcesPlaceholderConfigurer placeholders() {
			return new PropertySourcesPlaceholderConfigurer();
		}

		@Bean
		Clock one() {
			return Clock.systemUTC();
		}

		@Bean
		Clock other() {
			return Clock.systemUTC();
		}

		@Bean
		String only() {
			return "only";
		}

		@Bean
		@Lazy
		Integer lazy() {
			MADE.incrementAndGet();
			return 1;
		}

		@Bean
		@Scope("prototype")
		Helper helper(String only) {
			MADE.incrementAndGet();
			return new Helper();
		}

		@Bean
		@Scope("prototype")
		Circle circle(@Qualifier("checked") Channel checked) {
			MADE.incrementAndGet();
			return new Circle();
		}

		@Bean
		@Scope("prototype")
		NeedsSocket unmakableHelper(@Qualifier("unmakable") Channel unmakable) {
			MADE.incrementAndGet();
			return new NeedsSocket(Clock.systemUTC(), null);
		}

		@Bean
		@Scope("prototype")
		Channel made(String only, Helper helper) {
			return new Channel();
		}

		@Bean
		@Scope("prototype")
		static Channel madeByStatic(String only, Helper helper) {
			return new Channel();
		}

		@Bean
		@Scope("prototype")
		Channel unmakable(SocketChannel socket) {
			return new Channel();
		}

	}

	// as a class that is no @Configuration may have them
	@Component
	static class Overloads {

		@Bean
		@Scope("prototype")
		Channel overloaded() {
			return new Channel();
		}

		@Bean
		@Scope("prototype")
		Channel overloaded(SocketChannel socket) {
			return new Channel();
		}

	}

	static class Helper {

	}

	static class Circle {

	}

	static class Channel extends AsyncChat {

		Channel() {
			MADE.incrementAndGet();
		}

		@Override
		protected void foundTerminator() {
		}

	}

	static class NeedsNothing extends Channel {

	}

	static class NeedsBean extends Channel {

		NeedsBean(String text, Integer lazy, Helper helper) {
		}

	}

	static class NeedsNamed extends Channel {

		NeedsNamed(Clock one) {
		}

	}

	static class NeedsQualified extends Channel {

		NeedsQualified(@Qualifier("other") Clock clock) {
		}

	}

	static class NeedsContext extends Channel {

		NeedsContext(ApplicationContext context, Environment environment) {
		}

	}

	static class NeedsValue extends Channel {

		NeedsValue(@Value("${text}") String text, @Value("${no.such.property:7}") int number) {
		}

	}

	static class NeedsExpression extends Channel {

		NeedsExpression(@Value("#{@lazy + 1}") int number) {
		}

	}

	static class NeedsPort extends Channel {

		NeedsPort(@Value("${local.asyncore.other.port}") int port, @Value("${later}") int other) {
		}

	}

	static class NeedsMaybe extends Channel {

		NeedsMaybe(@Nullable SocketChannel socket, Optional<SocketChannel> other,
				@Autowired(required = false) SocketChannel third) {
		}

	}

	static class NeedsLater extends Channel {

		NeedsLater(ObjectProvider<SocketChannel> sockets, @Lazy Circle circle) {
		}

	}

	static class NeedsMany extends Channel {

		NeedsMany(List<Clock> clocks, Map<String, SocketChannel> sockets, SocketChannel... more) {
		}

	}

	static class NeedsPlace extends Channel {

		NeedsPlace(InjectionPoint place) {
		}

	}

	static class NeedsPrototype extends Channel {

		NeedsPrototype(Helper helper) {
		}

	}

	static class NeedsInjected extends Channel {

		@Autowired
		private Helper helper;

		@Value("${text}")
		private String text;

	}

	static class NeedsFieldMaybe extends Channel {

		@Autowired(required = false)
		private SocketChannel socket;

	}

	static class HasSeveralConstructors extends Channel {

		@Autowired(required = false)
		HasSeveralConstructors(SocketChannel socket) {
		}

		@Autowired(required = false)
		HasSeveralConstructors(String text) {
		}

	}

	static class HasDefaultConstructor extends Channel {

		HasDefaultConstructor() {
		}

		HasDefaultConstructor(SocketChannel socket) {
		}

	}

	static class NeedsSocket extends Channel {

		NeedsSocket(Clock one, SocketChannel socket) {
		}

	}

	static class NeedsField extends Channel {

		@Autowired
		private SocketChannel socket;

	}

	static class NeedsOneOfMany extends Channel {

		NeedsOneOfMany(Clock clock) {
		}

	}

	static class NeedsMissingValue extends Channel {

		NeedsMissingValue(@Value("${no.such.property}") String value) {
		}

	}

	static class NeedsNumber extends Channel {

		NeedsNumber(@Value("${text}") int value) {
		}

	}

	static class NeedsItself extends Channel {

		NeedsItself(NeedsItself other) {
		}

	}

	static class NeedsCircle extends Channel {

		NeedsCircle(Circle circle) {
		}

	}

	static class NeedsUnmakable extends Channel {

		NeedsUnmakable(@Qualifier("unmakableHelper") NeedsSocket other) {
		}

	}

	static class HasUnmarkedConstructors extends Channel {

		HasUnmarkedConstructors(String text) {
		}

		HasUnmarkedConstructors(String text, Clock one) {
		}

	}

}
