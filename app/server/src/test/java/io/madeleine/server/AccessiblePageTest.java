package io.madeleine.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page for those who cannot see it well or use no mouse: axe's rules, and the keyboard. */
final class AccessiblePageTest {

  private static final String AXE = "/META-INF/resources/webjars/axe-core/4.6.3/axe.min.js";

  /** Runs axe, and gives every finding that it calls serious or critical. */
  private static final String FINDINGS =
      """
      async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
        .filter((each) => ['serious', 'critical'].includes(each.impact))
        .map((each) => each.id + ': ' + each.help + ' '
          + each.nodes.map((node) => node.html + ' ' + node.failureSummary).join('; '))
        .join('\\n')
      """;

  @TempDir Path data;

  @Test
  void page_allStates_axeFindsNothingSerious() throws Exception {
    try (var browser = new TestBrowser();
        var server = new RunningServer(data)) {
      Page page = browser.newPage(1400, 1050, ColorScheme.LIGHT);
      page.navigate(server.uri("/").toString());
      page.locator("#tour-card button").last().focus();
      examine(page, "first visit");
      page.keyboard().press("Enter");
      assertThat(page.locator("#tour-card")).isHidden();
      for (String line :
          new String[] {
            "My sister is called Zelandra.",
            "Zelandra lives in Quillport. She works as a beekeeper.",
            "I have a parrot called Mopsel.",
            "My hobby is pottery.",
            "The garage code is 4821.",
            "What is my parrot called?"
          }) {
        page.locator("#question").fill(line);
        page.keyboard().press("Enter");
        assertThat(page.locator("#messages li.streaming")).hasCount(0);
      }
      assertThat(page.locator("#recalled li").first()).isVisible();
      examine(page, "chat in light colours");
      page.locator("#theme").focus();
      page.keyboard().press("Enter");
      examine(page, "chat in dark colours");
      page.locator("#map circle").first().focus();
      page.keyboard().press("Enter");
      assertThat(page.locator("#episode-title")).isVisible();
      examine(page, "an episode");
      page.keyboard().press("Escape");
      assertThat(page.locator("#episode-title")).isHidden();
      page.setViewportSize(390, 800);
      examine(page, "phone");
      assertThat((Integer) page.evaluate("() => document.documentElement.scrollWidth"))
          .as("nothing sticks out of a phone")
          .isLessThanOrEqualTo(390);
    }
  }

  private static void examine(Page page, String state) throws IOException {
    if (!(Boolean) page.evaluate("() => 'axe' in window")) {
      page.evaluate(axe());
    }
    assertThat((String) page.evaluate(FINDINGS)).as(state).isEmpty();
  }

  private static String axe() throws IOException {
    try (InputStream script =
        Objects.requireNonNull(AccessiblePageTest.class.getResourceAsStream(AXE))) {
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
