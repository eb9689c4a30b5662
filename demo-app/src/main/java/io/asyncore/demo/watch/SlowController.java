package io.asyncore.demo.watch;

import java.time.Duration;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/**
 * Has a handler hold up the loop, to be seen in the log, the health, the meters and on
 * the page. Does not wait for it.
 */
@RestController
class SlowController {

	private final Sleeper sleeper;

	SlowController(Sleeper sleeper) {
		this.sleeper = sleeper;
	}

	// not as a form, which the page of any site could send
	@PostMapping(path = "/demo/slow", consumes = MediaType.APPLICATION_JSON_VALUE)
	@ResponseStatus(HttpStatus.ACCEPTED)
	void holdLoop(@RequestBody Hold hold) {
		this.sleeper.sleep(Duration.ofMillis(hold.millis()));
	}

	/**
	 * What is to be done.
	 *
	 * @param millis for how long to hold the loop
	 */
	record Hold(long millis) {

	}

}
