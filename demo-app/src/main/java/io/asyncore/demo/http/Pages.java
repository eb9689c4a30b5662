package io.asyncore.demo.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.converter.FormHttpMessageConverter;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.stereotype.Component;
import org.springframework.util.StringUtils;
import org.springframework.web.util.HtmlUtils;

/**
 * What the server {@code http} has to show.
 */
@Component
class Pages {

	private static final String FILES = "/files/";

	private static final Set<HttpMethod> KNOWN_METHODS = Set.of(HttpMethod.values());

	private final FormHttpMessageConverter forms = new FormHttpMessageConverter();

	private final StaticFiles files;

	private final String index;

	private final String poem;

	Pages(StaticFiles files, @Value("classpath:pages/index.html") Resource index,
			@Value("classpath:poems/wind.txt") Resource poem) throws IOException {
		this.files = files;
		this.index = index.getContentAsString(StandardCharsets.UTF_8);
		this.poem = poem.getContentAsString(StandardCharsets.UTF_8);
	}

	HttpAnswer answer(HttpRequest request) throws IOException {
		HttpMethod method = HttpMethod.valueOf(request.method());
		if (!KNOWN_METHODS.contains(method)) {
			return HttpAnswer.error(HttpStatus.NOT_IMPLEMENTED, "Unknown method");
		}
		String path;
		try {
			path = StringUtils.uriDecode(request.target().replaceFirst("\\?.*", ""), StandardCharsets.UTF_8);
		}
		catch (IllegalArgumentException ex) {
			return HttpAnswer.error(HttpStatus.BAD_REQUEST, "The path is not encoded well");
		}
		if (path.startsWith(FILES)) {
			return onGet(method, file(path.substring(FILES.length())));
		}
		return switch (path) {
			case "/" -> onGet(method, HttpAnswer.html(this.index));
			case "/poem" -> onGet(method, HttpAnswer.text(this.poem));
			case "/form" -> (method == HttpMethod.POST) ? form(request) : notAllowed("POST");
			default -> HttpAnswer.error(HttpStatus.NOT_FOUND, "There is no such page");
		};
	}

	private static HttpAnswer onGet(HttpMethod method, HttpAnswer answer) {
		return (method == HttpMethod.GET || method == HttpMethod.HEAD) ? answer : notAllowed("GET, HEAD");
	}

	private static HttpAnswer notAllowed(String allowed) {
		HttpAnswer answer = HttpAnswer.error(HttpStatus.METHOD_NOT_ALLOWED, "Use " + allowed);
		answer.headers().set(HttpHeaders.ALLOW, allowed);
		return answer;
	}

	private HttpAnswer file(String name) throws IOException {
		Path file = this.files.find(name);
		return (file != null) ? HttpAnswer.file(file) : HttpAnswer.error(HttpStatus.NOT_FOUND, "There is no such file");
	}

	private HttpAnswer form(HttpRequest request) throws IOException {
		try {
			if (!MediaType.APPLICATION_FORM_URLENCODED.equalsTypeAndSubtype(request.headers().getContentType())) {
				return HttpAnswer.error(HttpStatus.UNSUPPORTED_MEDIA_TYPE, "This is no form");
			}
			StringBuilder html = new StringBuilder("<!DOCTYPE html>\n<title>Your form</title>\n<dl>\n");
			this.forms.read(null, request)
				.forEach((name,
						values) -> values.forEach((value) -> html.append("<dt>")
							.append(HtmlUtils.htmlEscape(name))
							.append("</dt><dd>")
							.append(HtmlUtils.htmlEscape(String.valueOf(value)))
							.append("</dd>\n")));
			return HttpAnswer.html(html.append("</dl>\n").toString());
		}
		catch (IllegalArgumentException | HttpMessageNotReadableException ex) {
			return HttpAnswer.error(HttpStatus.BAD_REQUEST, "The form is not encoded well");
		}
	}

}
