package io.asyncore.demo;

import java.io.IOException;
import java.util.concurrent.TimeoutException;

import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * Tells whoever waits for a channel's work in the web what has become of it.
 */
@RestControllerAdvice
class PeerFailureAdvice {

	@ExceptionHandler
	ProblemDetail failed(IOException failure) {
		return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_GATEWAY, failure.toString());
	}

	@ExceptionHandler
	ProblemDetail late(TimeoutException failure) {
		return ProblemDetail.forStatusAndDetail(HttpStatus.GATEWAY_TIMEOUT, failure.getMessage());
	}

	@ExceptionHandler
	ProblemDetail wrong(IllegalArgumentException failure) {
		return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, failure.getMessage());
	}

}
