package io.madeleine.engine.chat;

import io.madeleine.engine.chat.AnswerPart.MalformedCall;
import io.madeleine.engine.chat.AnswerPart.Problem;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.json.JsonException;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.engine.token.ToolSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Reads the inside of tool calls, strictly: what is not right is told, and not guessed at. */
final class CallReader {
  private static final Pattern NAME = Pattern.compile("\"name\"\\s*:\\s*\"([^\"]*)\"");

  private final Map<String, ToolSpec> tools;
  private final Supplier<String> ids;
  private final Set<String> usedIds = new HashSet<>();

  /**
   * Reads the calls of one answer.
   *
   * @throws IllegalArgumentException if two tools have one name
   */
  CallReader(List<ToolSpec> tools, Supplier<String> ids) {
    this.tools = byName(tools);
    this.ids = ids;
  }

  private static Map<String, ToolSpec> byName(List<ToolSpec> tools) {
    Map<String, ToolSpec> named = new LinkedHashMap<>();
    for (ToolSpec tool : tools) {
      if (named.put(tool.name(), tool) != null) {
        throw new IllegalArgumentException(
            "two tools are called '%s', so a call could mean either: give each a name of its own"
                .formatted(tool.name()));
      }
    }
    return named;
  }

  /** {@return the calls in {@code written}, the text of one call block of {@code dialect}} */
  List<AnswerPart> read(ToolDialect dialect, String written) {
    return switch (dialect) {
      case TAGGED_JSON, BARE_JSON -> json(written, unfenced(written));
      case MISTRAL -> mistral(written);
      case POCKET -> List.of(pocket(written.strip()));
    };
  }

  /**
   * {@return whether an answer that nothing marks as a call is one} It names a tool that was
   * offered, and is JSON and nothing else, or would have been had it not been cut off.
   */
  boolean isBareCall(String written) {
    String text = unfenced(written);
    boolean named = false;
    int at = 0;
    try {
      while (at < text.length()) {
        Json.Prefix prefix = Json.parsePrefix(text, at);
        named |= calls(prefix.value()).stream().anyMatch(this::namesATool);
        at = skipSeparators(text, prefix.end());
      }
      return named;
    } catch (JsonException e) {
      boolean cutOff = e.position() >= text.length();
      return cutOff && NAME.matcher(text).results().anyMatch(r -> tools.containsKey(r.group(1)));
    }
  }

  private boolean namesATool(Json value) {
    return value instanceof Json.Object object
        && inner(object).find("name").orElse(Json.Null.NULL) instanceof Json.Text(String name)
        && tools.containsKey(name);
  }

  private static List<Json> calls(Json value) {
    return value instanceof Json.Array array ? array.items() : List.of(value);
  }

  /** {@return the object that has a call's name: OpenAI wraps it in another} */
  private static Json.Object inner(Json.Object call) {
    return call.find("function").orElse(call) instanceof Json.Object inner ? inner : call;
  }

  /**
   * {@return {@code written} without the code fence around it, whole or cut off, if there is one}
   */
  private static String unfenced(String written) {
    String text = written.strip();
    if (!text.startsWith("```")) {
      return text;
    }
    int start = 3;
    while (start < text.length() && "\n{[".indexOf(text.charAt(start)) < 0) {
      start++;
    }
    int end = text.length();
    while (end > start && text.length() - end < 3 && text.charAt(end - 1) == '`') {
      end--;
    }
    return text.substring(start, end).strip();
  }

  /**
   * {@return whether {@code written} is JSON values, one behind another, or may become some}
   *
   * @param mayGoOn whether the beginning of some is enough
   */
  static boolean isJson(String written, boolean mayGoOn) {
    String text = unfenced(written);
    try {
      for (int at = 0; at < text.length(); ) {
        at = skipSeparators(text, Json.parsePrefix(text, at).end());
      }
      return true;
    } catch (JsonException e) {
      return mayGoOn && e.position() >= text.length();
    }
  }

  /** One or more JSON values, each a call or a list of calls, with blanks or ; between them. */
  private List<AnswerPart> json(String written, String text) {
    List<AnswerPart> parts = new ArrayList<>();
    int at = 0;
    try {
      while (at < text.length()) {
        Json.Prefix prefix = Json.parsePrefix(text, at);
        String part = text.substring(at, prefix.end());
        calls(prefix.value()).forEach(call -> parts.add(call(part, call)));
        at = skipSeparators(text, prefix.end());
      }
    } catch (JsonException e) {
      parts.add(malformed(written, Problem.NOT_READABLE, String.valueOf(e.getMessage())));
    }
    return someOf(parts, written);
  }

  private static List<AnswerPart> someOf(List<AnswerPart> parts, String written) {
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
    Json.Object call = inner(object);
    if (!(call.find("name").orElse(Json.Null.NULL) instanceof Json.Text(String name))) {
      return malformed(written, Problem.NO_NAME, "a call needs a \"name\"");
    }
    Optional<Json> given = call.find("arguments").or(() -> call.find("parameters"));
    Json arguments = given.orElse(new Json.Object(Map.of()));
    return withArguments(written, name, arguments, id(object));
  }

  private AnswerPart withArguments(String written, String name, Json given, String id) {
    return spelledOut(given) instanceof Json.Object object
        ? checked(written, name, object, id)
        : malformed(
            written,
            Problem.ARGUMENTS_NOT_AN_OBJECT,
            "the arguments of %s must be a JSON object".formatted(name));
  }

  /** OpenAI writes arguments as a text that holds the object; another text stays one. */
  private static Json spelledOut(Json arguments) {
    if (!(arguments instanceof Json.Text(String text))) {
      return arguments;
    }
    try {
      return Json.parse(text);
    } catch (JsonException e) {
      return arguments;
    }
  }

  private String id(Json.Object call) {
    return id(call.find("id").orElse(Json.Null.NULL) instanceof Json.Text(String own) ? own : "");
  }

  /**
   * A model's own id stands where every template takes it and no other call of the answer has it.
   */
  private String id(String own) {
    String id = CallIds.isTakenByAll(own) && !usedIds.contains(own) ? own : ids.get();
    usedIds.add(id);
    return id;
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

  /** Lists of calls, or {@code name[CALL_ID]id[ARGS]{…}}, one behind another. */
  private List<AnswerPart> mistral(String written) {
    List<AnswerPart> parts = new ArrayList<>();
    String text = written.strip();
    int at = 0;
    try {
      while (at < text.length()) {
        boolean isNamed = "[{".indexOf(text.charAt(at)) < 0;
        int value = isNamed ? behindName(text, at) : at;
        Json.Prefix prefix = Json.parsePrefix(text, value);
        String part = text.substring(at, prefix.end());
        if (isNamed) {
          parts.add(named(part, text.substring(at, value), prefix.value()));
        } else {
          calls(prefix.value()).forEach(call -> parts.add(call(part, call)));
        }
        at = skipOpenings(text, prefix.end());
      }
    } catch (JsonException e) {
      parts.add(malformed(written, Problem.NOT_READABLE, String.valueOf(e.getMessage())));
    }
    return someOf(parts, written);
  }

  private static int behindName(String text, int from) {
    int end = text.indexOf(ToolDialect.ARGS, from);
    return end < 0 ? from : end + ToolDialect.ARGS.length();
  }

  private static int skipOpenings(String text, int from) {
    String opening = ToolDialect.MISTRAL.opening();
    int at = skipSeparators(text, from);
    while (text.startsWith(opening, at)) {
      at = skipSeparators(text, at + opening.length());
    }
    return at;
  }

  /** Reads {@code name[CALL_ID]id[ARGS]} and the value behind it. */
  private AnswerPart named(String written, String head, Json value) {
    String words = head.replace(ToolDialect.ARGS, "");
    int id = words.indexOf(ToolDialect.CALL_ID);
    String name = (id < 0 ? words : words.substring(0, id)).strip();
    String own = id < 0 ? "" : words.substring(id + ToolDialect.CALL_ID.length()).strip();
    if (name.isEmpty()) {
      return malformed(written, Problem.NO_NAME, "a call needs a name before " + ToolDialect.ARGS);
    }
    return withArguments(written, name, value, id(own));
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
    return checked(written, name, new Json.Object(arguments), id(""));
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
