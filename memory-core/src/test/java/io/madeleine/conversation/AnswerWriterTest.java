package io.madeleine.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.chat.ToolDialect;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.engine.token.ToolSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AnswerWriterTest {

  @Test
  void finish_callsWithoutIds_haveSomeThatMistralTakes() {
    var options = TurnOptions.DEFAULT.tools(List.of(new ToolSpec("look", "looks", "{}")));
    var writer = new AnswerWriter(ToolDialect.MISTRAL, options, "", TurnListener.NONE);
    writer.push(
        """
        [TOOL_CALLS] [{"name": "look", "arguments": {}}, {"name": "look", "arguments": {}}]\
        """);

    assertThat(writer.finish(Turn.Finish.STOP).message().toolCalls())
        .hasSize(2)
        .allSatisfy(call -> assertThat(call.id()).matches("[a-z0-9]{9}"))
        .extracting(ToolCall::id)
        .doesNotHaveDuplicates();
  }
}
