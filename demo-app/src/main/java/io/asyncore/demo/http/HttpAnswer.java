package io.asyncore.demo.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import io.asyncore.chat.FileProducer;
import io.asyncore.chat.Producer;
import io.asyncore.chat.SimpleProducer;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.MediaTypeFactory;

/**
 * An answer.
 *
 * @param status the status
 * @param headers the header fields that only this answer has
 * @param length the length of the content
 * @param content produces the content, which is sent unless the request was HEAD
 */
record HttpAnswer(HttpStatus status, HttpHeaders headers, long length, Producer content) {

	private static final MediaType TEXT = new MediaType(MediaType.TEXT_PLAIN, StandardCharsets.UTF_8);

	private static final MediaType HTML = new MediaType(MediaType.TEXT_HTML, StandardCharsets.UTF_8);

	static HttpAnswer text(String text) {
		return of(HttpStatus.OK, TEXT, text);
	}

	static HttpAnswer html(String html) {
		return of(HttpStatus.OK, HTML, html);
	}

	static HttpAnswer error(HttpStatus status, String message) {
		return of(status, TEXT, status.value() + " " + status.getReasonPhrase() + ": " + message + "\n");
	}

	static HttpAnswer file(Path file) throws IOException {
		long size = Files.size(file);
		MediaType type = MediaTypeFactory.getMediaType(file.toString()).orElse(MediaType.APPLICATION_OCTET_STREAM);
		// what has been promised, whatever becomes of the file meanwhile
		return new HttpAnswer(HttpStatus.OK, headers(type), size, FileProducer.exactly(file, 0, size));
	}

	private static HttpAnswer of(HttpStatus status, MediaType type, String text) {
		byte[] content = text.getBytes(StandardCharsets.UTF_8);
		return new HttpAnswer(status, headers(type), content.length, new SimpleProducer(content));
	}

	private static HttpHeaders headers(MediaType type) {
		HttpHeaders headers = new HttpHeaders();
		headers.setContentType(type);
		return headers;
	}

	/**
	 * Return everything before the content.
	 */
	String head(boolean keepAlive) {
		HttpHeaders all = new HttpHeaders();
		all.setDate(System.currentTimeMillis());
		all.setContentLength(this.length);
		all.setConnection(keepAlive ? "keep-alive" : "close");
		all.putAll(this.headers);
		StringBuilder head = new StringBuilder("HTTP/1.1 ").append(this.status.value());
		head.append(' ').append(this.status.getReasonPhrase()).append("\r\n");
		all.forEach((name, values) -> head.append(name).append(": ").append(String.join(", ", values)).append("\r\n"));
		return head.append("\r\n").toString();
	}

}
