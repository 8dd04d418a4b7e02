package io.madeleine.tour.agent;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import io.madeleine.langchain4j.memory.EpisodicChatMemory;
import io.madeleine.langchain4j.memory.EpisodicChatMemoryProvider;
import io.madeleine.langchain4j.memory.MemorySettings;
import io.madeleine.langchain4j.memory.Recollection;
import io.madeleine.langchain4j.memory.Window;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.recall.MemoryOptions;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A personal assistant: what was said in March is there in April, though the model sees 2 turns.
 */
public final class WeeksAssistant implements AgentExample {

  private static final Instant MONDAY = Instant.parse("2026-03-02T09:00:00Z");
  private static final int BUDGET_TOKENS = 60;

  private static final List<String> DAYS =
      List.of(
          "My sister is called Zelandra.",
          "I have a parrot called Mopsel.",
          "I love ramen.",
          "I have a dentist appointment on Friday.",
          "I booked a trip to Bergen.",
          "I play the cello.",
          "What is my sister called?",
          "What is my parrot called?");

  @Override
  public String name() {
    return "weeks";
  }

  @Override
  public String about() {
    return "a personal assistant that remembers across weeks (simulated clock)";
  }

  @Override
  public void run(Brain brain, Path data, PrintStream out) {
    var now = new AtomicReference<>(MONDAY);
    InstantSource source = now::get;
    Clock clock = source.withZone(ZoneOffset.UTC);
    try (var memory = Memory.open(data, clock, MemoryOptions.DEFAULT)) {
      var settings =
          new MemorySettings(
              memory.log(),
              Brain.ACME,
              new Window.Turns(2),
              Recollection.NONE, // recalled here, so that it can be shown
              Duration.ofMinutes(2),
              clock);
      EpisodicChatMemory ada = new EpisodicChatMemoryProvider(settings).get("ada");
      for (String text : DAYS) {
        out.printf("%tF > %s%n", clock.instant().atZone(ZoneOffset.UTC), text);
        out.println("  " + answer(brain, memory, ada, text, clock, out));
        now.updateAndGet(time -> time.plus(Duration.ofDays(5)));
      }
    }
  }

  private static String answer(
      Brain brain,
      Memory memory,
      EpisodicChatMemory ada,
      String text,
      Clock clock,
      PrintStream out) {
    List<ChatMessage> window = ada.messages();
    var prompt = new ArrayList<ChatMessage>();
    if (text.endsWith("?")) { // a statement needs nothing from before
      prompt.addAll(RecalledTurns.of(memory, ada.conversation(), text, BUDGET_TOKENS, clock));
      prompt.removeAll(window);
      out.printf("  (%d messages recalled, %d in the window)%n", prompt.size(), window.size());
    }
    ada.add(UserMessage.from(text));
    prompt.addAll(ada.messages());
    AiMessage said = brain.chat().chat(prompt).aiMessage();
    ada.add(said);
    return said.text();
  }
}
