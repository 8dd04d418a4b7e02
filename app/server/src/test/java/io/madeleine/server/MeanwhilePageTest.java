package io.madeleine.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.ColorScheme;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who goes on talking beside an import or a tour: neither takes anything away. */
final class MeanwhilePageTest {

  private static final Pattern CHAT = Pattern.compile("/v1/chat/completions$");
  private static final Pattern IMPORT = Pattern.compile("/import\\?progress$");
  private static final String LINES =
      """
      {"conversation":"brought","role":"user","content":"I play the cello."}
      {"conversation":"brought","role":"assistant","content":"Noted."}
      """;
  private static final String DONE =
      """
      data: {"phase":"done","turns":1,"passedOver":0,"conversations":["brought"]}

      """;
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

  /** Requests of the page that are answered when the test says so. */
  private record Held(Page page, Pattern address, List<Route> routes) {

    static Held at(Page page, Pattern address) {
      var routes = new ArrayList<Route>();
      page.route(address, routes::add);
      return new Held(page, address, routes);
    }

    /** Waits for one. */
    Route one() {
      page.waitForCondition(() -> !routes.isEmpty());
      return routes.getFirst();
    }

    /** Answers it, and holds no other. */
    void letGo() {
      page.unroute(address);
      one().resume();
    }
  }

  @Test
  void importThatEnds_whileAnAnswerComes_leavesTheAnswerAndSaysWhereItIs() throws Exception {
    try (var server = new RunningServer(data)) {
      Page page = visit(server, "work");
      Held importing = beginImport(page);
      Held answering = Held.at(page, CHAT);
      send(page, "I have a parrot called Mopsel.");
      assertThat(answering.one().request().method()).isEqualTo("POST");
      end(importing, server);

      assertThat(page.locator("#state"))
          .hasText("Imported 1 turns. Open “brought” in the list to see them.");
      assertThat(page.locator("#conversations option[value=brought]")).hasCount(1);
      assertThat(page.locator("#conversations")).hasValue("work");
      assertThat(page).hasURL(server.uri("/#work").toString());
      assertThat(page.locator("#messages li.streaming")).hasCount(1);
      answering.letGo();
      assertThat(page.locator("#messages li.streaming")).hasCount(0);
      assertThat(page.locator("#messages li.assistant .text")).not().isEmpty();
      assertThat(page.locator("#messages li")).hasCount(2);
      assertThat(page.locator("#state"))
          .hasText("Imported 1 turns. Open “brought” in the list to see them.");
    }
  }

  @Test
  void importThatEnds_behindAnAnswerAndWhileSomebodyWrites_opensNothing() throws Exception {
    try (var server = new RunningServer(data)) {
      Page page = visit(server, "work");
      Held importing = beginImport(page);
      page.locator("#question").fill("I have a par");
      end(importing, server);
      assertThat(page.locator("#state")).containsText("Open “brought” in the list");
      assertThat(page).hasURL(server.uri("/#work").toString());
      assertThat(page.locator("#question")).hasValue("I have a par");

      importing = beginImport(page);
      send(page, "I have a parrot called Mopsel.");
      assertThat(page.locator("#state")).containsText("First token after");
      assertThat(page.locator("#send")).isEnabled();
      end(importing, server);
      assertThat(page.locator("#state")).containsText("Open “brought” in the list");
      assertThat(page).hasURL(server.uri("/#work").toString());
    }
  }

  @Test
  void importThatEnds_inTheConversationThatIsOpen_showsItAndKeepsWhatIsBeingWritten()
      throws Exception {
    try (var server = new RunningServer(data)) {
      Page page = visit(server, "brought");
      Held importing = beginImport(page);
      page.locator("#question").fill("I have a par");
      end(importing, server);

      assertThat(page.locator("#messages")).containsText("cello");
      assertThat(page.locator("#question")).hasValue("I have a par");
    }
  }

  @Test
  void importThatEnds_inTheConversationThatIsAnswering_leavesTheAnswerAndSaysWhenItShows()
      throws Exception {
    try (var server = new RunningServer(data)) {
      Page page = visit(server, "brought");
      Held importing = beginImport(page);
      Held answering = Held.at(page, CHAT);
      send(page, "I have a parrot called Mopsel.");
      assertThat(answering.one().request().method()).isEqualTo("POST");
      end(importing, server);

      assertThat(page.locator("#state"))
          .hasText("Imported 1 turns. They show when it is opened anew.");
      assertThat(page.locator("#messages li.streaming")).hasCount(1);
      answering.letGo();
      assertThat(page.locator("#messages li.streaming")).hasCount(0);
    }
  }

  @Test
  void import_begunWithTheKeyboard_givesItsPlaceToStopAndBack() throws Exception {
    try (var server = new RunningServer(data)) {
      Page page = visit(server, "work");
      Path file = Files.writeString(data.resolve("lines.jsonl"), LINES);
      Held importing = Held.at(page, IMPORT);
      page.waitForFileChooser(() -> page.locator("#import").press("Enter")).setFiles(file);
      assertThat(page.locator("#import-stop")).isFocused();

      end(importing, server);
      assertThat(page.locator("#import")).isFocused();
    }
  }

  @Test
  void import_whileOneRuns_canBeStoppedAndNotBegunAgain() throws Exception {
    try (var server = new RunningServer(data)) {
      Page page = visit(server, "work");
      Held importing = beginImport(page);
      assertThat(page.locator("#import")).isDisabled();
      assertThat(page.locator("#import-stop")).isVisible();
      end(importing, server);

      assertThat(page).hasURL(server.uri("/#brought").toString());
      assertThat(page.locator("#messages")).containsText("cello");
      assertThat(page.locator("#import")).isEnabled();
      assertThat(page.locator("#import-card")).isHidden();

      importing = beginImport(page);
      page.locator("#import-stop").click();
      assertThat(page.locator("#state")).containsText("Import stopped");
      assertThat(page.locator("#import")).isEnabled();
    }
  }

  @Test
  void tour_whileSomethingElseIsAnswered_staysAtItsStep() {
    try (var server = new RunningServer(data)) {
      Page page = visit(server, "other");
      page.locator("#tour").click();
      assertThat(page.locator("#tour-card")).containsText("1 of 5");
      Held answering = Held.at(page, CHAT);
      send(page, "I play the cello.");
      assertThat(answering.one().request().method()).isEqualTo("POST");

      page.locator("#tour-card button").first().click();
      assertThat(page.locator("#tour-card")).containsText("1 of 5");
      assertThat(page.locator("#tour-card button").first()).isEnabled();
      assertThat(page.locator("#messages li")).hasCount(2);
      assertThat(page.locator("#state"))
          .hasText("Something else is being answered: go on after that.");
      answering.letGo();
      assertThat(page.locator("#state")).containsText("First token after");
      assertThat(page.locator("#send")).isEnabled();

      page.locator("#tour-card button").first().click();
      assertThat(page.locator("#tour-card")).containsText("2 of 5");
      assertThat(page.locator("#messages li")).hasCount(2 + 4);
    }
  }

  @Test
  void tour_lineWhoseAnswerBreaksOff_isSaidAgainBeforeTheNext() {
    try (var server = new RunningServer(data)) {
      Page page = visit(server, "other");
      page.locator("#tour").click();
      assertThat(page.locator("#tour-card")).containsText("1 of 5");
      page.route(CHAT, Route::abort);
      page.locator("#tour-card button").first().click();
      assertThat(page.locator("#tour-card button").first()).isEnabled();
      assertThat(page.locator("#tour-card")).containsText("1 of 5");
      assertThat(page.locator("#messages li")).hasCount(2);

      page.unroute(CHAT);
      page.locator("#tour-card button").first().click();
      assertThat(page.locator("#tour-card")).containsText("2 of 5");
      assertThat(page.locator("#messages li")).hasCount(2 + 4);
    }
  }

  @Test
  void tour_lineThatIsKeptThoughItsAnswerBrokeOff_isRememberedOnce() {
    try (var server = new RunningServer(data)) {
      Page page = tourWhoseFirstAnswerBreaksOff(server);
      page.locator("#tour-card button").first().click();
      assertThat(page.locator("#tour-card")).containsText("2 of 5");
      assertThat(page.locator("#messages li")).hasCount(4);
      assertThat(turnsOfTheOpenOne(page, server)).isEqualTo(2);
    }
  }

  @Test
  void tour_lineThatRetryHadAnswered_isNotSaidAgain() {
    try (var server = new RunningServer(data)) {
      Page page = tourWhoseFirstAnswerBreaksOff(server);
      page.locator("#retry").click();
      assertThat(page.locator("#state")).containsText("First token after");
      assertThat(page.locator("#send")).isEnabled();

      page.locator("#tour-card button").first().click();
      assertThat(page.locator("#tour-card")).containsText("2 of 5");
      assertThat(page.locator("#messages li")).hasCount(4);
      assertThat(turnsOfTheOpenOne(page, server)).isEqualTo(2);
    }
  }

  /** The server remembers all of that answer, of which the page hears nothing. */
  private static Page tourWhoseFirstAnswerBreaksOff(RunningServer server) {
    Page page = visit(server, "other");
    page.locator("#tour").click();
    assertThat(page.locator("#tour-card")).containsText("1 of 5");
    page.route(
        CHAT,
        route -> {
          route.fetch();
          route.abort();
        });
    page.locator("#tour-card button").first().click();
    assertThat(page.locator("#messages li").last()).containsText("are remembered. Retry forgets");
    assertThat(page.locator("#tour-card button").first()).isEnabled();
    page.unroute(CHAT);
    return page;
  }

  private static int turnsOfTheOpenOne(Page page, RunningServer server) {
    String conversation = URI.create(page.url()).getFragment();
    return server.part(TurnLog.class).size(ConversationKey.of("test", conversation));
  }

  private static Page visit(RunningServer server, String conversation) {
    Page page = browser.newPage(1000, 800, ColorScheme.LIGHT);
    page.addInitScript("localStorage.setItem('madeleine.visited', 'yes')");
    page.navigate(server.uri("/#" + conversation).toString());
    assertThat(page.locator("#question")).isEnabled();
    return page;
  }

  private static void send(Page page, String text) {
    page.locator("#question").fill(text);
    page.locator("#question").press("Enter");
  }

  /** Begins one that the server does not hear of yet. */
  private Held beginImport(Page page) throws IOException {
    Path file = Files.writeString(data.resolve("lines.jsonl"), LINES);
    Held held = Held.at(page, IMPORT);
    page.locator("#import-file").setInputFiles(file);
    assertThat(page.locator("#import-card")).isVisible();
    return held;
  }

  private static void end(Held importing, RunningServer server) {
    Route route = importing.one();
    assertThat(server.post("/api/conversations/import", LINES).statusCode()).isEqualTo(200);
    importing.page().unroute(IMPORT);
    route.fulfill(new Route.FulfillOptions().setContentType("text/event-stream").setBody(DONE));
  }
}
