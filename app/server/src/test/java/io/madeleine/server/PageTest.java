package io.madeleine.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.ColorScheme;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.server.access.ApiKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser. Screenshots go to {@code target/screenshots}. */
final class PageTest {

  private static final Path SCREENSHOTS = Path.of("target", "screenshots");
  private static final String PAPER = "() => getComputedStyle(document.body).backgroundColor";
  private static TestBrowser browser;

  @TempDir Path data;

  @BeforeAll
  static void open() {
    browser = new TestBrowser();
  }

  @AfterAll
  static void close() {
    browser.close();
  }

  @Test
  void page_firstVisit_guidesToAFactThatComesBackFromAnEpisode() {
    try (var server = new RunningServer(data)) {
      Page page = browser.newPage(1400, 1050, ColorScheme.LIGHT);
      page.navigate(server.uri("/").toString());
      assertThat(page.locator("#tour-card")).isVisible();
      screenshot(page, "first-visit");
      for (int step = 1; step <= 4; step++) {
        assertThat(page.locator("#tour-card")).containsText(step + " of 5");
        page.locator("#tour-card button").first().click();
      }
      assertThat(page.locator("#tour-card")).containsText("5 of 5");
      assertThat(page.locator("#messages li").last())
          .containsText("Your sister Zelandra lives in Quillport.");
      assertThat(page.locator("#recalled")).containsText("Quillport");
      assertThat(page.locator("#turn-words")).containsText("the rest it had kept");
      assertThat(page.locator("#map circle.back").first()).isVisible();
      assertThat(page.locator("#map circle").nth(2)).isVisible();
      screenshot(page, "tour");
      page.locator("#tour-card button").first().click();
      assertThat(page.locator("#tour-card")).containsText("That is it");
      page.locator("#tour-card button").first().click();
      assertThat(page.locator("#tour-card")).isHidden();
      page.reload();
      assertThat(page.locator("#messages li").first()).containsText("sister");
      assertThat(page.locator("#tour-card")).isHidden();
    }
  }

  @Test
  void page_chatReloadAndForget_showsWhatIsRemembered() {
    List<String> errors = new ArrayList<>();
    Page page = browser.newPage(1400, 1050, ColorScheme.LIGHT);
    page.onPageError(errors::add);
    page.onDialog(dialog -> dialog.accept());
    try (var server = new RunningServer(data)) {
      page.navigate(server.uri("/#family").toString());
      leaveTour(page);
      for (String line : Said.SOME) {
        say(page, line);
      }
    }
    try (var server = new RunningServer(data)) {
      page.navigate(server.uri("/#family").toString());
      say(page, "Where does my sister live?");
      assertThat(page.locator("#messages li").last())
          .containsText("Your sister Zelandra lives in Quillport.");
      assertThat(page.locator("#map circle").first()).isVisible();
      assertThat(page.locator("#surprise .curve")).isVisible();
      assertThat(page.locator("#recalled li").first()).containsText("found by");
      screenshot(page, "light");

      page.locator("#map circle").first().press("Enter");
      assertThat(page.locator("#episode-title")).isVisible();
      assertThat(page.locator("#episode-body")).containsText("Zelandra");
      assertThat(page.locator("#episode-body")).containsText("tokens survived");
      screenshot(page, "episode");
      page.keyboard().press("Escape");
      Object light = page.evaluate(PAPER);
      page.locator("#theme").click();
      assertThat(page.evaluate(PAPER)).isNotEqualTo(light);
      screenshot(page, "dark");
      page.reload();
      assertThat(page.locator("#messages li").last()).containsText("Quillport");

      page.setViewportSize(390, 800);
      screenshot(page, "phone");
      screenshotWhole(page, "phone-whole");
      page.locator("#forget-turn").click();
      assertThat(page.locator("#receipt")).containsText("1 turns with 2 messages");
      page.locator("#forget-conversation").click();
      assertThat(page.locator("#receipt")).containsText(Said.SOME.size() + " turns with");
      assertThat(page.locator("#messages li")).hasCount(0);
      assertThat(errors).isEmpty();
    }
  }

  @Test
  void page_stopAndRetry_endsTheAnswerAndAsksAgain() {
    try (var server = new RunningServer(data)) {
      Page page = browser.newPage(1000, 800, ColorScheme.LIGHT);
      page.navigate(server.uri("/#stopped").toString());
      leaveTour(page);
      // Answers of a toy are over before a hand could stop them: hold this one back.
      page.route(
          "**/v1/chat/completions",
          route -> {
            page.locator("#stop").click();
            route.abort();
          });
      page.locator("#question").fill("I have a parrot called Mopsel.");
      page.locator("#question").press("Enter");
      assertThat(page.locator("#messages li").last()).containsText("Stopped.");
      assertThat(page.locator("#stop")).isDisabled();
      assertThat(page.locator("#state")).isEmpty();

      page.unroute("**/v1/chat/completions");
      page.locator("#retry").click();
      assertThat(page.locator("#messages li")).hasCount(4);
      assertThat(page.locator("#state")).containsText("First token after");
      assertThat(page.locator("#messages li").last()).not().containsText("Stopped.");
    }
  }

  @Test
  void page_mindThatCannotBeRead_leavesTheChatOpen() {
    try (var server = new RunningServer(data)) {
      server.say("unread", "I play the cello.");
      Page page = browser.newPage(1000, 800, ColorScheme.LIGHT);
      page.route("**/mind", route -> route.fulfill(new Route.FulfillOptions().setStatus(500)));
      page.navigate(server.uri("/#unread").toString());

      assertThat(page.locator("#question")).isEnabled();
      say(page, "I have a parrot called Mopsel.");
      assertThat(page.locator("#messages li")).hasCount(4);
    }
  }

  @Test
  void page_conversationThatCannotBeOpened_leavesListAndBox() {
    try (var server = new RunningServer(data)) {
      server.say("first", "I play the cello.");
      server.say("broken", "I have a parrot called Mopsel.");
      Page page = browser.newPage(1000, 800, ColorScheme.LIGHT);
      page.route(
          "**/broken/turns",
          route -> route.fulfill(new Route.FulfillOptions().setStatus(500).setBody("no disk")));
      page.navigate(server.uri("/").toString());

      assertThat(page.locator("#state")).hasText("no disk");
      say(page, "My hobby is pottery.");
      assertThat(page.locator("#messages li")).hasCount(2);
      page.locator("#conversations").selectOption("first");
      assertThat(page.locator("#messages")).containsText("cello");
      page.locator("#conversations").selectOption("broken");
      assertThat(page.locator("#state")).hasText("no disk");
      assertThat(page.locator("#conversations")).hasValue("first");
      assertThat(page.locator("#messages")).containsText("cello");
    }
  }

  @Test
  void page_backAndAnotherNameInTheAddress_openWhatTheAddressSays() {
    try (var server = new RunningServer(data)) {
      server.say("first", "I play the cello.");
      server.say("second", "I have a parrot called Mopsel.");
      Page page = browser.newPage(1000, 800, ColorScheme.LIGHT);
      page.navigate(server.uri("/#first").toString());
      assertThat(page.locator("#messages")).containsText("cello");
      page.locator("#conversations").selectOption("second");
      assertThat(page.locator("#messages")).containsText("Mopsel");
      assertThat(page).hasURL(server.uri("/#second").toString());

      page.goBack();
      assertThat(page.locator("#messages")).containsText("cello");
      assertThat(page.locator("#messages")).not().containsText("Mopsel");
      assertThat(page.locator("#conversations")).hasValue("first");

      page.evaluate("() => { location.hash = '#second'; }");
      assertThat(page.locator("#messages")).containsText("Mopsel");
      assertThat(page.locator("#conversations")).hasValue("second");
    }
  }

  @Test
  void page_addressOfOneThatCannotBeOpened_goesBackToTheOneThatIs() {
    try (var server = new RunningServer(data)) {
      server.say("first", "I play the cello.");
      Page page = browser.newPage(1000, 800, ColorScheme.LIGHT);
      page.route(
          "**/broken/turns",
          route -> route.fulfill(new Route.FulfillOptions().setStatus(500).setBody("no disk")));
      page.navigate(server.uri("/").toString());
      assertThat(page).hasURL(server.uri("/#first").toString());

      page.evaluate("() => { location.hash = '#broken'; }");
      assertThat(page.locator("#state")).hasText("no disk");
      assertThat(page).hasURL(server.uri("/#first").toString());
      assertThat(page.locator("#messages")).containsText("cello");
    }
  }

  @Test
  void page_conversationsWithAnyName_canBeOpenedAndTalkedIn() throws Exception {
    try (var server = new RunningServer(data)) {
      server.say("a/b", "I play the cello.");
      Page page = browser.newPage(1000, 800, ColorScheme.LIGHT);
      page.navigate(server.uri("/").toString());
      assertThat(page.locator("#question")).isEnabled();
      assertThat(page.locator("#messages")).containsText("cello");

      bring(page, dialogue("Разговор", 1));
      assertThat(page.locator("#messages")).containsText("ticket 0");
      say(page, "I have a parrot called Mopsel.");
      assertThat(page.locator("#messages li")).hasCount(4);
      assertThat(page.locator("#messages li").last()).not().hasClass("assistant failed");
      assertThat(server.part(TurnLog.class).size(ConversationKey.of("test", "Разговор")))
          .isEqualTo(2);
    }
  }

  @Test
  void page_withKeys_asksForOneAndShowsNothingOfAllTenantsTogether() {
    Path file = data.resolve("keys");
    String key = ApiKeys.create(file, new Tenant("ada"), new SecureRandom());
    try (var server = new RunningServer(data.resolve("data"), "--madeleine.server.keys=" + file)) {
      Page page = browser.newPage(1000, 800, ColorScheme.LIGHT);
      page.navigate(server.uri("/#mine").toString());
      page.locator("#key-value").fill(key);
      page.locator("#key-value").press("Enter");

      leaveTour(page);
      say(page, "I have a parrot called Mopsel.");
      assertThat(page.locator("#bytes")).containsText("episodes");
      assertThat(page.locator("#bytes")).not().containsText("RAM");
      assertThat(page.locator("#model")).containsText("tenant ada");
      assertThat(page.locator("#model")).not().containsText("store");
    }
  }

  @Test
  void page_anotherConversationDuringTheTour_hearsNoneOfItsLines() {
    try (var server = new RunningServer(data)) {
      server.say("other", "I play the cello.");
      Page page = browser.newPage(1000, 800, ColorScheme.LIGHT);
      page.navigate(server.uri("/#other").toString());
      assertThat(page.locator("#messages li")).hasCount(2);
      page.locator("#tour").click();
      assertThat(page.locator("#tour-card")).containsText("1 of 5");
      // The first line of the tour is being answered when its visitor goes elsewhere.
      page.route(
          "**/v1/chat/completions",
          route -> {
            page.locator("#conversations").selectOption("other");
            route.abort();
          });
      page.locator("#tour-card button").first().click();

      assertThat(page.locator("#tour-card")).isHidden();
      assertThat(page.locator("#messages")).containsText("cello");
      assertThat(page.locator("#send")).isEnabled();
      page.waitForTimeout(1_000);
      assertThat(page.locator("#messages li")).hasCount(2);
      assertThat(page.locator("#retry")).isDisabled();
      assertThat(page.locator("#state")).isEmpty();
      assertThat(server.part(TurnLog.class).size(ConversationKey.of("test", "other"))).isOne();
    }
  }

  @Test
  void page_surpriseLine_saysWhyAnEpisodeBeganToMouseAndKeyboard() {
    try (var server = new RunningServer(data)) {
      Page page = browser.newPage(1400, 1050, ColorScheme.LIGHT);
      page.navigate(server.uri("/#line").toString());
      leaveTour(page);
      for (String line : Said.SOME) {
        say(page, line);
      }
      hoverAtABoundary(page);
      assertThat(page.locator("#surprise-note")).containsText("A new episode begins in turn");
      assertThat(page.locator("#surprise-note")).containsText("nats");

      page.locator("#surprise").focus();
      page.keyboard().press("ArrowLeft");
      String here = page.locator("#surprise-note").innerText();
      page.keyboard().press("ArrowLeft");
      assertThat(page.locator("#surprise-note")).not().hasText(here);
    }
  }

  /**
   * Again while the last turn is still being read, for then the line is drawn anew under the mouse.
   */
  private static void hoverAtABoundary(Page page) {
    for (int i = 0; i < 60; i++) {
      Locator mark = page.locator("#surprise .boundary line").first();
      double x = Double.parseDouble(mark.getAttribute("x1"));
      page.locator("#surprise svg")
          .hover(new Locator.HoverOptions().setPosition(x, /* y= */ 20).setForce(true));
      if (page.locator("#surprise-note").innerText().startsWith("A new episode begins")) {
        return;
      }
      page.mouse().move(0, 0);
      page.waitForTimeout(500);
    }
  }

  @Test
  void page_markdownOfAnybody_isShownAndRunsNothing() throws Exception {
    try (var server = new RunningServer(data)) {
      Page page = browser.newPage(1000, 800, ColorScheme.LIGHT);
      List<String> errors = new ArrayList<>();
      page.onDialog(dialog -> errors.add(dialog.message()));
      page.navigate(server.uri("/").toString());
      leaveTour(page);
      bring(
          page,
          """
          {"conversation":"md","role":"user","content":"<b>not bold</b>"}
          {"conversation":"md","role":"assistant","content":"**bold** <img src=x onerror=alert(1)><script>alert(2)</script> [go](javascript:alert(3))"}
          """);

      Locator answer = page.locator("#messages li.assistant").last();
      assertThat(answer.locator("strong")).hasText("bold");
      assertThat(answer.locator("img, script")).hasCount(0);
      assertThat(answer.locator("a[href]")).hasCount(0);
      assertThat(page.locator("#messages li.user .text").last()).hasText("<b>not bold</b>");
      assertThat(errors).isEmpty();
    }
  }

  @Test
  void page_importOfAFile_showsHowFarItIsAndOpensWhatCameIn() throws Exception {
    try (var server = new RunningServer(data)) {
      Page page = browser.newPage(1000, 800, ColorScheme.LIGHT);
      page.navigate(server.uri("/").toString());
      leaveTour(page);
      page.evaluate(
          """
          () => {
            window.told = '';
            new MutationObserver(() => {
              window.told += document.getElementById('import-state').textContent + '\\n';
            }).observe(document.getElementById('import-state'), { childList: true });
          }
          """);
      bring(page, dialogue("brought", 100));

      assertThat(page).hasURL(server.uri("/#brought").toString());
      assertThat(page.locator("#messages li").first()).containsText("ticket 0");
      assertThat(page.locator("#surprise-note"))
          .containsText(Pattern.compile("Mean \\d+\\.\\d\\d nats"));
      assertThat(page.locator("#surprise-note")).not().containsText("Mean 0.00 nats");
      assertThat((String) page.evaluate("() => window.told"))
          .contains("% sent")
          .contains("100 turns are in");
      assertThat(page.locator("#import-card")).isHidden();
    }
  }

  @Test
  void page_importOfAFileWithAMistake_listsWhatCameInBeforeIt() throws Exception {
    try (var server = new RunningServer(data)) {
      Page page = browser.newPage(1000, 800, ColorScheme.LIGHT);
      page.navigate(server.uri("/").toString());
      leaveTour(page);
      bring(page, dialogue("half", 2) + "{\"role\":\"pope\"}");

      assertThat(page.locator("#state")).containsText("line 5");
      assertThat(page.locator("#conversations option[value=half]")).hasCount(1);
    }
  }

  @Test
  void page_importWhileAnotherIsUnderWay_saysSo() throws Exception {
    try (var server = new RunningServer(data)) {
      Page page = browser.newPage(1000, 800, ColorScheme.LIGHT);
      page.navigate(server.uri("/").toString());
      leaveTour(page);
      try (var first = new OpenImport(server, "first")) {
        bring(page, dialogue("second", 2));

        assertThat(page.locator("#state")).containsText("an import of yours is under way");
        assertThat(page.locator("#import-card")).isHidden();
        first.end();
      }
    }
  }

  @Test
  void page_importThatIsStopped_keepsWhatCameIn() throws Exception {
    int turns = 60_000;
    try (var server = new RunningServer(data)) {
      Page page = browser.newPage(1000, 800, ColorScheme.LIGHT);
      page.navigate(server.uri("/").toString());
      leaveTour(page);
      Path file = Files.writeString(data.resolve("big.jsonl"), dialogue("big", turns));
      page.locator("#import-file").setInputFiles(file);
      page.locator("#import-stop").click();

      assertThat(page.locator("#state")).containsText("stopped");
      assertThat(server.part(TurnLog.class).size(ConversationKey.of("test", "big")))
          .isLessThan(turns);
    }
  }

  private static String dialogue(String conversation, int turns) {
    return IntStream.range(0, turns)
        .mapToObj(
            turn ->
                """
                {"conversation":"%1$s","role":"user","content":"This is ticket %2$d."}
                {"conversation":"%1$s","role":"assistant","content":"Noted."}
                """
                    .formatted(conversation, turn))
        .collect(Collectors.joining());
  }

  private void bring(Page page, String lines) throws IOException {
    Path file = Files.writeString(data.resolve("dialogue.jsonl"), lines);
    page.locator("#import-file").setInputFiles(file);
  }

  /** What is said. */
  private static final class Said {
    static final List<String> SOME =
        List.of(
            "My sister is called Zelandra.",
            "Zelandra lives in Quillport. She works as a beekeeper.",
            "I have a parrot called Mopsel.",
            "My hobby is pottery.",
            "The garage code is 4821.",
            "I have a dentist appointment on Friday.");
  }

  private static void leaveTour(Page page) {
    page.locator("#tour-card button").last().click();
    assertThat(page.locator("#tour-card")).isHidden();
  }

  private static void say(Page page, String text) {
    page.locator("#question").fill(text);
    page.locator("#question").press("Enter");
    assertThat(page.locator("#messages li.streaming")).hasCount(0);
    assertThat(page.locator("#send")).isEnabled();
  }

  private static void screenshot(Page page, String name) {
    page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")));
  }

  private static void screenshotWhole(Page page, String name) {
    page.screenshot(
        new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")).setFullPage(true));
  }
}
