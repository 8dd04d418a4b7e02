package io.madeleine.conversation.exchange;

import io.madeleine.engine.json.Json;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.memory.history.LoggedMessage;
import java.util.List;
import java.util.Optional;

/** What a line says and who says it, as an export of ours has it or a client of OpenAI's. */
final class MessageBody {

  private MessageBody() {}

  /**
   * {@return the message of a line}
   *
   * @param before what its turn has so far; a result that names no tool has the name from its call
   * @throws IllegalArgumentException if it has something that a message cannot keep, naming it
   */
  static ChatMessage read(Fields line, List<LoggedMessage> before) {
    String content = content(line, "content").or(() -> content(line, "text")).orElse("");
    String role = line.text("role").orElse("");
    return switch (role) {
      case "system", "developer" -> new ChatMessage.System(content);
      case "user" -> new ChatMessage.User(content);
      case "assistant" ->
          new ChatMessage.Assistant(content, line.text("thinking").orElse(""), calls(line));
      case "tool" -> result(line, content, before);
      default ->
          throw new IllegalArgumentException(
              "role must be system, developer, user, assistant or tool, but was '%s'"
                  .formatted(role));
    };
  }

  private static Optional<String> content(Fields line, String name) {
    return line.find(name)
        .map(
            value ->
                switch (value) {
                  case Json.Text(String text) -> text;
                  case Json.Number(String text) -> text;
                  case Json.Array parts -> joined(line.objects(name));
                  default -> throw line.refused(name, "a string or a list of text parts", value);
                });
  }

  private static String joined(List<Fields> parts) {
    var text = new StringBuilder();
    for (Fields part : parts) {
      boolean isText = part.text("type").orElse("").equals("text");
      Optional<String> words = isText ? part.text("text") : Optional.empty();
      text.append(
          words.orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "%s must be {type: text, text: …}, but was %s: only text is kept, leave out all else"
                          .formatted(part.path(), Fields.shown(part.object())))));
    }
    return text.toString();
  }

  private static List<ToolCall> calls(Fields line) {
    line.find("function_call")
        .ifPresent(
            call -> {
              throw new IllegalArgumentException(
                  "function_call is not read, but was %s: write it as tool_calls, which took its place"
                      .formatted(Fields.shown(call)));
            });
    return line.objects("tool_calls").stream().map(MessageBody::call).toList();
  }

  private static ToolCall call(Fields call) {
    Fields function = call.object("function").orElse(call);
    String name =
        function
            .text("name")
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "%s must be {id, name, arguments} or {id, function: {name, arguments}}, but was %s"
                            .formatted(call.path(), Fields.shown(call.object()))));
    return new ToolCall(call.text("id").orElse(""), name, arguments(function));
  }

  private static String arguments(Fields function) {
    return function
        .find("arguments")
        .map(
            value ->
                switch (value) {
                  case Json.Text(String text) -> text;
                  case Json.Object object -> object.write();
                  default ->
                      throw function.refused(
                          "arguments", "a JSON object, in a string or as it is", value);
                })
        .orElse("{}");
  }

  private static ChatMessage result(Fields line, String content, List<LoggedMessage> before) {
    String id = line.text("tool_call_id").orElse("");
    String tool =
        line.text("tool").or(() -> line.text("name")).orElseGet(() -> calledTool(id, before));
    return new ChatMessage.ToolResult(id, tool, content, line.flag("failed"));
  }

  private static String calledTool(String id, List<LoggedMessage> before) {
    String tool = "";
    for (LoggedMessage message : before) {
      if (message.body() instanceof ChatMessage.Assistant assistant) {
        for (ToolCall call : assistant.toolCalls()) {
          tool = call.id().equals(id) ? call.name() : tool;
        }
      }
    }
    return tool;
  }
}
