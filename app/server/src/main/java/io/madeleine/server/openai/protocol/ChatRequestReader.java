package io.madeleine.server.openai.protocol;

import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.engine.token.ToolSpec;
import io.madeleine.server.openai.protocol.ChatRequest.ResponseForm;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;

/** Reads a request, and names the parameter that is wrong. */
public final class ChatRequestReader {

  private static final int LIKELIEST = 20;
  private static final int SHOWN = 100;
  private static final String CHOICES =
      "none, auto, required (with tools), or {\"type\":\"function\",\"function\":{\"name\":…}}";

  private ChatRequestReader() {}

  /**
   * {@return what {@code body} asks for}
   *
   * @param temperature holds where the body names none
   */
  public static ChatRequest read(JsonNode body, double temperature) {
    if (!body.isObject()) {
      throw OpenAiException.invalid("", "the body must be a JSON object");
    }
    refuseWhatWeCannot(body);
    JsonNode messages = body.path("messages");
    if (!messages.isArray() || messages.isEmpty()) {
      throw OpenAiException.invalid(
          "messages", "messages must be an array with at least one message");
    }
    List<ToolSpec> tools = tools(body);
    return new ChatRequest(
        body.path("model").asString(""),
        messages(messages),
        tools,
        body.path("parallel_tool_calls").asBoolean(true) ? Integer.MAX_VALUE : 1,
        sampling(body, temperature),
        maxTokens(body),
        stops(body.path("stop")),
        chances(body),
        call(body.path("tool_choice"), tools)
            .or(() -> form(body.path("response_format")).map(form -> besides(tools, form))),
        body.path("stream").asBoolean(false),
        body.path("stream_options").path("include_usage").asBoolean(false),
        text(body.path("user")),
        text(body.path("metadata").path("conversation")));
  }

  private static void refuseWhatWeCannot(JsonNode body) {
    if (number(body, "n", 1, 1, 128) != 1) {
      throw OpenAiException.unsupported(
          "n", "this server writes one answer a request; leave n out");
    }
    for (String penalty : List.of("frequency_penalty", "presence_penalty")) {
      if (number(body, penalty, 0, -2, 2) != 0) {
        throw OpenAiException.unsupported(
            penalty, penalty + " is not supported here; leave it out or set it to 0");
      }
    }
    if (body.has("logit_bias") && !body.get("logit_bias").isEmpty()) {
      throw OpenAiException.unsupported("logit_bias", "logit_bias is not supported here");
    }
    refuseWhatIsOld(body, "functions", "tools");
    refuseWhatIsOld(body, "function_call", "tool_choice");
  }

  private static void refuseWhatIsOld(JsonNode body, String name, String instead) {
    if (body.hasNonNull(name)) {
      throw OpenAiException.unsupported(
          name, "%s is not read here: send %s, which took its place".formatted(name, instead));
    }
  }

  private static SamplingOptions sampling(JsonNode body, double temperature) {
    return SamplingOptions.builder()
        .temperature(number(body, "temperature", temperature, 0, 2))
        .topP(Math.max(1e-6, number(body, "top_p", 1, 0, 1)))
        .seed(body.path("seed").asLong(System.nanoTime()))
        .build();
  }

  private static OptionalInt maxTokens(JsonNode body) {
    for (String name : List.of("max_completion_tokens", "max_tokens")) {
      JsonNode value = body.path(name);
      if (!isAbsent(value)) {
        return OptionalInt.of((int) number(body, name, 1, 1, Integer.MAX_VALUE));
      }
    }
    return OptionalInt.empty();
  }

  private static List<String> stops(JsonNode stop) {
    if (isAbsent(stop)) {
      return List.of();
    }
    var texts = new ArrayList<String>();
    if (stop.isArray()) {
      stop.forEach(each -> texts.add(each.asString("")));
    } else {
      texts.add(stop.isString() ? stop.asString() : "");
    }
    if (texts.size() > 16 || texts.stream().anyMatch(String::isEmpty)) {
      throw OpenAiException.invalid("stop", "stop takes up to 16 texts, none of them empty");
    }
    return texts;
  }

  private static int chances(JsonNode body) {
    if (!body.path("logprobs").asBoolean(false)) {
      return -1;
    }
    return (int) number(body, "top_logprobs", 0, 0, LIKELIEST);
  }

  private static Optional<ResponseForm> form(JsonNode format) {
    return switch (isAbsent(format) ? "text" : format.path("type").asString("")) {
      case "text" -> Optional.empty();
      case "json_object" -> Optional.of(new ResponseForm.AnyJson());
      case "json_schema" -> {
        JsonNode schema = format.path("json_schema").path("schema");
        if (!schema.isObject()) {
          throw OpenAiException.invalid(
              "response_format", "response_format.json_schema.schema must be a JSON schema");
        }
        yield Optional.of(new ResponseForm.Schema(schema.toString()));
      }
      default ->
          throw OpenAiException.invalid(
              "response_format", "response_format.type must be text, json_object or json_schema");
    };
  }

  /** Whoever offers tools leaves the model the choice to call one instead. */
  private static ResponseForm besides(List<ToolSpec> tools, ResponseForm form) {
    return tools.isEmpty() ? form : new ResponseForm.CallOr(tools, form);
  }

  /** {@return that a tool must be called, if one must} */
  private static Optional<ResponseForm> call(JsonNode choice, List<ToolSpec> tools) {
    if (choice.isObject()) {
      String name = choice.path("function").path("name").asString("");
      return Optional.of(callOf(tools.stream().filter(t -> t.name().equals(name)).toList(), name));
    }
    return switch (choice.asString("auto")) {
      case "auto", "none" -> Optional.empty();
      case "required" -> Optional.of(callOf(tools, "required"));
      default -> throw OpenAiException.invalid("tool_choice", "tool_choice must be " + CHOICES);
    };
  }

  private static ResponseForm callOf(List<ToolSpec> tools, String asked) {
    if (tools.isEmpty()) {
      throw OpenAiException.invalid(
          "tool_choice",
          "tool_choice asks for '%s', which no tool of the request is; it must be %s"
              .formatted(asked, CHOICES));
    }
    return new ResponseForm.Call(tools);
  }

  private static List<ToolSpec> tools(JsonNode body) {
    if (body.path("tool_choice").asString("auto").equals("none")) {
      return List.of();
    }
    JsonNode offered = body.path("tools");
    if (!offered.isArray() && !isAbsent(offered)) {
      throw OpenAiException.invalid(
          "tools", "tools must be an array, but was %s".formatted(shown(offered)));
    }
    var tools = new ArrayList<ToolSpec>();
    for (JsonNode tool : offered) {
      JsonNode function = tool.path("function");
      String name = function.path("name").asString("");
      if (name.isEmpty()) {
        throw OpenAiException.invalid("tools", "every tool needs a function with a name");
      }
      JsonNode parameters = function.path("parameters");
      tools.add(
          new ToolSpec(
              name,
              function.path("description").asString(""),
              parameters.isObject() ? parameters.toString() : "{\"type\":\"object\"}"));
    }
    return tools;
  }

  private static List<ChatMessage> messages(JsonNode messages) {
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
    if (!calls.isArray() && !isAbsent(calls)) {
      throw OpenAiException.invalid(
          at, "%s must be an array, but was %s".formatted(at, shown(calls)));
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
    if (isAbsent(arguments)) {
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
              .formatted(param, shown(arguments)));
    }
    return arguments.asString();
  }

  private static String content(JsonNode content, String at) {
    if (content.isString()) {
      return content.asString();
    }
    if (isAbsent(content)) {
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
            .formatted(at, shown(content)));
  }

  /** {@return as much of a value as says which it is} */
  private static String shown(JsonNode value) {
    String text = value.toString();
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }

  private static boolean isAbsent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  private static double number(
      JsonNode body, String name, double ifMissing, double least, double most) {
    JsonNode value = body.path(name);
    if (isAbsent(value)) {
      return ifMissing;
    }
    if (!value.isNumber() || value.asDouble() < least || value.asDouble() > most) {
      throw OpenAiException.invalid(
          name,
          "%s must be a number from %s to %s, but was %s".formatted(name, least, most, value));
    }
    return value.asDouble();
  }

  private static Optional<String> text(JsonNode value) {
    return value.isString() && !value.asString().isBlank()
        ? Optional.of(value.asString())
        : Optional.empty();
  }
}
