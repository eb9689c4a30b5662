package io.asyncore.readme;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

@RestController
class Devices {

	final Map<String, Device> connected = new ConcurrentHashMap<>();

	@GetMapping("/devices/{id}/{question}")
	CompletableFuture<String> ask(@PathVariable String id, @PathVariable String question) {
		Device device = this.connected.get(id);
		if (device == null) {
			throw new ResponseStatusException(HttpStatus.NOT_FOUND);
		}
		return device.ask(question);
	}

}
