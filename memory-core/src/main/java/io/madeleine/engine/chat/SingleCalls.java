package io.madeleine.engine.chat;

import io.madeleine.engine.template.value.TemplateException;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ChatMessage.Assistant;
import io.madeleine.engine.token.ChatMessage.ToolResult;
import io.madeleine.engine.token.ChatTemplate;
import io.madeleine.engine.token.ToolCall;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells several calls of one message as messages of one call, each before its own result. Llama 3's
 * templates take no more than one in a message, though the model writes several.
 */
final class SingleCalls {

  private static final ToolCall ONE = new ToolCall("zbcall001", "zb_one_tool", "{}");
  private static final ToolCall OTHER = new ToolCall("zbcall002", "zb_other_tool", "{}");
  private static final List<ChatMessage> TWO_AT_ONCE =
      List.of(
          new ChatMessage.User("a"),
          new Assistant("", "", List.of(ONE, OTHER)),
          new ToolResult(ONE.id(), "", "b", false),
          new ToolResult(OTHER.id(), "", "c", false));

  private SingleCalls() {}

  /** {@return {@code template}, which is asked now whether it takes two calls in one message} */
  static ChatTemplate where(ChatTemplate template) {
    boolean needed = !tellsBoth(template, TWO_AT_ONCE) && tellsBoth(template, of(TWO_AT_ONCE));
    return needed
        ? (messages, tools, addGenerationPrompt) ->
            template.render(of(messages), tools, addGenerationPrompt)
        : template;
  }

  private static boolean tellsBoth(ChatTemplate template, List<ChatMessage> messages) {
    try {
      String told = template.render(messages, List.of(), true);
      return told.contains(ONE.name()) && told.contains(OTHER.name());
    } catch (TemplateException e) {
      return false;
    }
  }

  /** {@return the same dialogue, in which no message has two calls} */
  static List<ChatMessage> of(List<ChatMessage> messages) {
    var single = new ArrayList<ChatMessage>();
    for (int at = 0; at < messages.size(); ) {
      ChatMessage message = messages.get(at++);
      if (message instanceof Assistant several && several.toolCalls().size() > 1) {
        List<ToolResult> results = resultsFrom(messages, at);
        at += results.size();
        add(single, several, results);
      } else {
        single.add(message);
      }
    }
    return single;
  }

  private static List<ToolResult> resultsFrom(List<ChatMessage> messages, int from) {
    return messages.subList(from, messages.size()).stream()
        .takeWhile(ToolResult.class::isInstance)
        .map(ToolResult.class::cast)
        .toList();
  }

  /** What was said stands with the first call; a result of none of them stands behind the last. */
  private static void add(List<ChatMessage> to, Assistant several, List<ToolResult> results) {
    var left = new ArrayList<>(results);
    Assistant said = several;
    for (ToolCall call : several.toolCalls()) {
      to.add(new Assistant(said.text(), said.thinking(), List.of(call)));
      said = new Assistant("");
      left.stream()
          .filter(result -> result.callId().equals(call.id()))
          .findFirst()
          .ifPresent(
              result -> {
                to.add(result);
                left.remove(result);
              });
    }
    to.addAll(left);
  }
}
