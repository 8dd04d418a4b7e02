package io.madeleine.memory.recall;

import io.madeleine.engine.json.Json;
import io.madeleine.engine.json.JsonException;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.identity.ConversationKey;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A turn as one line of JSON, and back. */
final class TurnLines {

  /** What a line holds: a turn that has no place in a log yet. */
  record Line(
      ConversationKey conversation,
      String id,
      List<LoggedMessage> messages,
      Map<String, String> attributes) {}

  private TurnLines() {}

  static String write(LoggedTurn turn) {
    Map<String, Json> line = new LinkedHashMap<>();
    line.put("tenant", new Json.Text(turn.conversation().tenant().id()));
    line.put("conversation", new Json.Text(turn.conversation().id()));
    line.put("turn", new Json.Text(turn.id()));
    line.put("messages", new Json.Array(turn.messages().stream().map(TurnLines::message).toList()));
    line.put("attributes", texts(turn.attributes()));
    return new Json.Object(line).write();
  }

  private static Json message(LoggedMessage said) {
    Map<String, Json> object = new LinkedHashMap<>();
    object.put("id", new Json.Text(said.id()));
    object.put("at", new Json.Text(said.at().toString()));
    object.put("speaker", new Json.Text(said.speaker()));
    switch (said.body()) {
      case ChatMessage.System(String text) -> put(object, "system", text);
      case ChatMessage.User(String text) -> put(object, "user", text);
      case ChatMessage.Assistant(String text, String thinking, List<ToolCall> calls) -> {
        put(object, "assistant", text);
        object.put("thinking", new Json.Text(thinking));
        object.put("calls", new Json.Array(calls.stream().map(TurnLines::call).toList()));
      }
      case ChatMessage.ToolResult(String callId, String tool, String text, boolean failed) -> {
        put(object, "tool", text);
        object.put("call", new Json.Text(callId));
        object.put("tool", new Json.Text(tool));
        object.put("failed", new Json.Bool(failed));
      }
    }
    object.put("attributes", texts(said.attributes()));
    return new Json.Object(object);
  }

  private static void put(Map<String, Json> object, String role, String text) {
    object.put("role", new Json.Text(role));
    object.put("text", new Json.Text(text));
  }

  private static Json call(ToolCall call) {
    Map<String, Json> object = new LinkedHashMap<>();
    object.put("id", new Json.Text(call.id()));
    object.put("name", new Json.Text(call.name()));
    object.put("arguments", new Json.Text(call.arguments()));
    return new Json.Object(object);
  }

  /** In alphabetical order, so that the same turn is always the same line. */
  private static Json texts(Map<String, String> map) {
    Map<String, Json> object = new LinkedHashMap<>();
    new TreeMap<>(map).forEach((key, value) -> object.put(key, new Json.Text(value)));
    return new Json.Object(object);
  }

  static Line read(String line, long number) {
    try {
      if (!(Json.parse(line) instanceof Json.Object turn)) {
        throw new IllegalArgumentException("it is no JSON object");
      }
      List<LoggedMessage> messages = new ArrayList<>();
      for (Json message : array(turn, "messages")) {
        messages.add(message(object(message)));
      }
      return new Line(
          ConversationKey.of(text(turn, "tenant"), text(turn, "conversation")),
          text(turn, "turn"),
          messages,
          texts(turn, "attributes"));
    } catch (JsonException | IllegalStateException | DateTimeException e) {
      throw new IllegalArgumentException(
          "line %d is no turn: %s".formatted(number, e.getMessage()), e);
    }
  }

  private static LoggedMessage message(Json.Object object) {
    String text = text(object, "text");
    ChatMessage body =
        switch (text(object, "role")) {
          case "system" -> new ChatMessage.System(text);
          case "user" -> new ChatMessage.User(text);
          case "assistant" ->
              new ChatMessage.Assistant(text, text(object, "thinking"), calls(object));
          case "tool" ->
              new ChatMessage.ToolResult(
                  text(object, "call"), text(object, "tool"), text, flag(object, "failed"));
          default ->
              throw new IllegalStateException(
                  "no role is called '%s'".formatted(text(object, "role")));
        };
    return new LoggedMessage(
        text(object, "id"),
        Instant.parse(text(object, "at")),
        text(object, "speaker"),
        body,
        texts(object, "attributes"));
  }

  private static List<ToolCall> calls(Json.Object object) {
    List<ToolCall> calls = new ArrayList<>();
    for (Json call : array(object, "calls")) {
      calls.add(
          new ToolCall(
              text(object(call), "id"),
              text(object(call), "name"),
              text(object(call), "arguments")));
    }
    return calls;
  }

  private static Json.Object object(Json value) {
    if (value instanceof Json.Object object) {
      return object;
    }
    throw new IllegalStateException("an object was expected");
  }

  private static List<Json> array(Json.Object object, String name) {
    if (object.find(name).orElse(Json.Null.NULL) instanceof Json.Array(List<Json> items)) {
      return items;
    }
    throw new IllegalStateException("'%s' must be a list".formatted(name));
  }

  private static String text(Json.Object object, String name) {
    if (object.find(name).orElse(Json.Null.NULL) instanceof Json.Text(String value)) {
      return value;
    }
    throw new IllegalStateException("'%s' must be a text".formatted(name));
  }

  private static boolean flag(Json.Object object, String name) {
    return object.find(name).orElse(Json.Null.NULL) instanceof Json.Bool(boolean value) && value;
  }

  private static Map<String, String> texts(Json.Object object, String name) {
    Map<String, String> texts = new LinkedHashMap<>();
    object(object.find(name).orElse(Json.Null.NULL))
        .members()
        .forEach(
            (key, value) -> {
              if (value instanceof Json.Text(String text)) {
                texts.put(key, text);
              }
            });
    return texts;
  }
}
