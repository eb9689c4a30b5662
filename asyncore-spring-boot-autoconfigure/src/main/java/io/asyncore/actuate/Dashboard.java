package io.asyncore.actuate;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Objects;

/**
 * The page that shows what the endpoint answers: one document with its style and script
 * inside, which asks the endpoint it is served below.
 */
final class Dashboard {

	private final String page;

	Dashboard() {
		String style = resource("dashboard.css");
		String script = resource("dashboard-view.js") + resource("dashboard.js");
		this.page = resource("dashboard.html").replace("{style-hash}", hash(style))
			.replace("{script-hash}", hash(script))
			.replace("{style}", style)
			.replace("{script}", script);
	}

	String page() {
		return this.page;
	}

	private static String resource(String name) {
		try (InputStream resource = Dashboard.class.getResourceAsStream(name)) {
			byte[] content = Objects.requireNonNull(resource, name).readAllBytes();
			// browsers read line ends like this, and hash what they have read
			return new String(content, StandardCharsets.UTF_8).replace("\r\n", "\n");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	// lets the page's Content-Security-Policy admit this part of it and no other
	private static String hash(String part) {
		try {
			byte[] digest = MessageDigest.getInstance("SHA-256").digest(part.getBytes(StandardCharsets.UTF_8));
			return "sha256-" + Base64.getEncoder().encodeToString(digest);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java platform has SHA-256", ex);
		}
	}

}
