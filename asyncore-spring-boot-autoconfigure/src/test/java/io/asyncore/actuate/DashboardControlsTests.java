package io.asyncore.actuate;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Cookie;
import org.openqa.selenium.Keys;
import org.openqa.selenium.interactions.Actions;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what the operator can do with the {@link Dashboard}.
 */
class DashboardControlsTests extends DashboardFixture {

	private static final String CLOSE_17 = "#channels [aria-label='Close channel 17']";

	private static final String FIRST = DashboardAnswers.channel(17, "echo", "127.0.0.1:54321", 3_400_000);

	private static final String SECOND = DashboardAnswers.channel(18, "lines", "[::1]:54322");

	private ScriptedActuator actuator;

	@BeforeEach
	void openDashboard() throws IOException {
		this.actuator = new ScriptedActuator();
		this.actuator.answer("GET ", DashboardAnswers.overview(1));
		this.actuator.answer("GET /channels", DashboardAnswers.channels(FIRST, SECOND));
		this.actuator.answer("GET /channels/17", FIRST.replace("\"tls\"", "\"protocolName\": \"TLSv1.3\", \"tls\""));
		browser.open(this.actuator.url());
		browser.await(() -> assertThat(browser.column("#channels", 1)).containsExactly("17", "18"));
		browser.await(() -> assertThat(browser.column("#servers", 1)).isNotEmpty());
	}

	@AfterEach
	void stopActuator() {
		browser.leave();
		this.actuator.close();
	}

	@Test
	void theServerSortsTheChannels() {
		assertThat(this.actuator.lastQuery()).contains("sort=queued", "order=desc", "page=0", "size=50");
		assertThat(sortedColumns("#channels")).containsExactly("Queued descending");
		browser.click("#channels [data-sort=received]");
		assertThat(sortedColumns("#channels")).containsExactly("Received descending");
		browser.await(() -> assertThat(this.actuator.lastQuery()).contains("sort=received", "order=desc"));
		browser.press(Keys.ENTER);
		browser.await(() -> assertThat(this.actuator.lastQuery()).contains("sort=received", "order=asc"));
		assertThat(sortedColumns("#channels")).containsExactly("Received ascending");
		browser.click("#channels [data-sort=id]");
		browser.await(() -> assertThat(this.actuator.lastQuery()).contains("sort=id", "order=asc"));
	}

	@Test
	void thePageSortsTheHandlers() {
		assertThat(sortedColumns("#handlers")).containsExactly("Mean now descending");
		browser.focus("#handlers [data-sort=max]");
		browser.press(Keys.SPACE);
		assertThat(browser.column("#handlers", 6)).containsExactly("250 ms", "1.5 ms", "900 µs", "400 µs");
		browser.press(Keys.SPACE);
		assertThat(browser.column("#handlers", 6)).containsExactly("400 µs", "900 µs", "1.5 ms", "250 ms");
		assertThat(sortedColumns("#handlers")).containsExactly("Longest ascending");
		browser.click("#handlers [data-sort=handler]");
		assertThat(browser.column("#handlers", 2)).containsExactly("close", "read", "read", "terminator");
	}

	@Test
	void filtersByServerStateAndName() {
		assertThat(browser.texts("[name=server]")).containsExactly("all echo lines files admin");
		browser.element("[name=server]").sendKeys("lines");
		browser.element("[name=state]").sendKeys("listening");
		browser.element("[name=name]").sendKeys("a&b c");
		browser.await(() -> assertThat(this.actuator.lastQuery()).contains("server=lines", "state=listening",
				"name=a%26b+c"));
		browser.press(Keys.ENTER);
		this.actuator.answer("GET /channels", DashboardAnswers.NO_CHANNELS);
		browser.await(() -> assertThat(browser.text("#channels > .empty")).isEqualTo("No channel matches."));
		browser.click("#filter [type=reset]");
		browser.await(() -> assertThat(this.actuator.lastQuery()).doesNotContain("server", "state", "name")
			.contains("size=50"));
	}

	@Test
	void turnsPages() {
		this.actuator.answer("GET /channels", DashboardAnswers.channels(120, 0, Collections.nCopies(1, FIRST)));
		browser.await(() -> assertThat(browser.text("#range")).isEqualTo("1–1 of 120"));
		assertThat(browser.element("#previous").isEnabled()).isFalse();
		browser.click("#next");
		browser.await(() -> assertThat(this.actuator.lastQuery()).contains("page=1"));
		browser.click("#next");
		browser.await(() -> assertThat(browser.text("#range")).isEqualTo("101–101 of 120"));
		assertThat(browser.element("#next").isEnabled()).isFalse();
		// most of them have gone
		this.actuator.answer("GET /channels", DashboardAnswers.channels(70, 1, List.of(FIRST)));
		browser.await(() -> assertThat(this.actuator.lastQuery()).contains("page=1"));
		browser.click("#channels [data-sort=age]");
		browser.await(() -> assertThat(this.actuator.lastQuery()).contains("page=0", "sort=age"));
		browser.element("[name=size]").sendKeys("100");
		browser.await(() -> assertThat(this.actuator.lastQuery()).contains("size=100"));
	}

	@Test
	void whenTheRowGoesWhileTheDialogIsOpenTheFocusDoesNotFallBackToTheTop() {
		browser.focus(CLOSE_17);
		browser.press(Keys.ENTER);
		this.actuator.answer("GET /channels", DashboardAnswers.channels(SECOND));
		browser.await(() -> assertThat(browser.column("#channels", 1)).containsExactly("18"));
		assertThat(focused()).isEqualTo("Cancel");
		browser.press(Keys.ENTER);
		browser.await(() -> assertThat(browser.script("return document.activeElement.className")).isEqualTo("scroll"));
	}

	@Test
	void closesAChannelByKeyboardOnceConfirmed() {
		this.actuator.answer("DELETE /channels/17", 204);
		browser.driver().manage().addCookie(new Cookie("XSRF-TOKEN", "a%2Fb"));
		browser.focus(CLOSE_17);
		browser.press(Keys.ENTER);
		assertThat(browser.text("#confirm-title")).isEqualTo("Close channel 17?");
		assertThat(browser.text("#confirm-text")).contains("echo", "127.0.0.1:54321", "3.4 MB");
		assertThat(focused()).isEqualTo("Cancel");
		browser.press(Keys.ENTER);
		assertThat(browser.texts("#confirm")).isEmpty();
		assertThat(focused()).isEqualTo("Close");
		browser.press(Keys.ENTER);
		browser.press(Keys.ESCAPE);
		assertThat(browser.texts("#confirm")).isEmpty();
		browser.press(Keys.ENTER);
		browser.press(Keys.TAB);
		assertThat(focused()).isEqualTo("Close channel");
		assertThat(this.actuator.requests("DELETE")).isEmpty();
		this.actuator.answer("GET /channels", DashboardAnswers.channels(SECOND));
		browser.press(Keys.ENTER);
		browser.await(() -> assertThat(browser.text("#outcome")).isEqualTo("Channel 17 is closed."));
		assertThat(this.actuator.requests("DELETE"))
			.containsExactly(new ScriptedActuator.Request("DELETE /channels/17", "a/b"));
		browser.await(() -> assertThat(browser.column("#channels", 1)).containsExactly("18"));
		// the focus does not fall back to the top of the page
		assertThat(browser.script("return document.activeElement.className")).isEqualTo("scroll");
		browser.click("#dismiss");
		assertThat(browser.texts("#notice")).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			401 | Not signed in
			403 | security rules
			404 | Not allowed here: management.endpoint.asyncore.access is read-only.
			405 | Not allowed here: management.endpoint.asyncore.access is read-only.
			500 | was not closed: the application answered with status 500.
			""")
	void whenTheCloseIsRefusedSaysWhy(int status, String words) {
		this.actuator.answer("DELETE /channels/17", status);
		close17();
		browser.await(() -> assertThat(browser.text("#outcome")).contains(words));
		assertThat(browser.script("return document.querySelector('#announcement').textContent"))
			.isEqualTo(browser.text("#outcome"));
		assertThat(browser.column("#channels", 1)).containsExactly("17", "18");
		assertThat(this.actuator.requests("DELETE"))
			.containsExactly(new ScriptedActuator.Request("DELETE /channels/17", null));
	}

	@Test
	void whenTheChannelHasGoneAlreadySaysSo() {
		this.actuator.answer("DELETE /channels/17", 404);
		this.actuator.answer("GET /channels/17", 404);
		close17();
		browser.await(() -> assertThat(browser.text("#outcome")).isEqualTo("Channel 17 was closed already."));
	}

	@Test
	void whenTheCloseIsNotAnsweredSaysThatItMayHaveHappened() {
		browser.click(CLOSE_17);
		this.actuator.reachable(false);
		browser.click("#confirm .danger");
		browser
			.await(() -> assertThat(browser.text("#outcome")).contains("Whether channel 17 is closed is not known."));
	}

	@Test
	void showsLabels() {
		String labelled = FIRST.replace("\"server\"", "\"label\": \"<b>7</b>\", \"server\"");
		this.actuator.answer("GET /channels", DashboardAnswers.channels(labelled, SECOND));
		this.actuator.answer("GET /channels/17", labelled);
		browser.await(() -> assertThat(browser.column("#channels", 2)).containsExactly("echo ‘<b>7</b>’", "lines"));
		browser.click(CLOSE_17);
		assertThat(browser.text("#confirm-text")).contains("echo ‘<b>7</b>’");
		browser.press(Keys.ESCAPE);
		browser.focus("#channels tbody th button");
		browser.press(Keys.ENTER);
		browser.await(() -> assertThat(browser.texts("#details dt")).contains("Label"));
		assertThat(browser.texts("#details dd")).contains("<b>7</b>");
	}

	@Test
	void showsTheDetailsOfAChannelAsLongAsItLives() {
		browser.focus("#channels tbody th button");
		browser.press(Keys.ENTER);
		browser.await(() -> assertThat(browser.texts("#details dt")).contains("Protocol name", "TLS"));
		assertThat(browser.text("#details-title")).isEqualTo("Channel 17");
		assertThat(browser.texts("#details dd")).contains("com.acme.EchoHandler", "TLSv1.3", "1.2 MB", "no");
		this.actuator.answer("GET /channels/17", FIRST.replace("\"received\": 1234567", "\"received\": 8000000"));
		browser.await(() -> assertThat(browser.texts("#details dd")).contains("8 MB"));
		this.actuator.answer("GET /channels/17", 404);
		browser.await(() -> assertThat(browser.text("#details-problem")).startsWith("This channel is closed."));
		assertThat(browser.element("#close-detailed").isEnabled()).isFalse();
		assertThat(browser.texts("#details dd")).contains("8 MB");
		browser.press(Keys.ESCAPE);
		assertThat(browser.texts("#details")).isEmpty();
		assertThat(focused()).isEqualTo("17");
	}

	@Test
	void aClickOnTheRowShowsTheDetailsToo() {
		browser.click("#channels tbody tr:first-child td:nth-child(5)");
		assertThat(browser.text("#details-title")).isEqualTo("Channel 17");
		this.actuator.answer("DELETE /channels/17", 204);
		browser.click("#close-detailed");
		browser.click("#confirm .danger");
		browser.await(() -> assertThat(browser.text("#outcome")).isEqualTo("Channel 17 is closed."));
	}

	@Test
	void focusScrollAndDialogSurviveWhatChanges() {
		browser.emulate(400, "light");
		browser.focus("#channels [aria-label='Close channel 18']");
		browser.script("document.querySelector('#channels .scroll').scrollLeft = 120; window.scrollTo(0, 700)");
		Object position = browser.script("return window.scrollY");
		this.actuator.answer("GET /channels", DashboardAnswers.channels(SECOND.replace("lines", "moved"),
				DashboardAnswers.channel(19, "new", "[::1]:1"), FIRST));
		browser.await(() -> assertThat(browser.column("#channels", 1)).containsExactly("18", "19", "17"));
		this.actuator.answer("GET /channels", DashboardAnswers.channels(FIRST, SECOND));
		browser.await(() -> assertThat(browser.column("#channels", 1)).containsExactly("17", "18"));
		assertThat(browser.script("return document.activeElement.getAttribute('aria-label')"))
			.isEqualTo("Close channel 18");
		assertThat(browser.script("return document.querySelector('#channels .scroll').scrollLeft")).isEqualTo(120L);
		assertThat(browser.script("return window.scrollY")).isEqualTo(position);
		browser.press(Keys.ENTER);
		this.actuator.answer("GET /channels", DashboardAnswers.channels(FIRST));
		browser.await(() -> assertThat(browser.column("#channels", 1)).containsExactly("17"));
		assertThat(browser.text("#confirm-title")).isEqualTo("Close channel 18?");
		assertThat(focused()).isEqualTo("Cancel");
	}

	@Test
	void theFirstTabLeadsToTheContentAndTheRestIsInOrder() {
		browser.press(Keys.TAB);
		assertThat(focused()).isEqualTo("Skip to the content");
		assertThat(browser.element(".skip").getSize().getWidth()).isGreaterThan(50);
		new Actions(browser.driver()).sendKeys(Keys.TAB).perform();
		assertThat(browser.script("return document.activeElement.id")).isEqualTo("interval");
		assertThat((String) browser.script("return getComputedStyle(document.activeElement).outlineStyle"))
			.isEqualTo("solid");
		browser.focus(".skip");
		browser.press(Keys.ENTER);
		assertThat(browser.script("return document.activeElement.id")).isEqualTo("main");
	}

	@Test
	void everyHeaderCellSaysWhatItIsTheHeaderOf() {
		assertThat((Long) browser.script("return document.querySelectorAll('th:not([scope])').length")).isZero();
		assertThat((Long) browser.script("return document.querySelectorAll('tbody tr > th[scope=row]').length"))
			.isEqualTo((Long) browser.script("return document.querySelectorAll('tbody tr').length"))
			.isPositive();
	}

	@Test
	void theThemeIsTheOneOfTheSystemUntilOneIsChosen() {
		assertThat(isDark()).isFalse();
		browser.emulate(1280, "dark");
		browser.await(() -> assertThat(browser.text("#theme")).isEqualTo("Light theme"));
		assertThat(isDark()).isTrue();
		browser.click("#theme");
		assertThat(isDark()).isFalse();
		assertThat(browser.text("#theme")).isEqualTo("Dark theme");
		browser.driver().navigate().refresh();
		browser.await(() -> assertThat(browser.text("#theme")).isEqualTo("Dark theme"));
		assertThat(isDark()).isFalse();
	}

	@Test
	void whenNothingCanBeStoredTheThemeStillChanges() {
		Object script = browser.driver()
			.executeCdpCommand("Page.addScriptToEvaluateOnNewDocument", Map.of("source",
					"Object.defineProperty(window, 'localStorage', { get() { throw new Error('forbidden'); } })"))
			.get("identifier");
		try {
			browser.driver().navigate().refresh();
			browser.await(() -> assertThat(browser.column("#channels", 1)).isNotEmpty());
			browser.click("#theme");
			assertThat(isDark()).isTrue();
		}
		finally {
			browser.driver()
				.executeCdpCommand("Page.removeScriptToEvaluateOnNewDocument", Map.of("identifier", script));
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 400, 1280 })
	void thePageIsNoWiderThanTheWindow(int width) {
		this.actuator.answer("GET /channels", DashboardAnswers
			.channels(DashboardAnswers.channel(17, "x".repeat(300), "[2001:db8:0:0:0:ff00:42:8329]:54321", 1)));
		this.actuator.answer("GET ",
				DashboardAnswers.overview(1)
					.replace("\"echo\"", '"' + "echo".repeat(50) + '"')
					.replace("asyncore-loop", "loop".repeat(40)));
		browser.emulate(width, "light");
		browser.await(() -> assertThat(browser.column("#channels", 2)).containsExactly("x".repeat(300)));
		browser.await(() -> assertThat(browser.column("#servers", 1)).contains("echo".repeat(50)));
		assertThat((Long) browser.script("return document.documentElement.scrollWidth"))
			.isLessThanOrEqualTo((Long) browser.script("return document.documentElement.clientWidth"))
			.isLessThanOrEqualTo(width);
		assertThat(browser.script("""
				return [...document.querySelectorAll('.card, .scroll, button, select, input, p')]
					.filter((node) => node.checkVisibility() && !node.closest('.scroll, .unseen, .skip')
						&& node.getBoundingClientRect().right > innerWidth)
					.map((node) => node.outerHTML).join()""")).isEqualTo("");
		browser.click("#channels tbody th button");
		assertThat((Long) browser.script("return document.querySelector('#details').scrollWidth"))
			.isLessThanOrEqualTo(width);
	}

	@ParameterizedTest
	@ValueSource(strings = { "light", "dark" })
	void textCanBeToldFromItsBackground(String theme) {
		browser.emulate(1280, theme);
		close17();
		browser.click("#channels tbody th button");
		assertThat(browser
			.script("""
					const parse = (color) => color.match(/[\\d.]+/g).map(Number);
					const luminance = (color) => parse(color).slice(0, 3).map((part) => part / 255)
						.map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
						.reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
					const background = (node) => {
						const color = getComputedStyle(node).backgroundColor;
						return (parse(color)[3] ?? 1) > 0 ? color : background(node.parentElement);
					};
					const contrast = (node) => {
						const [less, more] = [getComputedStyle(node).color, background(node)].map(luminance).sort((a, b) => a - b);
						return (more + 0.05) / (less + 0.05);
					};
					const texts = [...document.querySelectorAll('body *')].filter((node) => node.checkVisibility()
						&& !node.closest('script, [disabled], .unseen')
						&& [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()));
					return texts.length < 100 ? 'too few' : texts.filter((node) => contrast(node) < 4.5)
						.map((node) => `${contrast(node).toFixed(2)} ${node.outerHTML}`).join('\\n')"""))
			.isEqualTo("");
	}

	private void close17() {
		browser.click(CLOSE_17);
		browser.click("#confirm .danger");
		browser.await(() -> assertThat(browser.texts("#confirm")).isEmpty());
	}

	private static String focused() {
		return (String) browser.script("return document.activeElement.textContent");
	}

	private static List<String> sortedColumns(String section) {
		String script = "return [...document.querySelectorAll(arguments[0] + ' [aria-sort]')]"
				+ ".map((header) => header.textContent + ' ' + header.getAttribute('aria-sort')).join()";
		return List.of(((String) browser.script(script, section)).split(","));
	}

	private static boolean isDark() {
		String color = (String) browser.script("return getComputedStyle(document.body).backgroundColor");
		return Integer.parseInt(color.replaceAll("rgb\\((\\d+),.*", "$1")) < 128;
	}

}
