package io.asyncore.autoconfigure;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.EventLoopGroup;
import io.asyncore.chat.AsyncChat;
import io.asyncore.test.ScriptedClient;

import org.springframework.context.ApplicationContext;

/**
 * What tests of applications with several loops ask.
 */
public final class SeveralLoops {

	private SeveralLoops() {
	}

	public static List<EventLoop> of(ApplicationContext context) {
		return context.getBean(EventLoopGroup.class).loops();
	}

	/**
	 * Connect as many clients, one after the other, each of which is being served.
	 */
	public static List<ScriptedClient> clients(ApplicationContext context, int count) {
		List<ScriptedClient> clients = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			clients.add(EchoApplication.servedClient(context));
		}
		return clients;
	}

	public static void close(List<ScriptedClient> clients) {
		clients.forEach(ScriptedClient::close);
	}

	/**
	 * Return how many conversations each loop has, by its name.
	 */
	public static Map<String, Long> conversations(ApplicationContext context) {
		Map<String, Long> conversations = new TreeMap<>();
		of(context).forEach((loop) -> conversations.put(loop.name(), (long) conversations(loop).size()));
		return conversations;
	}

	public static List<Dispatcher> conversations(EventLoop loop) {
		return loop.map().channels().stream().filter(AsyncChat.class::isInstance).toList();
	}

	/**
	 * Return the threads there are.
	 */
	public static Set<Thread> threads() {
		return Set.copyOf(Thread.getAllStackTraces().keySet());
	}

	/**
	 * Return the names of the threads of loops and watchdogs that are there now and were
	 * not before.
	 */
	public static List<String> threadsSince(Set<Thread> before) {
		return threads().stream()
			.filter((thread) -> !before.contains(thread))
			.map(Thread::getName)
			.filter((name) -> name.startsWith("asyncore-loop") || name.startsWith("asyncore-watchdog"))
			.sorted()
			.toList();
	}

}
