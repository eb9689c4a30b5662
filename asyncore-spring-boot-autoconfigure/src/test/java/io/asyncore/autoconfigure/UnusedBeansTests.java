package io.asyncore.autoconfigure;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.function.Supplier;

import io.asyncore.CapturedLog;
import io.asyncore.ChannelFactory;
import io.asyncore.ChannelMap;
import io.asyncore.DatagramDispatcher;
import io.asyncore.Dispatcher;
import io.asyncore.DispatcherWithSend;
import io.asyncore.EventLoop;
import io.asyncore.Loopback;
import io.asyncore.ServerDispatcher;
import io.asyncore.SocketType;
import io.asyncore.chat.AsyncChat;
import io.asyncore.context.ServerListeningEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Lookup;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextAware;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Beans that are there to no effect.
 */
class UnusedBeansTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class))
		.withPropertyValues("asyncore.shutdown.grace-period=1s", "asyncore.watchdog.enabled=false");

	@Test
	void whenNoServerHasAPrototypeSaysWhatToSet() {
		assertWarned(this.contextRunner.withUserConfiguration(Prototype.class, Other.class),
				"The bean 'greeter' makes no channels: it is a prototype-scoped dispatcher, but no server has it, and "
						+ "no other bean asks for it. Set 'asyncore.servers.greeter.port', or "
						+ "'asyncore.servers.<name>.channel' of a server to 'greeter', or have it injected where it is "
						+ "used");
	}

	@Test
	void whenNoServerHasAProxiedPrototypeSaysTheSame() {
		assertWarned(this.contextRunner.withUserConfiguration(ProxiedPrototype.class), "The bean 'greeter' makes no");
	}

	@Test
	void whenNoServerHasAFactorySaysWhatToSet() {
		assertWarned(this.contextRunner.withUserConfiguration(Factory.class, Other.class),
				"The bean 'factory' makes no channels: it is a channel factory, but no server has it, and no other bean "
						+ "asks for it. Set 'asyncore.servers.factory.port'");
	}

	@Test
	void whenAnotherServerIsThereSaysTheSame() {
		assertWarned(this.contextRunner.withUserConfiguration(EchoApplication.class, Prototype.class)
			.withPropertyValues(EchoApplication.PORT), "The bean 'greeter' makes no");
	}

	@ParameterizedTest
	@ValueSource(classes = { ByConstructor.class, ByProvider.class, ByProviderOfBase.class, BySupplier.class,
			ByField.class, ByLookup.class, ByContext.class, ByBeanFactory.class, ByAwareness.class, ByBeanMethod.class,
			ByAutowiredMethod.class })
	void whenAnotherBeanMayAskForAPrototypeSaysNothing(Class<?> user) {
		assertSilent(this.contextRunner.withUserConfiguration(Prototype.class, Other.class, user));
	}

	@Test
	void whenADispatcherHasAFactorySaysNothing() {
		assertSilent(this.contextRunner.withUserConfiguration(Factory.class, ByDispatcher.class));
	}

	@Test
	void whenAServerHasThemSaysNothing() {
		assertSilent(this.contextRunner.withUserConfiguration(Prototype.class, Factory.class)
			.withPropertyValues("asyncore.servers.greeter.port=0", "asyncore.servers.x.port=0",
					"asyncore.servers.x.channel=factory"));
	}

	@Test
	void whenAServerHasAnAliasOrAProxySaysNothing() {
		assertSilent(this.contextRunner.withUserConfiguration(ProxiedPrototype.class, Alias.class)
			.withPropertyValues("asyncore.servers.greeter.port=0", "asyncore.servers.other.port=0"));
	}

	@Test
	void whenNoLoopRunsOverAMapWithChannelsSaysSo() {
		assertWarned(this.contextRunner.withUserConfiguration(Maps.class),
				"The map 'other' has 1 channel(s), and no loop runs over it, so they are not served. Make them beans, "
						+ "which join the map that is served, or make them with that map, or run the loop");
	}

	@Test
	void whenABeanWasMadeWithAnotherMapSaysNothing() {
		assertSilent(this.contextRunner.withUserConfiguration(EmptyMaps.class));
	}

	@Test
	void whenNothingGivesADatagramDispatcherASocketSaysWhatToSet() {
		assertWarned(this.contextRunner.withUserConfiguration(Datagrams.class, Other.class),
				"The bean 'syslog' receives no datagrams: it has no socket, no server has it, and it does not make one in "
						+ "handleOpen(). Set 'asyncore.servers.syslog.protocol' to udp, and 'asyncore.servers.syslog.port'");
	}

	@Test
	void whenNothingGivesASingletonASocketSaysWhatToSet() {
		assertWarned(this.contextRunner.withUserConfiguration(Singleton.class),
				"The bean 'greeter' serves nobody: it has no socket, no server has it, and it does not make one in "
						+ "handleOpen(). If it is to serve connections make it prototype-scoped, by @Scope(\"prototype\"), "
						+ "and set 'asyncore.servers.greeter.port'");
	}

	@Test
	void whenAServerHasADatagramDispatcherSaysNothing() {
		assertSilent(this.contextRunner.withUserConfiguration(Datagrams.class)
			.withPropertyValues("asyncore.servers.syslog.port=0", "asyncore.servers.syslog.protocol=udp"));
	}

	@ParameterizedTest
	@ValueSource(classes = { Opening.class, OpeningLater.class, OpenedByOthers.class, OpenedByEvent.class,
			OpenedByTask.class, OpenedByInterface.class, OpenedAlready.class })
	void whenADispatcherMayGetASocketSaysNothing(Class<?> configuration) {
		assertSilent(this.contextRunner.withUserConfiguration(configuration));
	}

	@Test
	void whenAnotherBeanAsksForASingletonSaysNothing() {
		assertSilent(this.contextRunner.withUserConfiguration(Datagrams.class, ByProviderOfDatagrams.class));
	}

	private static void assertWarned(ApplicationContextRunner runner, String warning) {
		try (CapturedLog log = new CapturedLog()) {
			runner.run((context) -> {
				assertThat(context).hasNotFailed();
				context.getSourceApplicationContext().stop();
				context.getSourceApplicationContext().start();
			});
			assertThat(log.warnings()).singleElement().asString().startsWith(warning);
		}
	}

	private static void assertSilent(ApplicationContextRunner runner) {
		try (CapturedLog log = new CapturedLog()) {
			runner.run((context) -> assertThat(context).hasNotFailed());
			assertThat(log.warnings()).isEmpty();
		}
	}

	static class Greeter extends AsyncChat {

		@Override
		protected void foundTerminator() {
		}

	}

	static class Syslog extends DatagramDispatcher {

	}

	@Configuration(proxyBeanMethods = false)
	static class Datagrams {

		@Bean
		Syslog syslog() {
			return new Syslog();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Singleton {

		@Bean
		Greeter greeter() {
			return new Greeter();
		}

	}

	static class Opening extends Syslog {

		@Override
		protected void handleOpen() throws Exception {
			createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
			bind(Loopback.anyPort());
		}

	}

	static class OpeningLater extends Syslog {

		@Override
		protected void handleOpen() throws Exception {
			callLater(Duration.ofHours(1), () -> {
			});
		}

	}

	static class OpenedByOthers extends Syslog {

		@Autowired
		void setBeans(BeanFactory beans) {
		}

	}

	static class OpenedByEvent extends Greeter {

		@EventListener
		void open(ServerListeningEvent event) {
		}

	}

	static class OpenedByTask extends Syslog {

		OpenedByTask(EventLoop loop) {
			loop.callLater(Duration.ofHours(1), this::close);
		}

	}

	static class OpenedByInterface extends Syslog implements Runnable {

		@Override
		public void run() {
		}

	}

	static class OpenedAlready extends DatagramDispatcher {

		OpenedAlready(ChannelMap map) throws IOException {
			super(DatagramChannel.open().bind(Loopback.anyPort()), map);
		}

	}

	static class ByProviderOfDatagrams {

		ByProviderOfDatagrams(ObjectProvider<DatagramDispatcher> dispatchers) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Prototype {

		@Bean
		@Scope("prototype")
		Greeter greeter() {
			return new Greeter();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ProxiedPrototype {

		@Bean
		@Scope(value = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
		Greeter greeter() {
			return new Greeter();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Alias {

		@Bean({ "one", "other" })
		@Scope("prototype")
		Greeter alias() {
			return new Greeter();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Factory {

		@Bean
		ChannelFactory factory() {
			return (socket, peer) -> new DispatcherWithSend(socket);
		}

	}

	/**
	 * Has dispatchers that are of no interest to the prototype.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Other {

		@Bean
		ServerDispatcher otherServer(ChannelMap map) {
			return new ServerDispatcher(Loopback.anyPort(), (socket, peer) -> new DispatcherWithSend(socket), map);
		}

		@Bean
		Dispatcher otherDispatcher() {
			return new Dispatcher();
		}

	}

	static class ByConstructor {

		ByConstructor(Greeter greeter) {
		}

	}

	static class ByProvider {

		ByProvider(ObjectProvider<Greeter> greeters) {
		}

	}

	static class ByProviderOfBase {

		ByProviderOfBase(ObjectProvider<AsyncChat> channels) {
		}

	}

	static class BySupplier {

		private Supplier<? extends Greeter> greeters;

	}

	static class ByField {

		@Autowired
		private ObjectProvider<Dispatcher> dispatchers;

	}

	abstract static class ByLookup {

		@Lookup
		abstract Greeter greeter();

	}

	static class ByContext {

		ByContext(ApplicationContext context) {
		}

	}

	static class ByBeanFactory {

		@Autowired
		private BeanFactory beans;

	}

	static class ByAwareness implements ApplicationContextAware {

		@Override
		public void setApplicationContext(ApplicationContext context) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByBeanMethod {

		@Bean
		String user(ObjectProvider<Greeter> greeters) {
			return "user";
		}

	}

	static class ByAutowiredMethod {

		@Autowired
		void setGreeters(ObjectProvider<Greeter> greeters) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByDispatcher {

		@Bean
		ServerDispatcher server(ChannelFactory factory, ChannelMap map) {
			return new ServerDispatcher(Loopback.anyPort(), factory, map);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class EmptyMaps {

		@Bean
		@Primary
		ChannelMap served() {
			return new ChannelMap();
		}

		@Bean
		ChannelMap other() {
			return new ChannelMap();
		}

		@Bean
		Dispatcher bean() {
			return new Dispatcher(other());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Maps {

		@Bean
		@Primary
		ChannelMap served() {
			return new ChannelMap();
		}

		@Bean
		ChannelMap other() {
			ChannelMap map = new ChannelMap();
			new Dispatcher(map).addChannel();
			return map;
		}

	}

}
