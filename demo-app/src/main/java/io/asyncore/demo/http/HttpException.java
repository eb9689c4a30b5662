package io.asyncore.demo.http;

import org.springframework.http.HttpStatus;

/**
 * Thrown for a request after which it is not known where the next one would begin: it is
 * answered, and the connection closed.
 */
class HttpException extends Exception {

	private final HttpStatus status;

	HttpException(HttpStatus status, String message) {
		super(message);
		this.status = status;
	}

	HttpStatus status() {
		return this.status;
	}

}
