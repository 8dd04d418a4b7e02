package io.madeleine.engine.template.value;

import io.madeleine.engine.template.value.Value.Arguments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The methods of Python's strings, lists and mappings that templates call. */
public final class Methods {
  private final Budget budget;

  /** Charges what strings grow by to {@code budget}. */
  public Methods(Budget budget) {
    this.budget = budget;
  }

  /** {@return the method {@code name} of {@code owner}, if there is one} */
  public Optional<Value> find(Value owner, String name) {
    return switch (owner) {
      case Value.Text text -> textMethod(text.value(), name).map(body -> function(name, body));
      case Value.Sequence list -> listMethod(list.items(), name).map(body -> function(name, body));
      case Value.Dict dict -> dictMethod(dict.members(), name).map(body -> function(name, body));
      default -> Optional.empty();
    };
  }

  private static Value function(String name, Value.Function.Body body) {
    return new Value.Function(name, body);
  }

  private Optional<Value.Function.Body> textMethod(String text, String name) {
    budget.read(text.length());
    return Optional.ofNullable(
        switch (name) {
          case "startswith" -> in -> new Value.Bool(anyOf(in).stream().anyMatch(text::startsWith));
          case "endswith" -> in -> new Value.Bool(anyOf(in).stream().anyMatch(text::endsWith));
          case "strip" -> in -> text(Texts.strip(text, characters(in), true, true));
          case "lstrip" -> in -> text(Texts.strip(text, characters(in), true, false));
          case "rstrip" -> in -> text(Texts.strip(text, characters(in), false, true));
          case "upper" -> in -> text(text.toUpperCase(java.util.Locale.ROOT));
          case "lower" -> in -> text(text.toLowerCase(java.util.Locale.ROOT));
          case "title" -> in -> text(Texts.title(text));
          case "capitalize" -> in -> text(Texts.capitalize(text));
          case "replace" -> in -> text(replace(text, in));
          case "split" -> in -> split(text, in);
          case "splitlines" -> in -> lines(text);
          case "join" -> in -> text(join(text, in.get(0, "iterable").iterate()));
          case "find" -> in -> new Value.Int(Texts.find(text, in.text(0, "sub"), budget));
          case "count" -> in -> new Value.Int(Texts.count(text, in.text(0, "sub"), budget));
          case "isdigit" ->
              in -> new Value.Bool(!text.isEmpty() && text.chars().allMatch(Character::isDigit));
          case "removeprefix" ->
              in -> {
                String prefix = in.text(0, "prefix");
                return text(text.startsWith(prefix) ? text.substring(prefix.length()) : text);
              };
          case "removesuffix" ->
              in -> {
                String suffix = in.text(0, "suffix");
                boolean cuts = text.endsWith(suffix);
                return text(cuts ? text.substring(0, text.length() - suffix.length()) : text);
              };
          default -> null;
        });
  }

  private Value text(String text) {
    budget.make(text.length());
    return new Value.Text(text);
  }

  private static List<String> anyOf(Arguments in) {
    return in.get(0, "prefix")
            instanceof Value.Sequence(List<Value> items, Value.Extent itemsExtent)
        ? items.stream().map(Value::print).toList()
        : List.of(in.text(0, "prefix"));
  }

  private static Optional<String> characters(Arguments in) {
    return in.find(0, "chars").filter(c -> c != Value.None.NONE).map(Value::print);
  }

  private String replace(String text, Arguments in) {
    String from = in.text(0, "old");
    String to = in.text(1, "new");
    long most = in.find(2, "count").map(Value::integer).orElse(-1L);
    budget.make(Texts.count(text, from, budget) * (long) to.length());
    return Texts.replace(text, from, to, most, budget);
  }

  private Value lines(String text) {
    budget.make(text.length());
    return new Value.Sequence(Value.texts(text.lines().toList()));
  }

  private Value split(String text, Arguments in) {
    budget.make(text.length());
    Optional<String> separator =
        in.find(0, "sep").filter(s -> s != Value.None.NONE).map(Value::print);
    long most = in.find(1, "maxsplit").map(Value::integer).orElse(-1L);
    return new Value.Sequence(Value.texts(Texts.split(text, separator, most, budget)));
  }

  /** {@return {@code items} as text with {@code separator} between them} */
  String join(String separator, List<Value> items) {
    var out = new StringBuilder();
    for (Value item : items) {
      if (item != items.getFirst() || !out.isEmpty()) {
        out.append(separator);
      }
      String text = item.print();
      budget.make(text.length() + (long) separator.length());
      out.append(text);
    }
    return out.toString();
  }

  private Optional<Value.Function.Body> listMethod(List<Value> items, String name) {
    return Optional.ofNullable(
        switch (name) {
          case "count" ->
              in ->
                  new Value.Int(
                      items.stream()
                          .filter(i -> Operators.isEqual(i, in.get(0, "value"), budget))
                          .count());
          case "index" ->
              in -> {
                for (int i = 0; i < items.size(); i++) {
                  if (Operators.isEqual(items.get(i), in.get(0, "value"), budget)) {
                    return new Value.Int(i);
                  }
                }
                throw new TemplateException("index: the value is not in the list");
              };
          default -> null;
        });
  }

  private Optional<Value.Function.Body> dictMethod(Map<String, Value> members, String name) {
    return Optional.ofNullable(
        switch (name) {
          case "items" -> in -> items(members);
          case "keys" -> in -> new Value.Sequence(Value.texts(members.keySet()));
          case "values" -> in -> new Value.Sequence(List.copyOf(members.values()));
          case "get" ->
              in ->
                  Optional.ofNullable(members.get(in.text(0, "key")))
                      .orElseGet(() -> in.find(1, "default").orElse(Value.None.NONE));
          case "copy" -> in -> new Value.Dict(new LinkedHashMap<>(members));
          default -> null;
        });
  }

  /** {@return pairs of name and value} */
  static Value items(Map<String, Value> members) {
    List<Value> pairs = new ArrayList<>();
    members.forEach((n, v) -> pairs.add(new Value.Sequence(List.of(new Value.Text(n), v))));
    return new Value.Sequence(pairs);
  }
}
