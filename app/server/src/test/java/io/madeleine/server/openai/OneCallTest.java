package io.madeleine.server.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.completion.Completion;
import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.generation.Usage;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.server.openai.protocol.ChatRequest;
import io.madeleine.server.openai.protocol.ChatRequestReader;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** Who takes one call at a time hears of one, whatever the model wrote. */
final class OneCallTest {

  private static final ToolCall OSLO = new ToolCall("a", "weather", "{\"city\":\"Oslo\"}");
  private static final ToolCall ROME = new ToolCall("b", "weather", "{\"city\":\"Rome\"}");
  private static final Completion TWO =
      new Completion(
          new ChatMessage.Assistant("", "", List.of(OSLO, ROME)),
          List.of(),
          FinishReason.END,
          new Usage(1, 0, 1),
          List.of(),
          Duration.ZERO);

  @Test
  void said_withoutParallelCalls_hasTheFirstAlone() {
    assertThat(Answers.said(TWO, request(",\"parallel_tool_calls\":false").mostCalls()).toolCalls())
        .containsExactly(OSLO);
    for (String parallel : List.of("", ",\"parallel_tool_calls\":true")) {
      assertThat(Answers.said(TWO, request(parallel).mostCalls()).toolCalls())
          .containsExactly(OSLO, ROME);
    }
  }

  private static ChatRequest request(String more) {
    String body = "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]%s}".formatted(more);
    return ChatRequestReader.read(JsonMapper.builder().build().readTree(body), 1);
  }
}
