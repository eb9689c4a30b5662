package io.asyncore.actuate;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import io.asyncore.actuate.ScriptedActuator.Answer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what the {@link Dashboard} shows, and when it asks.
 */
class DashboardTests extends DashboardFixture {

	private static final String HOSTILE = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>";

	private final AtomicInteger polls = new AtomicInteger(50);

	private ScriptedActuator actuator;

	@BeforeEach
	void startActuator() throws IOException {
		this.actuator = new ScriptedActuator();
		this.actuator.answer("GET ", () -> json(DashboardAnswers.overview(this.polls.incrementAndGet())));
		this.actuator.answer("GET /channels",
				DashboardAnswers.channels(DashboardAnswers.channel(17, "echo", "127.0.0.1:54321", 3_400_000),
						DashboardAnswers.channel(18, "lines", "[::1]:54322")));
	}

	@AfterEach
	void stopActuator() {
		browser.leave();
		this.actuator.close();
	}

	@Test
	void isOneDocumentThatLoadsNothingElse() {
		open();
		assertThat(
				(Long) browser.script("return document.querySelectorAll('[src], link:not([href^=\"data:\"])').length"))
			.isZero();
		assertThat(browser.script("""
				return performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname)
					.filter((path) => !/asyncore(\\/channels)?$/.test(path)).join()""")).isEqualTo("");
	}

	@Test
	void whenAnotherPageFramesItIsNothingButAText() {
		// that of another site on this machine, which has nothing there
		browser.open(URI.create(this.actuator.url().replace("127.0.0.1", "localhost")).resolve("/").toString());
		browser.script("""
				const frame = document.createElement('iframe');
				frame.addEventListener('load', () => { window.loaded = true; });
				frame.src = arguments[0];
				document.body.append(frame);""", this.actuator.url());
		browser.await(() -> assertThat(browser.script("return window.loaded")).isEqualTo(true));
		browser.driver().switchTo().frame(0);
		assertThat(browser.text("body")).isEqualTo("This page is not shown in a frame of another one.");
		assertThat(browser.script("return document.querySelectorAll('button, a, input').length")).isEqualTo(0L);
		assertThat(this.actuator.requests("")).isEmpty();
		browser.driver().switchTo().defaultContent();
	}

	@Test
	void showsWhetherTheLoopIsAliveAndHowLateItIs() {
		open();
		browser.await(() -> assertThat(browser.text("#loops [data-field=utilisation]")).isEqualTo("10 %"));
		assertThat(browser.texts("#loops h3 span")).containsExactly("asyncore-loop", "Running");
		assertThat(browser.text("#loops [data-field=thread]")).isEqualTo("Thread asyncore-loop-1");
		assertThat(browser.text("#loops .note")).isEqualTo("Waits for events");
		assertThat(browser.texts("#loops dd")).startsWith("10 %", "200 µs", "133 ms", "0 ms")
			.endsWith("4", "3", "15", "2");
		assertThat(browser.text("#loops [data-field=passes]")).matches("[1-9][0-9.]*/s");
		assertThat(browser.script("return document.querySelector('.bar span').style.width")).isEqualTo("10%");
		assertThat(browser.texts("#loops table")).as("for those who want to know").isEmpty();
		browser.click("#loops summary");
		assertThat(browser.texts("#loops tbody tr:first-child > *")).startsWith("wants to read")
			.element(3)
			.isEqualTo("90 %");
		assertThat(browser.element("#loops tbody tr:first-child > th").getAttribute("title")).isEqualTo("readable()");
		assertThat(browser.texts("#loops tbody tr:first-child > *").subList(1, 3))
			.allMatch((rate) -> rate.endsWith("/s"));
		assertThat(browser.texts("#loops div:last-child > table tbody tr:last-child > *").get(4)).isEqualTo("12");
	}

	@Test
	void showsWhichHandlerHoldsTheLoop() {
		this.actuator.answer("GET ", DashboardAnswers.overview("stalled",
				"\"busyMillis\": 64000.4, \"running\": {\"channel\": \"echo\", \"id\": 9, \"handler\": \"read\"},", 0));
		open();
		browser.await(() -> assertThat(browser.texts("#loops h3 span")).contains("Stalled"));
		assertThat(browser.text("#loops .note")).isEqualTo("Handler read of echo has held it for 1 min 4 s");
		assertThat(browser.driver().getTitle()).startsWith("Stalled");
	}

	@Test
	void showsThatATaskHoldsTheLoop() {
		this.actuator.answer("GET ", DashboardAnswers.overview("running",
				"\"busyMillis\": 250.0, \"running\": {\"handler\": \"task\"},", 0));
		open();
		browser.await(
				() -> assertThat(browser.text("#loops .note")).isEqualTo("A task of the loop has held it for 250 ms"));
	}

	@Test
	void showsServersAndWhyTheyPause() {
		open();
		browser.await(() -> assertThat(browser.column("#servers", 1)).containsExactly("echo", "lines", "files", "admin",
				"syslog"));
		assertThat(browser.column("#servers", 2)).containsExactly("0.0.0.0:7007", "[::1]:7008", "0.0.0.0:7009",
				"/run/admin.sock", "[::]:5514 (udp)");
		assertThat(browser.column("#servers", 3)).containsExactly("Accepting",
				"Paused: its limit of 10 connections is reached", "Paused: the process has no file descriptor left",
				"Not listening", "Receiving");
		assertThat(browser.column("#servers", 5)).containsExactly("1,000", "10", "none", "none", "–");
		assertThat(browser.column("#servers", 7)).containsExactly("0", "3", "0", "0", "–");
	}

	@Test
	void showsGroupsAndWhyChannelsWereClosedOrRefused() {
		open();
		browser.await(() -> assertThat(browser.texts("#groups tbody tr:first-child > *")).startsWith("echo", "2",
				"1,235", "1,200 peer, 20 local, 8 error, 4 timeout", "none"));
		assertThat(browser.texts("#groups tbody tr:last-child > *")).contains("3.4 MB", "40 peer, 1 local, 1 limit",
				"2 error, 1 unhandled");
		assertThat(browser.element("#groups tbody tr:last-child > :nth-child(5)").getAttribute("title"))
			.isEqualTo("error: making its channel failed\nunhandled: no handler took it");
		assertThat(browser.texts("#totals dd")).containsExactly("12", "1", "3.4 MB", "3", "9", "3");
	}

	@Test
	void showsConnectsByTheirOutcome() {
		open();
		browser.await(() -> assertThat(browser.texts("#connects tbody tr")).hasSize(1));
		assertThat(browser.texts("#connects tbody tr > *")).startsWith("lines", "1", "12", "4", "3", "0", "2", "5",
				"0");
	}

	@Test
	void showsOffloadedWork() {
		open();
		browser.await(() -> assertThat(browser.texts("#offloads tbody tr")).hasSize(1));
		assertThat(browser.texts("#offloads tbody tr > *")).startsWith("lines", "2", "1", "1,234", "6", "7");
	}

	@Test
	void fitsAWindowOfTheUsualWidth() {
		this.actuator.answer("GET ", DashboardAnswers.overview(1)
			.replaceFirst("\"closed\": .*},", "\"lastFailure\": {\"type\": \"java.io.IOException\", \"message\": \""
					+ "The peer has said what it should not ".repeat(5) + "\", \"time\": \"2026-11-30T12:00:00Z\", "
					+ "\"count\": 7}, \"closed\": {\"peer\": 123456, \"local\": 123456, \"error\": 123456, "
					+ "\"timeout\": 123456, \"limit\": 123456, \"shutdown\": 123456},"));
		open();
		browser.await(() -> assertThat(browser.texts("#groups tbody tr")).hasSize(2));
		assertThat(browser.text("#groups tbody")).contains("123,456 limit", "The peer has said");
		assertThat(browser.script("""
				return [...document.querySelectorAll('main > section > .scroll')]
					.filter((box) => box.scrollWidth > box.clientWidth)
					.map((box) => box.parentElement.id).join()""")).isEqualTo("");
	}

	@Test
	void showsTheLastFailureOfAGroup() {
		this.actuator.answer("GET ", DashboardAnswers.overview(1)
			.replaceFirst("\"closed\":", "\"lastFailure\": {\"type\": \"java.io.IOException\", \"message\": \"<b>\", "
					+ "\"time\": \"2026-11-30T12:00:00Z\", \"count\": 7}, \"closed\":"));
		open();
		browser.await(() -> assertThat(browser.column("#groups", 10)).containsExactly("IOException: <b>", "none"));
		assertThat(browser.element("#groups tbody tr:first-child > :nth-child(10)").getAttribute("title"))
			.startsWith("java.io.IOException: <b> (")
			.endsWith(", 7 failures so far)");
	}

	@Test
	void showsTheSlowestHandlerFirst() {
		open();
		browser
			.await(() -> assertThat(browser.column("#handlers", 4)).containsExactly("2.5 ms", "200 µs", "50 µs", "–"));
		assertThat(browser.column("#handlers", 2)).containsExactly("read", "terminator", "read", "close");
		assertThat(browser.column("#handlers", 5)).element(3).isEqualTo("10 µs");
		assertThat(browser.column("#handlers", 6)).containsExactly("250 ms", "400 µs", "1.5 ms", "900 µs");
		assertThat(browser.column("#handlers", 7)).containsExactly("8", "0", "0", "0");
		assertThat(browser.column("#handlers", 3)).element(3).isEqualTo("0/s");
	}

	@Test
	void countsFramesWhereThereAreAnyAndReadsElsewhere() {
		open();
		// 10 reads of echo and 20 frames of lines for each 100 passes
		browser.await(() -> assertThat(perSecond(browser.text("figure:nth-child(1) strong"))
				/ perSecond(browser.text("#loops [data-field=passes]")))
			.isBetween(0.28, 0.32));
		browser.await(() -> assertThat(
				(String) browser.script("return document.querySelector('#frames path:last-child').getAttribute('d')"))
			.contains("L"));
		assertThat(browser.text("figure:nth-child(2) strong")).matches("[0-9.]+ kB/s");
		assertThat(browser.element("#frames").getDomAttribute("aria-label")).startsWith("Last two minutes: now ");
	}

	@Test
	void showsChannelsAndWhoIsStuck() {
		open();
		browser.await(() -> assertThat(browser.texts("#channels tbody tr:first-child > *")).containsExactly("17",
				"echo", "EchoHandler", "127.0.0.1:54321", "connected, stuck", "1 min 4 s", "12.3 s", "1.2 MB", "100 B",
				"3.4 MB", "read, write", "asyncore-loop", "Close"));
		assertThat(browser.column("#channels", 5)).element(1).isEqualTo("connected");
		assertThat(browser.text("#total")).isEqualTo("2 open");
	}

	@Test
	void showsNothingButTheProgressWhileLoading() {
		this.actuator.hold();
		open();
		assertThat(browser.text("#state")).isEqualTo("Loading");
		assertThat(browser.text(".loading")).startsWith("Asking the application");
		assertThat(browser.texts("section")).isEmpty();
		this.actuator.release();
		browser.await(() -> assertThat(browser.texts("section")).hasSize(8));
		assertThat(browser.texts(".loading")).isEmpty();
	}

	@Test
	void whenThereIsNothingSaysSo() {
		this.actuator.answer("GET ", DashboardAnswers.EMPTY);
		this.actuator.answer("GET /channels", DashboardAnswers.NO_CHANNELS);
		open();
		browser.await(() -> assertThat(browser.texts(".empty")).containsExactly(
				"No servers. An entry such as asyncore.servers.echo.port=7007 makes one.", "There is no event loop.",
				"No channel has been opened yet.", "Nothing has connected to somewhere else.",
				"No channel has offloaded work.", "No handler has been called yet.", "No channel is open."));
		assertThat(browser.texts("table")).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			401 | Sign in
			403 | Not allowed
			404 | management.endpoints.web.exposure.include
			500 | Its log says why
			502 | status 502
			""")
	void whenTheAnswerIsAnErrorSaysWhatToDo(int status, String words) {
		this.actuator.answer("GET ", status);
		open();
		browser.await(() -> assertThat(browser.text("#problem")).contains(words, "" + status, "Next attempt in 2 s"));
		assertThat(browser.text("#state")).isEqualTo("Error");
		this.actuator.answer("GET ", DashboardAnswers.overview(1));
		browser.click("#retry");
		browser.await(() -> assertThat(browser.text("#state")).isEqualTo("Live"));
		assertThat(browser.texts("#problem")).isEmpty();
	}

	@Test
	void whenTheAnswerIsAnotherPageSaysSo() {
		this.actuator.answer("GET ", "<html>Please sign in</html>");
		open();
		browser.await(() -> assertThat(browser.text("#problem")).contains("not the one of the endpoint"));
	}

	@Test
	void whenOnlyTheChannelsFailShowsTheRest() {
		this.actuator.answer("GET /channels", 500);
		open();
		browser.await(() -> assertThat(browser.text("#channel-problem")).contains("500"));
		assertThat(browser.text("#state")).isEqualTo("Live");
		assertThat(browser.column("#servers", 1)).contains("echo");
	}

	@Test
	void whenDisconnectedKeepsTheDataAndRecoversByItself() {
		open();
		browser.await(() -> assertThat(browser.column("#channels", 1)).containsExactly("17", "18"));
		this.actuator.reachable(false);
		browser.await(() -> assertThat(browser.text("#state")).isEqualTo("Disconnected"));
		assertThat(browser.text("#problem")).startsWith("The application cannot be reached.")
			.containsPattern("The data below is from \\d+:\\d\\d:\\d\\d");
		assertThat(browser.element("main").getCssValue("filter")).isEqualTo("grayscale(1)");
		assertThat(browser.column("#channels", 1)).containsExactly("17", "18");
		// twice as long each time
		browser.await(() -> assertThat(browser.text("#problem")).contains("Next attempt in 4 s"));
		assertThat(announcement()).isEqualTo("The application cannot be reached.");
		this.actuator.reachable(true);
		browser.await(() -> assertThat(browser.text("#state")).isEqualTo("Live"));
		assertThat(browser.texts("#banner")).isEmpty();
		assertThat(browser.element("main").getCssValue("filter")).isEqualTo("none");
		assertThat(announcement()).isEqualTo("Live");
	}

	@Test
	void asksOnceAtATimeAndNotForEver() {
		open();
		awaitPolls(1);
		pauseForAWhile();
		this.actuator.hold();
		int before = this.actuator.overviews().size();
		browser.click("#pause");
		browser.await(() -> assertThat(this.actuator.overviews()).hasSize(before + 1));
		browser.click("#channels [data-sort=age]");
		browser.click("#pause");
		browser.click("#pause");
		browser.passTime(2500);
		assertThat(this.actuator.overviews()).hasSize(before + 1);
		assertThat(this.actuator.mostOverviewsUnderWay()).isOne();
		browser.await(() -> assertThat(browser.text("#problem")).startsWith("No answer within 5 seconds."));
		this.actuator.release();
		browser.await(() -> assertThat(browser.text("#state")).isEqualTo("Live"));
		// what was asked for meanwhile
		browser.await(() -> assertThat(this.actuator.lastQuery()).contains("sort=age"));
	}

	@Test
	void asksEverySecondUnlessPausedOrHidden() {
		open();
		awaitPolls(3);
		browser.click("#pause");
		assertThat(browser.text("#state")).isEqualTo("Paused");
		assertAsksNoMore();
		browser.click("#pause");
		awaitPolls(this.actuator.overviews().size() + 1);
		assertThat(browser.text("#state")).isEqualTo("Live");
		this.actuator.hold();
		awaitPolls(this.actuator.overviews().size() + 1);
		setHidden(true);
		this.actuator.release();
		assertAsksNoMore();
		setHidden(false);
		awaitPolls(this.actuator.overviews().size() + 1);
		// now between two polls
		browser.passTime(200);
		setHidden(true);
		assertAsksNoMore();
	}

	@Test
	void asksAsOftenAsTheOperatorSays() {
		open();
		awaitPolls(1);
		browser.script("""
				const interval = document.querySelector('#interval');
				interval.value = '2000';
				interval.dispatchEvent(new Event('change'))""");
		assertAsksNoMore();
		awaitPolls(this.actuator.overviews().size() + 1);
	}

	@Test
	void whenCountersGoBackwardsForgetsWhatWasBefore() {
		open();
		browser.await(() -> assertThat(browser.text("#loops [data-field=utilisation]")).isEqualTo("10 %"));
		pauseForAWhile();
		this.polls.set(0);
		browser.click("#channels [data-sort=age]");
		browser.await(() -> assertThat(browser.text("#outcome")).contains("restarted"));
		assertThat(browser.text("#loops [data-field=passes]")).isEqualTo("–");
		assertThat(browser.text("figure:nth-child(1) strong")).isEqualTo("–");
		assertThat(browser.column("#handlers", 4)).containsOnly("–");
		browser.click("#pause");
		browser.await(() -> assertThat(browser.text("#loops [data-field=passes]")).matches("[1-9][0-9.]*/s"));
		assertThat(browser.text("body")).doesNotContain("NaN", "undefined", "Infinity");
		assertThat(browser.text("main")).doesNotContainPattern("\\s-[0-9]");
	}

	@Test
	void doesNotInterpretWhatComesFromOutside() {
		String name = HOSTILE.replace("\"", "\\\"");
		this.actuator.answer("GET ",
				DashboardAnswers.overview(1).replace("\"echo\"", '"' + name + '"').replace("0.0.0.0", name));
		String channel = DashboardAnswers.channel(17, name, name);
		this.actuator.answer("GET /channels", DashboardAnswers.channels(channel));
		this.actuator.answer("GET /channels/17", channel);
		open();
		browser.await(() -> assertThat(browser.column("#channels", 4)).containsExactly(HOSTILE));
		assertThat(browser.column("#servers", 1)).contains(HOSTILE);
		assertThat(browser.column("#handlers", 1)).contains(HOSTILE);
		assertThat(browser.column("#groups", 1)).contains(HOSTILE);
		browser.click("#channels tbody th button");
		browser.await(() -> assertThat(browser.texts("#details dd")).contains(HOSTILE));
		browser.click("#close-detailed");
		assertThat(browser.text("#confirm-text")).contains(HOSTILE);
		assertThat(browser.script("return window.hacked ?? document.querySelectorAll('img, script').length"))
			.isEqualTo(1L);
	}

	@Test
	void runsNoScriptButItsOwn() {
		open();
		browser.script("""
				const script = document.createElement('script');
				script.textContent = 'window.hacked = true';
				document.body.append(script)""");
		assertThat(browser.script("return window.hacked")).isNull();
	}

	@Test
	void whenMotionIsUnwantedMovesNothing() {
		open();
		browser.await(() -> assertThat(browser.texts("#loops h3")).isNotEmpty());
		assertThat(browser.element(".bar span").getCssValue("transition-duration")).isEqualTo("0.3s");
		browser.emulateMedia(Map.of("name", "prefers-reduced-motion", "value", "reduce"));
		browser
			.await(() -> assertThat(browser.element(".bar span").getCssValue("transition-duration")).isEqualTo("0s"));
	}

	private void open() {
		browser.open(this.actuator.url());
	}

	private void awaitPolls(int number) {
		browser.await(() -> assertThat(this.actuator.overviews()).hasSizeGreaterThanOrEqualTo(number));
	}

	// what the operator does right after a poll would not repeat it
	private static void pauseForAWhile() {
		browser.click("#pause");
		browser.passTime(800);
	}

	private void assertAsksNoMore() {
		browser.passTime(300);
		int before = this.actuator.overviews().size();
		browser.passTime(1300);
		assertThat(this.actuator.overviews()).hasSize(before);
	}

	private static void setHidden(boolean hidden) {
		browser.script("""
				Object.defineProperty(document, 'hidden', { value: arguments[0], configurable: true });
				document.dispatchEvent(new Event('visibilitychange'))""", hidden);
	}

	private static String announcement() {
		return (String) browser.script("return document.querySelector('#announcement').textContent");
	}

	private static double perSecond(String rate) {
		assertThat(rate).matches("[0-9.]+/s");
		return Double.parseDouble(rate.replace("/s", ""));
	}

	private static Answer json(String json) {
		return new Answer(200, json);
	}

}
