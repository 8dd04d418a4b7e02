package io.madeleine.engine.chat;

import io.madeleine.engine.json.Json;
import io.madeleine.engine.json.JsonException;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.engine.token.ToolSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Messages and tools as the dictionaries that templates expect: {@code role}, {@code content},
 * {@code tool_calls}, {@code reasoning_content}, {@code tool_call_id}.
 */
record MessageJson(PlainText plain) {

  Json messages(List<ChatMessage> messages) {
    return new Json.Array(messages.stream().map(this::message).toList());
  }

  private Json message(ChatMessage message) {
    Map<String, Json> json = new LinkedHashMap<>();
    json.put("role", new Json.Text(role(message)));
    json.put("content", text(message.text()));
    switch (message) {
      case ChatMessage.Assistant assistant -> addAssistant(assistant, json);
      case ChatMessage.ToolResult result -> {
        json.put("name", text(result.tool()));
        json.put("tool_call_id", id(result.callId()));
      }
      case ChatMessage.System system -> {}
      case ChatMessage.User user -> {}
    }
    return new Json.Object(json);
  }

  private void addAssistant(ChatMessage.Assistant assistant, Map<String, Json> json) {
    if (!assistant.thinking().isEmpty()) {
      json.put("reasoning_content", text(assistant.thinking()));
    }
    if (!assistant.toolCalls().isEmpty()) {
      json.put(
          "tool_calls", new Json.Array(assistant.toolCalls().stream().map(this::call).toList()));
    }
  }

  private static String role(ChatMessage message) {
    return switch (message) {
      case ChatMessage.System system -> "system";
      case ChatMessage.User user -> "user";
      case ChatMessage.Assistant assistant -> "assistant";
      case ChatMessage.ToolResult result -> "tool";
    };
  }

  private Json call(ToolCall call) {
    Map<String, Json> function = new LinkedHashMap<>();
    function.put("name", text(call.name()));
    function.put("arguments", arguments(call.arguments()));
    Map<String, Json> json = new LinkedHashMap<>();
    json.put("id", id(call.id()));
    json.put("type", new Json.Text("function"));
    json.put("function", new Json.Object(function));
    return new Json.Object(json);
  }

  /** An id may come from another provider, in a length that Mistral's templates refuse. */
  private Json id(String id) {
    return text(CallIds.takenByAll(id));
  }

  /** Arguments that are no JSON object stand in the prompt as the text that they are. */
  private Json arguments(String arguments) {
    try {
      return plainParts(Json.parse(arguments));
    } catch (JsonException e) {
      return text(arguments);
    }
  }

  private Json plainParts(Json json) {
    return switch (json) {
      case Json.Text text -> text(text.value());
      case Json.Array array ->
          new Json.Array(array.items().stream().map(this::plainParts).toList());
      case Json.Object object -> {
        Map<String, Json> members = new LinkedHashMap<>();
        object.members().forEach((n, v) -> members.put(plain.of(n), plainParts(v)));
        yield new Json.Object(members);
      }
      default -> json;
    };
  }

  private Json text(String text) {
    return new Json.Text(plain.of(text));
  }

  /** {@return {@code tools} as OpenAI's {@code tools} parameter has them} */
  Json tools(List<ToolSpec> tools) {
    return new Json.Array(tools.stream().map(this::tool).toList());
  }

  private Json tool(ToolSpec tool) {
    Map<String, Json> function = new LinkedHashMap<>();
    function.put("name", text(tool.name()));
    function.put("description", text(tool.description()));
    function.put("parameters", plainParts(Json.parse(tool.parametersSchema())));
    Map<String, Json> json = new LinkedHashMap<>();
    json.put("type", new Json.Text("function"));
    json.put("function", new Json.Object(function));
    return new Json.Object(json);
  }
}
