package io.madeleine.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser. Screenshots go to {@code target/screenshots}. */
final class PageTest {

  private static final Path SCREENSHOTS = Path.of("target", "screenshots");
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
      screenshot(page, "episode");
      page.keyboard().press("Escape");
      page.locator("#theme").click();
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

      page.unroute("**/v1/chat/completions");
      page.locator("#retry").click();
      assertThat(page.locator("#messages li")).hasCount(4);
      assertThat(page.locator("#state")).containsText("First token after");
      assertThat(page.locator("#messages li").last()).not().containsText("Stopped.");
    }
  }

  @Test
  void page_importOfAFile_opensWhatCameIn() throws Exception {
    Path file = data.resolve("dialogue.jsonl");
    Files.writeString(
        file,
        """
        {"conversation":"brought","role":"user","content":"My sister is called Zelandra."}
        {"conversation":"brought","role":"assistant","content":"I see."}
        """);
    try (var server = new RunningServer(data)) {
      Page page = browser.newPage(1000, 800, ColorScheme.LIGHT);
      page.navigate(server.uri("/").toString());
      leaveTour(page);
      page.locator("#import-file").setInputFiles(file);

      assertThat(page.locator("#messages li").first()).containsText("Zelandra");
      assertThat(page).hasURL(server.uri("/#brought").toString());
    }
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
