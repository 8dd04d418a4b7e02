package io.madeleine.tour.agent;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.UserMessage;
import io.madeleine.langchain4j.memory.EpisodicChatMemoryProvider;
import io.madeleine.langchain4j.memory.MemorySettings;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.pause.PauseView;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * A support agent with a quick tool and a slow one. While a tool runs, its program's cache is
 * leased; here one sees for how long, and why, and how each lease ended.
 */
public final class SupportAgent implements AgentExample {

  private final Duration slow;

  /** The slow tool takes a second and a half. */
  public SupportAgent() {
    this(Duration.ofMillis(1_500));
  }

  SupportAgent(Duration slow) {
    this.slow = slow;
  }

  /** What the AI service can do. */
  interface Desk {
    String ask(@MemoryId String ticket, @UserMessage String text);
  }

  /** The desk's tools; each shows the leases while it runs. */
  record Tools(Brain brain, Duration slow, PrintStream out) {

    /** A look-up. */
    @Tool("the price of an item")
    String price(@P("the item") String item) {
      showLeases();
      return "12 francs";
    }

    /** A report that takes its time; its author says how long. */
    @Tool(value = "the weather of a city", metadata = "{\"expectedSeconds\": 1.5}")
    String weather(@P("the city") String city) throws InterruptedException {
      showLeases();
      Thread.sleep(slow);
      return "21 degrees, sunny";
    }

    private void showLeases() {
      brain
          .engine()
          .ifPresentOrElse(
              engine -> engine.pauses().waiting(Brain.ACME).forEach(this::show),
              () -> out.println("  (the endpoint keeps its own caches)"));
    }

    private void show(PauseView pause) {
      out.printf(
          Locale.ROOT,
          "  [%s] waits for %s, %,d bytes, leased for %.3f s more%n    why: %s%n",
          pause.program().id(),
          pause.tools(),
          pause.bytes(),
          pause.secondsLeft(),
          pause.why());
    }
  }

  @Override
  public String name() {
    return "support";
  }

  @Override
  public String about() {
    return "a support agent with a quick and a slow tool: pins and their deadlines, live";
  }

  @Override
  public void run(Brain brain, Path data, PrintStream out) {
    try (var log = TurnLog.open(data.resolve("history"), Clock.systemUTC())) {
      Desk desk =
          AiServices.builder(Desk.class)
              .chatModel(brain.chat())
              .tools(new Tools(brain, slow, out))
              .maxToolCallingRoundTrips(3)
              .chatMemoryProvider(
                  new EpisodicChatMemoryProvider(MemorySettings.of(log, Brain.ACME)))
              .build();
      ask(desk, "ticket-1", "How much does milk cost?", out);
      ask(desk, "ticket-2", "What is the weather in Oslo?", out);
      ask(desk, "ticket-1", "How much does bread cost?", out);
      brain.engine().map(engine -> engine.pauses().log(Brain.ACME)).orElse(List.of()).stream()
          .map(event -> "%s %s: %s".formatted(event.program().id(), event.kind(), event.why()))
          .forEach(out::println);
    }
  }

  private static void ask(Desk desk, String ticket, String text, PrintStream out) {
    out.printf("%s > %s%n", ticket, text);
    out.println("  " + desk.ask(ticket, text));
  }
}
