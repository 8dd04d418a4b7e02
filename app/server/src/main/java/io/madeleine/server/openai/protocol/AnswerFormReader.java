package io.madeleine.server.openai.protocol;

import io.madeleine.engine.token.ToolSpec;
import io.madeleine.server.openai.protocol.ChatRequest.ResponseForm;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Reads which tools may be called, and what the answer must look like. */
final class AnswerFormReader {

  private static final String CHOICES =
      "none, auto, required (with tools), or {\"type\":\"function\",\"function\":{\"name\":…}}";

  private AnswerFormReader() {}

  /** {@return the tools that the model may call} */
  static List<ToolSpec> tools(JsonNode body) {
    if (body.path("tool_choice").asString("auto").equals("none")) {
      return List.of();
    }
    JsonNode offered = body.path("tools");
    if (!offered.isArray() && !Values.isAbsent(offered)) {
      throw OpenAiException.invalid(
          "tools", "tools must be an array, but was %s".formatted(Values.shown(offered)));
    }
    var tools = new ArrayList<ToolSpec>();
    var names = new HashSet<String>();
    for (JsonNode tool : offered) {
      JsonNode function = tool.path("function");
      String name = function.path("name").asString("");
      if (name.isEmpty()) {
        throw OpenAiException.invalid("tools", "every tool needs a function with a name");
      }
      if (!names.add(name)) {
        throw OpenAiException.invalid(
            "tools",
            "two tools are called '%s', so a call could mean either: give each a name of its own"
                .formatted(name));
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

  /**
   * {@return what the answer must be, if it must be anything}
   *
   * @param tools that the model may call
   */
  static Optional<ResponseForm> form(JsonNode body, List<ToolSpec> tools) {
    return call(body.path("tool_choice"), tools)
        .or(() -> form(body.path("response_format")).map(form -> besides(tools, form)));
  }

  private static Optional<ResponseForm> form(JsonNode format) {
    return switch (Values.isAbsent(format) ? "text" : format.path("type").asString("")) {
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
}
