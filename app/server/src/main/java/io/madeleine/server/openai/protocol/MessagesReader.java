package io.madeleine.server.openai.protocol;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolCall;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Reads what was said so far. */
final class MessagesReader {

  private MessagesReader() {}

  /** {@return the messages of a request} */
  static List<ChatMessage> read(JsonNode messages) {
    var result = new ArrayList<ChatMessage>();
    Map<String, String> toolOfCall = new HashMap<>();
    int index = 0;
    for (JsonNode message : messages) {
      String at = "messages[" + index + "]";
      result.add(message(message, at, toolOfCall));
      index++;
    }
    return result;
  }

  private static ChatMessage message(JsonNode message, String at, Map<String, String> toolOfCall) {
    String text = content(message.path("content"), at);
    String role = message.path("role").asString("");
    return switch (role) {
      case "system", "developer" -> new ChatMessage.System(text);
      case "user" -> new ChatMessage.User(text);
      case "assistant" -> {
        if (message.hasNonNull("function_call")) {
          throw OpenAiException.unsupported(
              at + ".function_call",
              "%s.function_call is not read here: send tool_calls, which took its place"
                  .formatted(at));
        }
        List<ToolCall> calls = calls(message.path("tool_calls"), at + ".tool_calls");
        calls.forEach(call -> toolOfCall.put(call.id(), call.name()));
        yield new ChatMessage.Assistant(text, "", calls);
      }
      case "tool" -> {
        String id = message.path("tool_call_id").asString("");
        String tool = toolOfCall.get(id);
        if (tool == null) {
          throw OpenAiException.invalid(
              at,
              "%s answers the tool call '%s', which no message before it makes".formatted(at, id));
        }
        yield new ChatMessage.ToolResult(id, tool, text, /* failed= */ false);
      }
      default ->
          throw OpenAiException.invalid(
              at + ".role",
              "role must be system, user, assistant or tool, but was '%s'".formatted(role));
    };
  }

  private static List<ToolCall> calls(JsonNode calls, String at) {
    if (!calls.isArray() && !Values.isAbsent(calls)) {
      throw OpenAiException.invalid(
          at, "%s must be an array, but was %s".formatted(at, Values.shown(calls)));
    }
    var result = new ArrayList<ToolCall>();
    for (JsonNode call : calls) {
      JsonNode function = call.path("function");
      result.add(
          new ToolCall(
              call.path("id").asString(""),
              function.path("name").asString(""),
              arguments(function.path("arguments"), "%s[%d]".formatted(at, result.size()))));
    }
    return result;
  }

  /** Some clients send the object itself, and not its text. */
  private static String arguments(JsonNode arguments, String at) {
    if (Values.isAbsent(arguments)) {
      return "{}";
    }
    if (arguments.isObject()) {
      return arguments.toString();
    }
    if (!arguments.isString()) {
      String param = at + ".function.arguments";
      throw OpenAiException.invalid(
          param,
          "%s must be a JSON object, in a string or as it is, but was %s"
              .formatted(param, Values.shown(arguments)));
    }
    return arguments.asString();
  }

  private static String content(JsonNode content, String at) {
    if (content.isString()) {
      return content.asString();
    }
    if (Values.isAbsent(content)) {
      return "";
    }
    if (!content.isArray()) {
      throw noText(content, at);
    }
    var text = new StringBuilder();
    for (JsonNode part : content) {
      if (!part.path("type").asString("").equals("text")) {
        throw OpenAiException.unsupported(
            at + ".content",
            "this model reads text only, but %s has another kind of part".formatted(at));
      }
      if (!part.path("text").isString()) {
        throw noText(part, at);
      }
      text.append(part.path("text").asString());
    }
    return text.toString();
  }

  private static OpenAiException noText(JsonNode content, String at) {
    return OpenAiException.invalid(
        at + ".content",
        "%s.content must be a string, or parts of type text with a string each, but had %s"
            .formatted(at, Values.shown(content)));
  }
}
