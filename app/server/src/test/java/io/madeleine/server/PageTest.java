package io.madeleine.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser. Screenshots go to {@code target/screenshots}. */
final class PageTest {

  private static final Path CHROMIUM = Path.of(System.getProperty("chromium", "/usr/bin/chromium"));
  private static final Path SCREENSHOTS = Path.of("target", "screenshots");

  @TempDir Path data;

  @BeforeAll
  static void browserIsThere() {
    Assumptions.assumeTrue(
        Files.isExecutable(CHROMIUM),
        "no Chromium at %s: install it, or say where one is with -Dchromium=PATH"
            .formatted(CHROMIUM));
  }

  @Test
  void page_chatReloadAndForget_showsWhatIsRemembered() {
    try (var server = new RunningServer(data);
        var playwright =
            Playwright.create(
                new Playwright.CreateOptions()
                    .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        Browser browser = playwright.chromium().launch(headless())) {
      List<String> errors = new ArrayList<>();
      Page page =
          browser.newPage(
              new Browser.NewPageOptions()
                  .setViewportSize(1400, 1050)
                  .setColorScheme(ColorScheme.LIGHT));
      page.onPageError(errors::add);
      page.onDialog(dialog -> dialog.accept());
      page.navigate(server.uri("/#family").toString());
      say(page, "My sister is called Zelandra.");
      say(page, "Zelandra lives in Quillport. She works as a beekeeper.");
      say(page, "I have a parrot called Mopsel.");
      say(page, "My hobby is pottery.");
      say(page, "The garage code is 4821.");
      say(page, "I have a dentist appointment on Friday.");
      say(page, "Where does my sister live?");
      assertThat(page.locator("#messages li").last())
          .containsText("Your sister Zelandra lives in Quillport.");
      assertThat(page.locator("#map circle").first()).isVisible();
      assertThat(page.locator("#surprise .curve")).isVisible();
      assertThat(page.locator("#recalled li").first()).containsText("found by");
      page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve("light.png")));

      page.locator("#map circle").first().press("Enter");
      assertThat(page.locator("#episode-title")).isVisible();
      page.keyboard().press("Escape");
      page.locator("#theme").click();
      page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve("dark.png")));
      page.reload();
      assertThat(page.locator("#messages li").last()).containsText("Quillport");

      page.setViewportSize(390, 800);
      page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve("phone.png")));
      page.locator("#forget-conversation").click();
      assertThat(page.locator("#receipt")).containsText("7 turns with 14 messages");
      assertThat(page.locator("#messages li")).hasCount(0);
      assertThat(errors).isEmpty();
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
    try (var server = new RunningServer(data);
        var playwright =
            Playwright.create(
                new Playwright.CreateOptions()
                    .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        Browser browser = playwright.chromium().launch(headless())) {
      Page page = browser.newPage();
      page.navigate(server.uri("/").toString());
      page.locator("#import-file").setInputFiles(file);

      assertThat(page.locator("#messages li").first()).containsText("Zelandra");
      assertThat(page).hasURL(server.uri("/#brought").toString());
    }
  }

  private static void say(Page page, String text) {
    page.locator("#question").fill(text);
    page.locator("#question").press("Enter");
    assertThat(page.locator("#messages li.streaming")).hasCount(0);
    assertThat(page.locator("#send")).isEnabled();
  }

  private static LaunchOptions headless() {
    return new LaunchOptions()
        .setExecutablePath(CHROMIUM)
        .setHeadless(true)
        .setArgs(
            List.of(
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync"));
  }
}
