package io.madeleine.tour.agent;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecifications;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.madeleine.langchain4j.message.Messages;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.recall.MemoryOptions;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An agent that learns from cases: a task that went well is remembered with its tool calls, and the
 * most similar ones stand in front of the next task as turns of the dialogue, calls and results
 * included (Zhou et al., <a href="https://arxiv.org/abs/2508.16153">AgentFly</a>, 2025; Mu et al.,
 * <a href="https://arxiv.org/abs/2506.10484">ExpeRepair</a>, 2025). No weight changes.
 */
public final class CaseMemory implements AgentExample {

  private static final ConversationKey CASES = new ConversationKey(Brain.ACME, "cases");
  private static final int BUDGET_TOKENS = 60;
  private static final int ROUNDS = 3;
  private static final List<String> TASKS =
      List.of(
          "What is the weather in Oslo?",
          "How much does milk cost?",
          "What is the weather in Bergen?",
          "How much does bread cost?");

  /** What the tools look like. */
  interface Tools {
    @Tool("the weather of a city")
    String weather(@P("city") String city);

    @Tool("the price of an item")
    String price(@P("item") String item);
  }

  @Override
  public String name() {
    return "cases";
  }

  @Override
  public String about() {
    return "an agent that recalls past tool trajectories as examples for the next task";
  }

  @Override
  public void run(Brain brain, Path data, PrintStream out) {
    Clock clock = Clock.systemUTC();
    try (var memory = Memory.open(data, clock, MemoryOptions.DEFAULT)) {
      for (String task : TASKS) {
        // The trajectories of the most similar tasks, oldest first, each of them whole.
        List<ChatMessage> cases = RecalledTurns.of(memory, CASES, task, BUDGET_TOKENS, clock);
        out.printf("> %s (%d messages of earlier cases in front)%n", task, cases.size());
        List<ChatMessage> trajectory = solve(brain, cases, task);
        trajectory.stream().skip(1).map(CaseMemory::line).forEach(line -> out.println("  " + line));
        if (trajectory.getLast() instanceof AiMessage answer
            && !answer.hasToolExecutionRequests()) {
          memory.remember(
              CASES,
              trajectory.stream().map(each -> Messages.toLog(each, clock.instant())).toList());
        }
      }
    }
  }

  private static String line(ChatMessage message) {
    return switch (message) {
      case AiMessage calls when calls.hasToolExecutionRequests() ->
          calls.toolExecutionRequests().stream()
              .map(call -> "calls " + call.name() + call.arguments())
              .collect(Collectors.joining(", "));
      case AiMessage answer -> answer.text();
      case ToolExecutionResultMessage result -> result.toolName() + ": " + result.text();
      default -> Messages.body(message).text();
    };
  }

  private static List<ChatMessage> solve(Brain brain, List<ChatMessage> cases, String task) {
    var trajectory = new ArrayList<ChatMessage>(List.of(UserMessage.from(task)));
    for (int round = 0; round < ROUNDS; round++) {
      var prompt = new ArrayList<>(cases);
      prompt.addAll(trajectory);
      AiMessage said =
          brain
              .chat()
              .chat(
                  ChatRequest.builder()
                      .messages(prompt)
                      .toolSpecifications(ToolSpecifications.toolSpecificationsFrom(Tools.class))
                      .build())
              .aiMessage();
      trajectory.add(said);
      if (!said.hasToolExecutionRequests()) {
        break;
      }
      for (ToolExecutionRequest call : said.toolExecutionRequests()) {
        trajectory.add(ToolExecutionResultMessage.from(call, RESULTS.get(call.name())));
      }
    }
    return trajectory;
  }

  private static final Map<String, String> RESULTS =
      Map.of("weather", "21 degrees, sunny", "price", "12 francs");
}
