package io.asyncore.demo.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import io.asyncore.chat.AsyncChat;
import io.asyncore.chat.FrameTooLongException;
import org.jspecify.annotations.Nullable;

import org.springframework.context.annotation.Scope;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/**
 * A connection of the server {@code http}: reads a header block, which ends with an empty
 * line, then the body, whose length the header tells, answers, and begins again. Requests
 * that are sent without waiting for the answers are simply still to come when the next
 * terminator is set.
 */
@Component("http")
@Scope("prototype")
class HttpRequestHandler extends AsyncChat {

	private static final int MAX_HEADER = 16 * 1024;

	private static final int MAX_BODY = 1024 * 1024;

	// so much at a time that the first line of a header that is too long has been seen
	private static final int IN_BUFFER_SIZE = MAX_HEADER / 2;

	// a client that asks for more has to read what is there first
	private static final int MAX_QUEUED = 64 * 1024;

	private final Pages pages;

	// null while the header is read, then the request whose body is
	private @Nullable HttpRequest request;

	private boolean lineSeen;

	HttpRequestHandler(Pages pages) {
		this.pages = pages;
		setInBufferSize(IN_BUFFER_SIZE);
		beginHeader();
	}

	private void beginHeader() {
		this.request = null;
		this.lineSeen = false;
		setMaxFrameLength(MAX_HEADER);
		setTerminator("\r\n\r\n");
	}

	private void beginBody(HttpRequest request) throws HttpException {
		long length = request.contentLength();
		if (length > MAX_BODY) {
			throw new HttpException(HttpStatus.CONTENT_TOO_LARGE, "A body has at most " + MAX_BODY + " bytes");
		}
		if (length > 0 && request.expectsContinue()) {
			push("HTTP/1.1 100 Continue\r\n\r\n");
		}
		this.request = request;
		setMaxFrameLength(MAX_BODY);
		// 0 is found at once
		setTerminator(length);
	}

	@Override
	protected void collectIncomingData(ByteBuffer data) throws Exception {
		for (int i = data.position(); i < data.limit() && !this.lineSeen; i++) {
			this.lineSeen = data.get(i) == '\n';
		}
		super.collectIncomingData(data);
	}

	@Override
	protected void foundTerminator() throws HttpException {
		HttpRequest request = this.request;
		if (request == null) {
			String block = takeIncoming(StandardCharsets.ISO_8859_1);
			// browsers sometimes over-send
			if (!block.isEmpty()) {
				beginBody(HttpRequest.parse(block));
			}
		}
		else {
			byte[] body = takeIncoming();
			beginHeader();
			answer(request.withBody(body));
		}
	}

	private void answer(HttpRequest request) {
		HttpAnswer answer;
		try {
			answer = this.pages.answer(request);
		}
		catch (Exception ex) {
			logInfo("No answer to " + request.method() + " " + request.target() + ": " + ex, "error");
			answer = HttpAnswer.error(HttpStatus.INTERNAL_SERVER_ERROR, "See the log");
		}
		boolean keepAlive = request.keepAlive();
		push(answer.head(keepAlive));
		if (!request.method().equals("HEAD")) {
			pushWithProducer(answer.content());
		}
		if (!keepAlive) {
			closeWhenDone();
		}
	}

	// the client may have more to send, which is all that is known of it: closeWhenDone()
	// sees to it that the answer arrives all the same
	private void refuse(HttpStatus status, @Nullable String message) {
		HttpAnswer answer = HttpAnswer.error(status, String.valueOf(message));
		push(answer.head(false));
		pushWithProducer(answer.content());
		setTerminator(Long.MAX_VALUE);
		closeWhenDone();
	}

	@Override
	protected void handleError(Throwable failure) throws Exception {
		if (failure instanceof HttpException ex) {
			refuse(ex.status(), ex.getMessage());
		}
		else if (failure instanceof FrameTooLongException) {
			refuse(this.lineSeen ? HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE : HttpStatus.URI_TOO_LONG,
					"A header has at most " + MAX_HEADER + " bytes");
		}
		else {
			super.handleError(failure);
		}
	}

	/**
	 * A client may have ended its direction only, so it gets the answers to what it has
	 * asked, a request that is cut short included.
	 */
	@Override
	protected void handleEof() throws Exception {
		if (this.request != null || takeIncoming().length > 0) {
			refuse(HttpStatus.BAD_REQUEST, "The request is not complete");
		}
		super.handleEof();
	}

	@Override
	protected boolean readable() {
		return super.readable() && outBuffered() < MAX_QUEUED;
	}

	// what readable() looks at changes by this channel's own events only
	@Override
	protected boolean predicatesDependOnOwnEventsOnly() {
		return true;
	}

}
