package io.asyncore.demo.http;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.HttpStatus;

/**
 * A request, by RFC 9112. What Spring knows of headers and forms can be used on it.
 *
 * @param method the method, of any name
 * @param target the path and perhaps a query, both still encoded
 * @param minorVersion 0 for HTTP/1.0, 1 or more for HTTP/1.1
 * @param headers the header fields
 * @param body the content, empty while it is still to come
 */
record HttpRequest(String method, String target, int minorVersion, HttpHeaders headers,
		byte[] body) implements HttpInputMessage {

	private static final int LONGEST_LINE = 8000;

	private static final String TOKEN = "([!#$%&'*+.^_`|~0-9A-Za-z-]+)";

	private static final Pattern REQUEST_LINE = Pattern.compile(TOKEN + " ([\\x21-\\x7e]+) HTTP/(\\d)\\.(\\d)");

	private static final Pattern ABSOLUTE_TARGET = Pattern.compile("https?://[^/?]+", Pattern.CASE_INSENSITIVE);

	// neither space before the colon nor lines that go on in the next one: others may
	// read them differently, which is how requests are smuggled
	private static final Pattern HEADER = Pattern.compile(TOKEN + ":([\\t\\x20-\\x7e\\x80-\\xff]*)");

	private static final Pattern HOST = Pattern.compile("[^\\s,/?#@]*");

	private static final Pattern DIGITS = Pattern.compile("[0-9]{1,18}");

	private static final Set<String> WITH_BODY = Set.of("POST", "PUT", "PATCH");

	/**
	 * Parse the header block, which ends before the empty line.
	 */
	static HttpRequest parse(String block) throws HttpException {
		// an earlier request may have been followed by a line end too many
		String[] lines = block.replaceFirst("^(\r\n)+", "").split("\r\n", -1);
		if (lines[0].length() > LONGEST_LINE) {
			throw new HttpException(HttpStatus.URI_TOO_LONG, "A request line has at most " + LONGEST_LINE + " bytes");
		}
		Matcher line = REQUEST_LINE.matcher(lines[0]);
		if (!line.matches()) {
			throw malformed("the request line is not understood");
		}
		if (!line.group(3).equals("1")) {
			throw new HttpException(HttpStatus.HTTP_VERSION_NOT_SUPPORTED, "This server speaks HTTP/1.1");
		}
		HttpHeaders headers = new HttpHeaders();
		for (int i = 1; i < lines.length; i++) {
			Matcher header = HEADER.matcher(lines[i]);
			if (!header.matches()) {
				throw malformed("header line " + i + " is not understood");
			}
			headers.add(header.group(1), header.group(2).trim());
		}
		int minorVersion = Integer.parseInt(line.group(4));
		checkHost(headers.getOrEmpty(HttpHeaders.HOST), minorVersion);
		return new HttpRequest(line.group(1), pathOf(line.group(2)), minorVersion, headers, new byte[0]);
	}

	private static void checkHost(List<String> hosts, int minorVersion) throws HttpException {
		boolean wrong = hosts.isEmpty() ? minorVersion > 0 : hosts.size() > 1 || !HOST.matcher(hosts.get(0)).matches();
		if (wrong) {
			throw malformed("there must be one Host");
		}
	}

	private static String pathOf(String target) throws HttpException {
		Matcher absolute = ABSOLUTE_TARGET.matcher(target);
		String path = absolute.lookingAt() ? "/" + target.substring(absolute.end()).replaceFirst("^/", "") : target;
		if (!path.startsWith("/") && !path.equals("*")) {
			throw malformed("the request target is none of this server's");
		}
		return path;
	}

	/**
	 * Return how long the body is that follows the header block.
	 */
	long contentLength() throws HttpException {
		List<String> codings = this.headers.getOrEmpty(HttpHeaders.TRANSFER_ENCODING);
		List<String> lengths = this.headers.getOrEmpty(HttpHeaders.CONTENT_LENGTH);
		if (!codings.isEmpty()) {
			throw refused(codings, !lengths.isEmpty());
		}
		if (lengths.isEmpty()) {
			if (WITH_BODY.contains(this.method)) {
				throw new HttpException(HttpStatus.LENGTH_REQUIRED, this.method + " needs a Content-Length");
			}
			return 0;
		}
		Set<String> values = new TreeSet<>();
		for (String value : String.join(",", lengths).split(",", -1)) {
			values.add(value.trim());
		}
		String length = values.iterator().next();
		if (values.size() > 1 || !DIGITS.matcher(length).matches()) {
			throw malformed("there must be one Content-Length");
		}
		return Long.parseLong(length);
	}

	// RFC 9112 has a server refuse both at once (section 6.1), lets it insist on a length
	// where there is none (411, section 6.3), and answer codings it does not know by 501
	private static HttpException refused(List<String> codings, boolean withLength) {
		if (withLength) {
			return malformed("a body has either a Transfer-Encoding or a Content-Length");
		}
		boolean chunked = codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked");
		return chunked ? new HttpException(HttpStatus.LENGTH_REQUIRED, "Bodies in chunks are not read here")
				: new HttpException(HttpStatus.NOT_IMPLEMENTED, "Unknown Transfer-Encoding");
	}

	/**
	 * Say whether the client waits for leave to send the body.
	 */
	boolean expectsContinue() {
		String expect = this.headers.getFirst(HttpHeaders.EXPECT);
		return this.minorVersion > 0 && "100-continue".equalsIgnoreCase(expect);
	}

	/**
	 * Say whether another request may follow on the same connection.
	 */
	boolean keepAlive() {
		List<String> options = this.headers.getConnection();
		boolean close = options.stream().anyMatch("close"::equalsIgnoreCase);
		return !close && (this.minorVersion > 0 || options.stream().anyMatch("keep-alive"::equalsIgnoreCase));
	}

	HttpRequest withBody(byte[] body) {
		return new HttpRequest(this.method, this.target, this.minorVersion, this.headers, body);
	}

	@Override
	public HttpHeaders getHeaders() {
		return this.headers;
	}

	@Override
	public InputStream getBody() {
		return new ByteArrayInputStream(this.body);
	}

	private static HttpException malformed(String what) {
		return new HttpException(HttpStatus.BAD_REQUEST, "Malformed request: " + what);
	}

}
