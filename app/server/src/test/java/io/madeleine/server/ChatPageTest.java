package io.madeleine.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.ColorScheme;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The list of messages and the box below it, in a real browser. */
final class ChatPageTest {

  private static final String IMPORT = "/api/conversations/import?conversation=";
  private static final String NEXT_FRAME =
      "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))";
  private static final Pattern NEWEST = Pattern.compile("/turns\\?newest=1$");

  /** The first answer says some things, and then nothing until it is stopped. */
  private static final String FALLS_SILENT =
      """
      (words) => {
        const fetched = window.fetch;
        window.asked = 0;
        window.fetch = (path, options) => {
          if (path !== '/v1/chat/completions' || window.asked++) return fetched(path, options);
          return Promise.resolve(new Response(new ReadableStream({
            start(stream) {
              stream.enqueue(new TextEncoder().encode(words));
              options.signal.addEventListener('abort', () => stream.error(options.signal.reason));
            },
          })));
        };
      }
      """;

  /** Keeps what the page says of its state, also where it says something else at once. */
  private static final String TELLS =
      """
      () => {
        window.told = [];
        new MutationObserver((changes) => changes.forEach(({ addedNodes }) =>
          window.told.push(...[...addedNodes].map((node) => node.textContent))))
          .observe(document.getElementById('state'), { childList: true });
      }
      """;

  private static final String WAITING = ": waiting\n\n";

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
  void stop_answerThatWasKept_isToldAndRetryKeepsItOnce() {
    try (var server = new RunningServer(data)) {
      server.say("kept", "I have a parrot called Mopsel.");
      Page page = visit(server, "kept");
      page.route(
          "**/v1/chat/completions",
          route -> {
            route.fetch(); // the answer is over before anybody hears that nobody waits for it
            page.locator("#stop").click();
            route.abort();
          });
      send(page, "I have a parrot called Mopsel.");
      assertThat(page.locator("#messages li").last()).containsText("Stopped.");
      assertThat(page.locator("#messages li").last()).containsText("are remembered. Retry forgets");
      assertThat(turns(server, "kept")).isEqualTo(2);

      page.unroute("**/v1/chat/completions");
      page.locator("#retry").click();
      assertThat(page.locator("#state")).containsText("First token after");
      assertThat(page.locator("#messages li")).hasCount(4);
      assertThat(turns(server, "kept")).isEqualTo(2);
    }
  }

  @Test
  void stop_beforeTheServerHeardOfIt_saysThatNothingIsRememberedAndRetryForgetsNothing() {
    try (var server = new RunningServer(data)) {
      server.say("lost", "I have a parrot called Mopsel.");
      Page page = visit(server, "lost");
      page.route("**/v1/chat/completions", route -> route.abort());
      send(page, "I have a parrot called Mopsel.");
      assertThat(page.locator("#messages li").last()).containsText("Nothing of this turn");

      page.unroute("**/v1/chat/completions");
      page.locator("#retry").click();
      assertThat(page.locator("#state")).containsText("First token after");
      assertThat(turns(server, "lost")).isEqualTo(2);
    }
  }

  @Test
  void retry_whereNobodyKnowsWhatCameBefore_forgetsNothing() {
    try (var server = new RunningServer(data)) {
      server.say("unknown", "I have a parrot called Mopsel.");
      Page page = visit(server, "unknown");
      page.route(NEWEST, route -> route.abort());
      page.route("**/v1/chat/completions", route -> route.abort());
      send(page, "I have a parrot called Mopsel.");
      assertThat(page.locator("#messages li").last())
          .containsText("is not known. Retry asks again");

      page.unroute(NEWEST);
      page.unroute("**/v1/chat/completions");
      page.locator("#retry").click();
      assertThat(page.locator("#state")).containsText("First token after");
      assertThat(turns(server, "unknown")).isEqualTo(2);
    }
  }

  @Test
  void stop_beforeTheQuestionIsSent_sendsNothing() {
    try (var server = new RunningServer(data)) {
      Page page = visit(server, "unsent");
      page.route(NEWEST, route -> page.locator("#stop").click()); // and it is never answered
      send(page, "I have a parrot called Mopsel.");

      assertThat(page.locator("#messages li").last()).containsText("Stopped.");
      assertThat(page.locator("#messages li").last()).containsText("Nothing of this turn");
      assertThat(turns(server, "unsent")).isZero();
    }
  }

  @Test
  void retry_ofWhatBrokeOffWhileItCaughtUp_doesNotWaitUntilAllIsRead() {
    try (var server = new RunningServer(data)) {
      Page page = visit(server, "imported");
      page.route("**/mind", route -> {}); // the model reads, and reads
      page.route(
          "**/v1/chat/completions",
          route ->
              route.fulfill(
                  new Route.FulfillOptions()
                      .setContentType("text/event-stream")
                      .setBody(
                          ": read 200 of 9000 tokens\n\ndata: {\"error\":{\"message\":\"gone\"}}\n\n")));
      send(page, "I have a parrot called Mopsel.");
      assertThat(page.locator("#messages li").last()).containsText("gone");

      page.unroute("**/v1/chat/completions");
      page.locator("#retry").click();
      assertThat(page.locator("#state")).containsText("First token after");
      assertThat(turns(server, "imported")).isEqualTo(1);
    }
  }

  @Test
  void retry_ofAnAnswerThatFellSilent_waitsUntilThatIsOver() {
    try (var server = new RunningServer(data)) {
      Page page = visit(server, "silent");
      page.evaluate(FALLS_SILENT, piece("Well") + WAITING + piece(", yes") + WAITING);
      var minds = new ArrayList<Route>();
      page.route("**/mind", minds::add);
      send(page, "I have a parrot called Mopsel.");
      assertThat(page.locator("#messages li").last()).containsText("Well, yes");
      assertThat(page.locator("#state")).not().containsText("Catching up");
      stopAndRetryWaits(page, minds, server);
    }
  }

  @Test
  void retry_ofAnAnswerThatHasReadAllAndThinks_waitsUntilThatIsOver() {
    try (var server = new RunningServer(data)) {
      Page page = visit(server, "silent");
      page.evaluate(TELLS);
      page.evaluate(FALLS_SILENT, ": read 10 of 20 tokens\n\n" + WAITING);
      var minds = new ArrayList<Route>();
      page.route("**/mind", minds::add);
      send(page, "I have a parrot called Mopsel.");
      page.waitForFunction("() => window.told.some((state) => state.includes('read 10 of 20'))");
      assertThat(page.locator("#state")).hasText("Reading and answering…");
      stopAndRetryWaits(page, minds, server);
    }
  }

  private static void stopAndRetryWaits(Page page, List<Route> minds, RunningServer server) {
    page.locator("#stop").click();
    assertThat(page.locator("#messages li").last()).containsText("Stopped.");
    page.locator("#retry").click();
    page.evaluate( // what it asks first as soon as it does not wait
        "() => fetch('/api/conversations/silent/turns?newest=1').then((turns) => turns.text())");
    page.evaluate(NEXT_FRAME);
    assertThat(page.evaluate("() => window.asked")).as("/mind is not answered").isEqualTo(1);

    page.unroute("**/mind");
    minds.forEach(Route::resume);
    assertThat(page.locator("#state")).containsText("First token after");
    assertThat(page.evaluate("() => window.asked")).isEqualTo(2);
    assertThat(turns(server, "silent")).isEqualTo(1);
  }

  private static String piece(String text) {
    return "data: {\"choices\":[{\"delta\":{\"content\":\"" + text + "\"}}]}\n\n";
  }

  @Test
  void refusal_thatIsAPageOfAProxy_isToldByItsNumber() {
    try (var server = new RunningServer(data)) {
      Page page = browser.newPage(1000, 800, ColorScheme.LIGHT);
      page.route(
          "**/mind",
          route ->
              route.fulfill(
                  new Route.FulfillOptions()
                      .setStatus(504)
                      .setContentType("text/html")
                      .setBody("<html><h1>504 Gateway Time-out</h1></html>")));
      page.navigate(server.uri("/#proxied").toString());
      assertThat(page.locator("#state")).hasText("the server answered 504");
    }
  }

  @Test
  void answer_thatEndsWithoutItsLastEvent_brokeOff() {
    try (var server = new RunningServer(data)) {
      Page page = visit(server, "cut");
      page.route(
          "**/v1/chat/completions",
          route ->
              route.fulfill(
                  new Route.FulfillOptions()
                      .setContentType("text/event-stream")
                      .setBody("data: {\"choices\":[{\"delta\":{\"content\":\"Well\"}}]}\n\n")));
      send(page, "I have a parrot called Mopsel.");

      assertThat(page.locator("#messages li").last()).containsText("Well");
      assertThat(page.locator("#messages li.failed"))
          .containsText("the answer broke off before its end");
      assertThat(page.locator("#retry")).isEnabled();
    }
  }

  @Test
  void retry_andAnotherOneIsOpenedMeanwhile_forgetsNothingBeforeAndLosesNothingBehind() {
    try (var server = new RunningServer(data)) {
      server.say("asked", "I have a parrot called Mopsel.");
      Page page = visit(server, "asked");
      breakOffKept(page, "My hobby is pottery.");
      page.route(
          NEWEST,
          route -> {
            page.evaluate("() => { location.hash = '#other'; }");
            assertThat(page.locator("#messages li")).hasCount(0);
            page.unroute(NEWEST);
            route.resume();
          });
      page.waitForResponse(NEWEST, () -> page.locator("#retry").click());
      page.evaluate(NEXT_FRAME);
      assertThat(turns(server, "asked")).as("another one is open").isEqualTo(2);

      page.evaluate("() => { location.hash = '#asked'; }");
      assertThat(page.locator("#messages li")).hasCount(4);
      breakOffKept(page, "My hobby is pottery.");
      page.route(
          "**/turns/last",
          route -> {
            page.evaluate("() => { location.hash = '#other'; }");
            assertThat(page.locator("#state")).containsText("asked again first");
            route.resume();
          });
      page.locator("#retry").click();
      assertThat(page.locator("#state")).containsText("First token after");
      assertThat(page).hasURL(server.uri("/#asked").toString());
      assertThat(turns(server, "asked")).isEqualTo(3);
    }
  }

  /** Says something of which the server remembers all and the page hears nothing. */
  private static void breakOffKept(Page page, String text) {
    page.route(
        "**/v1/chat/completions",
        route -> {
          route.fetch();
          route.abort();
        });
    send(page, text);
    assertThat(page.locator("#messages li").last()).containsText("are remembered. Retry forgets");
    page.unroute("**/v1/chat/completions");
  }

  @Test
  void messages_ofTheirSpeakers_keepLinesAndDirectionAndSayWhoSpeaks() {
    try (var server = new RunningServer(data)) {
      server.say("lines", "one\ntwo\nשלום");
      Page page = visit(server, "lines");

      assertThat(page.locator("#messages li.user .text")).hasText("one two שלום");
      assertThat(page.locator("#messages li.user .text")).hasCSS("white-space", "pre-wrap");
      assertThat(page.locator("#messages li.user .text")).hasAttribute("dir", "auto");
      assertThat(page.locator("#question")).hasAttribute("dir", "auto");
      assertThat(page.locator("#messages li.user")).containsText("You:");
      assertThat(page.locator("#messages li.assistant")).containsText("Madeleine:");
    }
  }

  @Test
  void list_whileAnAnswerGrows_isBusyForWhoHearsItRead() {
    try (var server = new RunningServer(data)) {
      Page page = visit(server, "heard");
      assertThat(page.locator("#messages")).hasAttribute("aria-busy", "false");
      var meanwhile = new StringBuilder();
      page.route(
          "**/v1/chat/completions",
          route -> {
            meanwhile.append(page.locator("#messages").getAttribute("aria-busy"));
            route.resume();
          });
      send(page, "I have a parrot called Mopsel.");

      assertThat(page.locator("#state")).containsText("First token after");
      assertThat(page.locator("#messages")).hasAttribute("aria-busy", "false");
      assertThat(meanwhile).hasToString("true");
    }
  }

  @Test
  void list_scrolledUpAndFocusElsewhere_staysWhileAnAnswerComes() {
    try (var server = new RunningServer(data)) {
      bring(server, "long", 60);
      Page page = visit(server, "long");
      assertThat(page.locator("#surprise-note")).not().isEmpty(); // the model has read it
      page.route(
          "**/v1/chat/completions",
          route -> {
            page.evaluate("() => { document.getElementById('messages').scrollTop = 0; }");
            page.evaluate(NEXT_FRAME);
            page.locator("#theme").focus();
            route.resume();
          });
      send(page, "I have a parrot called Mopsel.");

      assertThat(page.locator("#state")).containsText("First token after");
      assertThat(page.evaluate("() => document.getElementById('messages').scrollTop")).isEqualTo(0);
      assertThat(page.locator("#theme")).isFocused();

      page.unroute("**/v1/chat/completions");
      send(page, "My hobby is pottery.");
      assertThat(page.locator("#messages li.streaming")).hasCount(0);
      assertThat(page.locator("#messages li").last()).isInViewport();
      assertThat(page.locator("#question")).isFocused();
    }
  }

  @Test
  void enter_thatEndsAComposition_sendsNothing() {
    try (var server = new RunningServer(data)) {
      Page page = visit(server, "composed");
      page.locator("#question").fill("かな");
      page.evaluate(
          """
          () => document.getElementById('question').dispatchEvent(
            new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true }))
          """);

      assertThat(page.locator("#question")).hasValue("かな");
      assertThat(page.locator("#messages li")).hasCount(0);
    }
  }

  @Test
  void list_ofALongConversation_saysHowManyCameBeforeAndShowsThem() {
    try (var server = new RunningServer(data)) {
      bring(server, "many", 230);
      Page page = visit(server, "many");
      assertThat(page.locator("#messages li").first())
          .containsText("30 earlier turns are remembered");
      assertThat(page.locator("#messages li")).hasCount(2 * 200 + 1);

      page.locator("#messages li button").click();
      assertThat(page.locator("#messages li")).hasCount(2 * 230);
      assertThat(page.locator("#messages li").first()).containsText("This is ticket 0.");
      assertThat(page.getByText("This is ticket 30.")).isInViewport();
    }
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

  private static int turns(RunningServer server, String conversation) {
    return server.part(TurnLog.class).size(ConversationKey.of("test", conversation));
  }

  private static void bring(RunningServer server, String conversation, int turns) {
    String lines =
        IntStream.range(0, turns)
            .mapToObj(
                turn ->
                    """
                    {"role":"user","content":"This is ticket %d."}
                    {"role":"assistant","content":"Noted."}
                    """
                        .formatted(turn))
            .collect(Collectors.joining());
    assertThat(server.post(IMPORT + conversation, lines).statusCode()).isEqualTo(200);
  }
}
