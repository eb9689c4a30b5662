package io.asyncore.demo.watch;

import java.time.Duration;

import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
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

	@PostMapping("/demo/slow")
	@ResponseStatus(HttpStatus.ACCEPTED)
	void holdLoop(@RequestParam long millis) {
		this.sleeper.sleep(Duration.ofMillis(millis));
	}

}
