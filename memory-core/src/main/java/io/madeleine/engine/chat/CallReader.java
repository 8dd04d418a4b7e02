package io.madeleine.engine.chat;

import io.madeleine.engine.chat.AnswerPart.MalformedCall;
import io.madeleine.engine.chat.AnswerPart.Problem;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.json.JsonException;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.engine.token.ToolSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Reads the inside of tool calls, strictly: what is not right is told, and not guessed at. */
final class CallReader {
  private final Map<String, ToolSpec> tools;
  private final Supplier<String> ids;

  CallReader(List<ToolSpec> tools, Supplier<String> ids) {
    this.tools = tools.stream().collect(Collectors.toMap(ToolSpec::name, Function.identity()));
    this.ids = ids;
  }

  /** {@return the calls in {@code written}, the text of one call block of {@code dialect}} */
  List<AnswerPart> read(ToolDialect dialect, String written) {
    return switch (dialect) {
      case TAGGED_JSON, BARE_JSON -> json(written, unfenced(written));
      case MISTRAL -> mistral(written);
      case POCKET -> List.of(pocket(written.strip()));
    };
  }

  /** {@return {@code written} without the code fence around it, if there is one} */
  private static String unfenced(String written) {
    String text = written.strip();
    int firstLine = text.indexOf('\n');
    if (!text.startsWith("```") || firstLine < 0) {
      return text;
    }
    String inside = text.substring(firstLine + 1);
    return inside.endsWith("```") ? inside.substring(0, inside.length() - 3).strip() : inside;
  }

  /** One or more JSON values, each a call or a list of calls, with blanks or ; between them. */
  private List<AnswerPart> json(String written, String text) {
    List<AnswerPart> parts = new ArrayList<>();
    int at = 0;
    try {
      while (at < text.length()) {
        Json.Prefix prefix = Json.parsePrefix(text, at);
        String part = text.substring(at, prefix.end());
        List<Json> calls =
            prefix.value() instanceof Json.Array array ? array.items() : List.of(prefix.value());
        calls.forEach(call -> parts.add(call(part, call)));
        at = skipSeparators(text, prefix.end());
      }
    } catch (JsonException e) {
      parts.add(malformed(written, Problem.NOT_READABLE, String.valueOf(e.getMessage())));
    }
    return parts.isEmpty()
        ? List.of(malformed(written, Problem.NOT_READABLE, "the call is empty"))
        : parts;
  }

  private static int skipSeparators(String text, int from) {
    int at = from;
    while (at < text.length() && " \t\r\n;".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    return at;
  }

  private AnswerPart call(String written, Json value) {
    if (!(value instanceof Json.Object object)) {
      return malformed(written, Problem.NOT_READABLE, "a call must be a JSON object");
    }
    Json.Object call =
        object.find("function").orElse(object) instanceof Json.Object inner ? inner : object;
    if (!(call.find("name").orElse(Json.Null.NULL) instanceof Json.Text(String name))) {
      return malformed(written, Problem.NO_NAME, "a call needs a \"name\"");
    }
    Optional<Json> given = call.find("arguments").or(() -> call.find("parameters"));
    Json arguments = given.orElse(new Json.Object(Map.of()));
    if (!(arguments instanceof Json.Object argumentObject)) {
      return malformed(
          written,
          Problem.ARGUMENTS_NOT_AN_OBJECT,
          "the arguments of %s must be a JSON object".formatted(name));
    }
    return checked(written, name, argumentObject, id(object));
  }

  private String id(Json.Object call) {
    return call.find("id").orElse(Json.Null.NULL) instanceof Json.Text(String id) && !id.isEmpty()
        ? id
        : ids.get();
  }

  private AnswerPart checked(String written, String name, Json.Object arguments, String id) {
    ToolSpec tool = tools.get(name);
    if (tool == null) {
      return malformed(
          written,
          Problem.UNKNOWN_TOOL,
          "there is no tool '%s'; there are %s"
              .formatted(name, tools.keySet().stream().sorted().toList()));
    }
    for (String required : required(tool)) {
      if (arguments.find(required).isEmpty()) {
        return malformed(
            written,
            Problem.MISSING_ARGUMENT,
            "%s needs the argument '%s'".formatted(name, required));
      }
    }
    return new AnswerPart.Call(new ToolCall(id, name, arguments.write()));
  }

  private static List<String> required(ToolSpec tool) {
    return schema(tool).find("required").orElse(Json.Null.NULL)
            instanceof Json.Array(List<Json> names)
        ? names.stream()
            .filter(n -> n instanceof Json.Text)
            .map(n -> ((Json.Text) n).value())
            .toList()
        : List.of();
  }

  private static Json.Object schema(ToolSpec tool) {
    return Json.parse(tool.parametersSchema()) instanceof Json.Object object
        ? object
        : new Json.Object(Map.of());
  }

  /** A list of calls, or {@code name[ARGS]{…}} as newer Mistrals write it. */
  private List<AnswerPart> mistral(String written) {
    int arguments = written.indexOf("[ARGS]");
    if (arguments < 0) {
      return json(written, written.strip());
    }
    String name = written.substring(0, arguments).strip();
    try {
      Json value = Json.parse(written.substring(arguments + "[ARGS]".length()));
      return value instanceof Json.Object object
          ? List.of(checked(written, name, object, ids.get()))
          : List.of(
              malformed(
                  written,
                  Problem.ARGUMENTS_NOT_AN_OBJECT,
                  "the arguments of %s must be a JSON object".formatted(name)));
    } catch (JsonException e) {
      return List.of(malformed(written, Problem.NOT_READABLE, String.valueOf(e.getMessage())));
    }
  }

  /** {@code name(first, second)}: arguments in the order of the schema's properties. */
  private AnswerPart pocket(String written) {
    int open = written.indexOf('(');
    if (open < 0 || !written.endsWith(")")) {
      return malformed(written, Problem.NOT_READABLE, "a call must look like name(argument, …)");
    }
    String name = written.substring(0, open).strip();
    if (name.isEmpty()) {
      return malformed(written, Problem.NO_NAME, "a call needs a name before the parenthesis");
    }
    ToolSpec tool = tools.get(name);
    Map<String, String> types = tool == null ? Map.of() : types(tool);
    List<String> names = List.copyOf(types.keySet());
    Map<String, Json> arguments = new LinkedHashMap<>();
    String inside = written.substring(open + 1, written.length() - 1).strip();
    if (!inside.isEmpty()) {
      String[] values = names.size() == 1 ? new String[] {inside} : inside.split(",", -1);
      for (int i = 0; i < Math.min(values.length, names.size()); i++) {
        String type = types.getOrDefault(names.get(i), "string");
        arguments.put(names.get(i), typed(type, values[i].strip()));
      }
    }
    return checked(written, name, new Json.Object(arguments), ids.get());
  }

  /** {@return a number or a truth where the schema wants one and the text is one, else the text} */
  private static Json typed(String type, String text) {
    boolean bare = type.equals("integer") || type.equals("number") || type.equals("boolean");
    try {
      Json value = bare ? Json.parse(text) : Json.Null.NULL;
      return value instanceof Json.Number || value instanceof Json.Bool
          ? value
          : new Json.Text(text);
    } catch (JsonException e) {
      return new Json.Text(text);
    }
  }

  /** {@return names of a tool's arguments, in order, with the schema's names of their types} */
  static Map<String, String> types(ToolSpec tool) {
    var types = new LinkedHashMap<String, String>();
    if (schema(tool).find("properties").orElse(Json.Null.NULL)
        instanceof Json.Object(Map<String, Json> members)) {
      members.forEach(
          (name, property) ->
              types.put(
                  name,
                  property instanceof Json.Object object
                          && object.find("type").orElse(Json.Null.NULL)
                              instanceof Json.Text(String type)
                      ? type
                      : "string"));
    }
    return types;
  }

  private static MalformedCall malformed(String written, Problem problem, String detail) {
    return new MalformedCall(written, problem, detail);
  }
}
