package io.asyncore.demo.chat;

import java.util.List;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * The chat room in the web.
 */
@RestController
class ChatController {

	private static final int LONGEST_TEXT = 4096;

	private final ChatRoom room;

	ChatController(ChatRoom room) {
		this.room = room;
	}

	@GetMapping("/chat")
	List<Member> members() {
		return this.room.members()
			.stream()
			.map((agent) -> new Member(agent.number(), String.valueOf(agent.addr())))
			.toList();
	}

	// called by a thread of the web server
	@PostMapping(path = "/chat", consumes = MediaType.TEXT_PLAIN_VALUE)
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void say(@RequestBody String text) {
		if (text.length() > LONGEST_TEXT) {
			throw new ResponseStatusException(HttpStatus.CONTENT_TOO_LARGE);
		}
		text.lines().forEach(this.room::announce);
	}

	/**
	 * One who is there.
	 *
	 * @param number the number of the agent
	 * @param address where it has come from
	 */
	record Member(int number, String address) {

	}

}
