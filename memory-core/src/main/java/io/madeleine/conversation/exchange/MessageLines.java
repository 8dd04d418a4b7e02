package io.madeleine.conversation.exchange;

import io.madeleine.engine.json.Json;
import io.madeleine.engine.json.JsonException;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.LoggedTurn;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * JSON Lines: a message a line, with {@code role} and {@code content}; all else may be missing:
 * {@code conversation, turn, id, at, speaker, thinking, tool_calls, tool_call_id, tool, failed,
 * attributes}. Where no turns are told, each user message begins one. Read are, too, content as a
 * list of text parts, calls as OpenAI's clients write them, and their role {@code developer}, which
 * is {@code system} here.
 */
public final class MessageLines {
  private MessageLines() {}

  /** {@return the lines of a turn} */
  public static Stream<String> write(LoggedTurn turn) {
    return turn.messages().stream().map(message -> line(turn, message).write());
  }

  private static Json line(LoggedTurn turn, LoggedMessage message) {
    var members = new LinkedHashMap<String, Json>();
    members.put("conversation", new Json.Text(turn.conversation().id()));
    members.put("turn", new Json.Text(turn.id()));
    members.put("id", new Json.Text(message.id()));
    members.put("at", new Json.Text(message.at().toString()));
    if (!message.speaker().isEmpty()) {
      members.put("speaker", new Json.Text(message.speaker()));
    }
    body(members, message.body());
    if (!message.attributes().isEmpty()) {
      var attributes = new LinkedHashMap<String, Json>();
      message.attributes().forEach((key, value) -> attributes.put(key, new Json.Text(value)));
      members.put("attributes", new Json.Object(attributes));
    }
    return new Json.Object(members);
  }

  private static void body(Map<String, Json> members, ChatMessage body) {
    String role =
        switch (body) {
          case ChatMessage.System s -> "system";
          case ChatMessage.User u -> "user";
          case ChatMessage.Assistant a -> "assistant";
          case ChatMessage.ToolResult t -> "tool";
        };
    members.put("role", new Json.Text(role));
    members.put("content", new Json.Text(body.text()));
    if (body instanceof ChatMessage.Assistant assistant) {
      if (!assistant.thinking().isEmpty()) {
        members.put("thinking", new Json.Text(assistant.thinking()));
      }
      if (!assistant.toolCalls().isEmpty()) {
        members.put(
            "tool_calls",
            new Json.Array(assistant.toolCalls().stream().map(MessageLines::call).toList()));
      }
    } else if (body instanceof ChatMessage.ToolResult result) {
      members.put("tool_call_id", new Json.Text(result.callId()));
      members.put("tool", new Json.Text(result.tool()));
      members.put("failed", new Json.Bool(result.failed()));
    }
  }

  private static Json call(ToolCall call) {
    var members = new LinkedHashMap<String, Json>();
    members.put("id", new Json.Text(call.id()));
    members.put("name", new Json.Text(call.name()));
    members.put("arguments", new Json.Text(call.arguments()));
    return new Json.Object(members);
  }

  /**
   * Reads lines as they come; a turn goes out once the next begins.
   *
   * @param lines of JSON
   * @param conversation for lines that name none
   * @param now for lines without a time
   * @throws IllegalArgumentException if a line is no message, or has what a message cannot keep, or
   *     its turn has grown too long; it names the line
   */
  static void read(
      Iterator<String> lines, String conversation, Instant now, Consumer<SpokenTurn> out) {
    var open = new ArrayList<LoggedMessage>();
    String openKey = "";
    String openConversation = conversation;
    long openCharacters = 0;
    for (int number = 1; lines.hasNext(); number++) {
      String text = lines.next();
      if (text.isBlank()) {
        continue;
      }
      Fields fields = fields(text, number);
      Said said = said(fields, open, number, now);
      String in = said.conversation().orElse(conversation);
      boolean begins =
          !in.equals(openConversation)
              || !said.turn().equals(openKey)
              || (said.turn().isEmpty() && said.message().body() instanceof ChatMessage.User);
      if (begins && !open.isEmpty()) {
        out.accept(new SpokenTurn(openConversation, open, Map.of(), openCharacters));
        open.clear();
        openCharacters = 0;
      }
      openCharacters += text.length();
      if (openCharacters > BoundedText.MOST) {
        throw new IllegalArgumentException(
            "line %d: its turn has more than %,d characters so far: part it, each user message begins another"
                .formatted(number, BoundedText.MOST));
      }
      open.add(said.message());
      openKey = said.turn();
      openConversation = in;
    }
    if (!open.isEmpty()) {
      out.accept(new SpokenTurn(openConversation, open, Map.of(), openCharacters));
    }
  }

  private static Fields fields(String line, int number) {
    try {
      if (Json.parse(line) instanceof Json.Object object) {
        return new Fields(object, "");
      }
    } catch (JsonException e) {
      throw new IllegalArgumentException("line %d: %s".formatted(number, e.getMessage()), e);
    }
    throw new IllegalArgumentException(
        "line %d is no JSON object with 'role' and 'content'".formatted(number));
  }

  private record Said(Optional<String> conversation, String turn, LoggedMessage message) {}

  private static Said said(Fields fields, List<LoggedMessage> before, int number, Instant now) {
    try {
      var message =
          new LoggedMessage(
              fields.text("id").orElse(""),
              fields.text("at").map(Instant::parse).orElse(now),
              fields.text("speaker").orElse(""),
              MessageBody.read(fields, before),
              fields.texts("attributes"));
      return new Said(fields.text("conversation"), fields.text("turn").orElse(""), message);
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new IllegalArgumentException("line %d: %s".formatted(number, e.getMessage()), e);
    }
  }
}
