package io.asyncore.actuate;

import java.io.File;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

/**
 * The Chromium of the system, without a window. Nothing is ever downloaded: without a
 * browser the tests that need one are skipped, or fail on a build server.
 */
final class Browser implements AutoCloseable {

	private static final Duration BOUND = Duration.ofSeconds(20);

	private static final String MISSING = "This test needs Chromium or Chrome and its driver on the PATH: "
			+ "apt-get install chromium chromium-driver";

	// loggers that nobody holds forget their level
	private static final Logger SELENIUM_LOGGER = Logger.getLogger("org.openqa.selenium");

	private final ChromeDriver driver;

	private Browser(File binary, File driver) {
		SELENIUM_LOGGER.setLevel(Level.SEVERE);
		ChromeOptions options = new ChromeOptions();
		options.setBinary(binary);
		options.addArguments("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
				"--disable-background-networking", "--disable-component-update", "--disable-extensions",
				"--disable-sync", "--no-default-browser-check", "--no-first-run", "--no-proxy-server",
				"--force-color-profile=srgb", "--lang=en");
		ChromeDriverService service = new ChromeDriverService.Builder().usingDriverExecutable(driver)
			.usingAnyFreePort()
			.withLogOutput(OutputStream.nullOutputStream())
			.build();
		this.driver = new ChromeDriver(service, options);
	}

	static Browser start() {
		Optional<File> binary = find("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
		Optional<File> driver = find("chromedriver", "chromium-driver");
		if (binary.isEmpty() || driver.isEmpty()) {
			if ("true".equals(System.getenv("CI"))) {
				Assertions.fail(MISSING);
			}
			Assumptions.abort(MISSING);
		}
		return new Browser(binary.orElseThrow(), driver.orElseThrow());
	}

	private static Optional<File> find(String... names) {
		String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
		return Arrays.stream(names)
			.flatMap((name) -> Stream.of(path.split(File.pathSeparator)).map((folder) -> new File(folder, name)))
			.filter(File::canExecute)
			.findFirst();
	}

	ChromeDriver driver() {
		return this.driver;
	}

	/**
	 * Leaves the present page, so that it asks no more, and opens another with nothing
	 * kept from before.
	 * @param url the address of the page
	 */
	void open(String url) {
		leave();
		emulate(1280, "light");
		this.driver.get(url);
	}

	void leave() {
		this.driver.manage().deleteAllCookies();
		this.driver.get("about:blank");
	}

	void emulate(int width, String theme) {
		this.driver.executeCdpCommand("Emulation.setDeviceMetricsOverride",
				Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", false));
		emulateMedia(Map.of("name", "prefers-color-scheme", "value", theme));
	}

	void emulateMedia(Map<String, String> feature) {
		this.driver.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features", List.of(feature)));
	}

	WebElement element(String selector) {
		return this.driver.findElement(By.cssSelector(selector));
	}

	void click(String selector) {
		element(selector).click();
	}

	/**
	 * Types into whatever has the focus.
	 * @param keys the keys
	 */
	void press(CharSequence... keys) {
		this.driver.switchTo().activeElement().sendKeys(keys);
	}

	void focus(String selector) {
		script("document.querySelector(arguments[0]).focus()", selector);
	}

	/**
	 * The text of an element that can be seen, as it is seen.
	 * @param selector the element
	 * @return its text, empty when it is hidden
	 */
	String text(String selector) {
		return String.join("|", texts(selector));
	}

	// in one go, since the page changes meanwhile
	@SuppressWarnings("unchecked")
	List<String> texts(String selector) {
		return (List<String>) script(
				"""
						return [...document.querySelectorAll(arguments[0])].filter((node) => node.checkVisibility())
							.map((node) => node.innerText.replaceAll('\\u00a0', ' ').replace(/\\s*[\\n\\t]\\s*/g, ' ').trim())""",
				selector);
	}

	/**
	 * The texts of the cells of a table.
	 * @param section the section of the table
	 * @param column from 1
	 * @return the texts from top to bottom
	 */
	List<String> column(String section, int column) {
		return texts(section + " tbody tr > :nth-child(" + column + ")");
	}

	Object script(String script, Object... arguments) {
		return this.driver.executeScript(script, arguments);
	}

	/**
	 * Lets time go by for the page.
	 * @param millis how long
	 */
	void passTime(int millis) {
		this.driver.executeAsyncScript("setTimeout(arguments[1], arguments[0])", millis);
	}

	void await(ThrowingRunnable assertion) {
		Awaitility.await()
			.pollInSameThread()
			.pollDelay(Duration.ZERO)
			.pollInterval(Duration.ofMillis(50))
			.atMost(BOUND)
			.ignoreExceptionsInstanceOf(WebDriverException.class)
			.untilAsserted(assertion);
	}

	@Override
	public void close() {
		this.driver.quit();
	}

}
