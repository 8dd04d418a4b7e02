package io.madeleine.server;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A real browser: the one that {@code -Dchromium=PATH} names, or one that is installed, or, on a
 * machine without any, the one that Playwright loads for itself.
 */
final class TestBrowser implements AutoCloseable {

  private static final double PATIENCE = Duration.ofMinutes(1).toMillis();
  private static final List<String> USUAL =
      List.of(
          "/usr/bin/chromium",
          "/usr/bin/chromium-browser",
          "/usr/bin/google-chrome",
          "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");

  private final Playwright playwright;
  private final Browser browser;

  TestBrowser() {
    Optional<Path> installed =
        Stream.concat(Stream.of(System.getProperty("chromium", "")), USUAL.stream())
            .filter(name -> !name.isEmpty())
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst();
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE);
    playwright =
        Playwright.create(
            new Playwright.CreateOptions()
                .setEnv(
                    installed.isPresent()
                        ? Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
                        : Map.of()));
    var options =
        new LaunchOptions()
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
    installed.ifPresent(options::setExecutablePath);
    browser = playwright.chromium().launch(options);
  }

  /** {@return a page of a visitor who was never here} */
  Page newPage(int width, int height, ColorScheme scheme) {
    Page page =
        browser.newPage(
            new Browser.NewPageOptions().setViewportSize(width, height).setColorScheme(scheme));
    page.setDefaultTimeout(PATIENCE);
    return page;
  }

  @Override
  public void close() {
    browser.close();
    playwright.close();
  }
}
