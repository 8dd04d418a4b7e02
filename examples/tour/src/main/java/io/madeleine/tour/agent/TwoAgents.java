package io.madeleine.tour.agent;

import dev.langchain4j.agentic.Agent;
import dev.langchain4j.agentic.AgenticServices;
import dev.langchain4j.agentic.UntypedAgent;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;
import io.madeleine.langchain4j.model.MadeleineTokenUsage;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;

/**
 * Two agents in a row with LangChain4j's agentic module. Both are given the same facts in front, so
 * the engine reads and stores that prefix once: the second agent finds it there.
 */
public final class TwoAgents implements AgentExample {

  private static final String FACTS =
      "My sister is called Zelandra. Zelandra lives in Quillport. I have a parrot called Mopsel."
          + " The garage code is 4821. I play the cello. I love ramen.";

  /** The first; public, since the agentic module calls it. */
  public interface Finder {
    @UserMessage(FACTS + " What is my sister called?")
    @Agent(description = "finds who is meant", outputKey = "who")
    String who();
  }

  /** The second. */
  public interface Placer {
    @UserMessage(FACTS + " {{who}} Where does my sister live?")
    @Agent(description = "finds where she lives", outputKey = "where")
    String where(@V("who") String who);
  }

  @Override
  public String name() {
    return "agents";
  }

  @Override
  public String about() {
    return "two agents of LangChain4j's agentic module share a prefix that is stored once";
  }

  @Override
  public void run(Brain brain, Path data, PrintStream out) {
    ChatModel counted = counting(brain.chat(), out);
    UntypedAgent both =
        AgenticServices.sequenceBuilder()
            .subAgents(
                AgenticServices.agentBuilder(Finder.class).chatModel(counted).build(),
                AgenticServices.agentBuilder(Placer.class).chatModel(counted).build())
            .outputKey("where")
            .build();
    out.println(both.invoke(Map.of()));
  }

  /** {@return the model, saying after each answer how much of the prompt was known} */
  private static ChatModel counting(ChatModel model, PrintStream out) {
    return new ChatModel() {
      @Override
      public ChatResponse doChat(ChatRequest request) {
        ChatResponse response = model.chat(request);
        int known =
            response.tokenUsage() instanceof MadeleineTokenUsage usage
                ? usage.cachedInputTokenCount()
                : 0;
        out.printf(
            "%s%n  %d tokens of the prompt, %d of them known%n",
            response.aiMessage().text(), response.tokenUsage().inputTokenCount(), known);
        return response;
      }
    };
  }
}
