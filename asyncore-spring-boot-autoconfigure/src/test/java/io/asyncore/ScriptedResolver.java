package io.asyncore;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Knows the addresses that the test says, and lets who asks for others wait until it says
 * them.
 */
final class ScriptedResolver implements Resolver {

	final List<String> asked = new CopyOnWriteArrayList<>();

	private final Map<String, CompletableFuture<List<InetAddress>>> answers = new ConcurrentHashMap<>();

	/**
	 * Answer a question that is to come.
	 */
	ScriptedResolver knows(String host, String... literals) {
		answer(host).complete(addresses(literals));
		return this;
	}

	/**
	 * Return the answer to a question, to be completed by the test.
	 */
	CompletableFuture<List<InetAddress>> answer(String host) {
		return this.answers.computeIfAbsent(host, (name) -> new CompletableFuture<>());
	}

	@Override
	public CompletableFuture<List<InetAddress>> resolve(String host) {
		this.asked.add(host);
		return answer(host);
	}

	static List<InetAddress> addresses(String... literals) {
		return Arrays.stream(literals).map(ScriptedResolver::address).toList();
	}

	static InetAddress address(String literal) {
		try {
			return InetAddress.getByName(literal);
		}
		catch (UnknownHostException ex) {
			throw new IllegalArgumentException(ex);
		}
	}

}
