package io.asyncore.demo.chat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/**
 * Who is in the room. Safe from any thread, because {@code push} is: what the web says
 * leaves at once.
 */
@Component
class ChatRoom {

	private final ConcurrentNavigableMap<Integer, ChatAgent> members = new ConcurrentSkipListMap<>();

	private final AtomicInteger lastNumber = new AtomicInteger();

	private final long maxQueued;

	ChatRoom(@Value("${demo.chat.max-queued}") DataSize maxQueued) {
		this.maxQueued = maxQueued.toBytes();
	}

	int nextNumber() {
		return this.lastNumber.incrementAndGet();
	}

	void join(ChatAgent agent) {
		agent.push("* You are agent " + agent.number() + ", others here: " + this.members.size() + "\n");
		this.members.put(agent.number(), agent);
		tell("* Agent " + agent.number() + " has come", agent);
		if (agent.closed()) {
			// by another thread, in the middle of it
			leave(agent.number());
		}
	}

	void leave(int number) {
		// those who were dropped have left already
		if (this.members.remove(number) != null) {
			tell("* Agent " + number + " has gone", null);
		}
	}

	void say(ChatAgent agent, String line) {
		tell("Agent " + agent.number() + ": " + line, agent);
	}

	void announce(String line) {
		tell("Web: " + line, null);
	}

	Collection<ChatAgent> members() {
		return this.members.values();
	}

	private void tell(String text, @Nullable ChatAgent except) {
		// nobody is to control the terminals of the others
		String line = text.replaceAll("\\p{Cc}", "") + "\n";
		List<ChatAgent> slow = new ArrayList<>();
		for (ChatAgent agent : this.members.values()) {
			if (agent != except) {
				agent.push(line);
			}
			if (agent.outBuffered() > this.maxQueued && this.members.remove(agent.number(), agent)) {
				slow.add(agent);
			}
		}
		// only now, when nobody tells them anything any more
		slow.forEach(this::drop);
	}

	// one who does not read must not make this end keep all that is said
	private void drop(ChatAgent agent) {
		agent.push("* You read too slowly\n");
		agent.closeWhenDone();
		tell("* Agent " + agent.number() + " reads too slowly and was dropped", null);
	}

}
