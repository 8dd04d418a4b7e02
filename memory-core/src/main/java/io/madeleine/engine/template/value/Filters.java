package io.madeleine.engine.template.value;

import io.madeleine.engine.json.JsonWriter;
import io.madeleine.engine.template.value.Value.Arguments;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** What can stand behind {@code |}. */
public final class Filters {
  private static final Set<String> KNOWN =
      Set.of(
          "tojson",
          "trim",
          "join",
          "items",
          "length",
          "count",
          "default",
          "d",
          "selectattr",
          "rejectattr",
          "select",
          "reject",
          "map",
          "list",
          "string",
          "upper",
          "lower",
          "title",
          "capitalize",
          "first",
          "last",
          "replace",
          "int",
          "float",
          "abs",
          "round",
          "reverse",
          "sum",
          "min",
          "max",
          "sort",
          "unique",
          "dictsort",
          "indent",
          "safe");

  private static final int LONGEST_NUMBER = 1_000;

  private final Budget budget;
  private final Methods methods;

  /** Charges what values grow by to {@code budget}. */
  public Filters(Budget budget) {
    this.budget = budget;
    this.methods = new Methods(budget);
  }

  /** {@return whether there is a filter called {@code name}} */
  public static boolean isKnown(String name) {
    return KNOWN.contains(name);
  }

  /** {@return {@code value | name(in)}} */
  public Value apply(String name, Value value, Arguments in) {
    budget.read(value instanceof Value.Text(String text) ? text.length() : 0);
    return switch (name) {
      case "tojson" -> toJson(value, in);
      case "trim" ->
          text(Texts.strip(value.print(), in.find(0, "chars").map(Value::print), true, true));
      case "upper" -> text(value.print().toUpperCase(Locale.ROOT));
      case "lower" -> text(value.print().toLowerCase(Locale.ROOT));
      case "title" -> text(titleByWords(value.print()));
      case "capitalize" -> text(Texts.capitalize(value.print()));
      case "string", "safe" -> text(value.print());
      case "replace" -> replace(value.print(), in);
      case "indent" -> indent(value.print(), in);
      case "join" -> join(value, in);
      case "length", "count" -> new Value.Int(length(value));
      case "default", "d" -> defaulted(value, in);
      case "int" -> toInt(value, in);
      case "float" -> new Value.Real(parse(value).map(BigDecimal::doubleValue).orElse(0.0));
      case "abs" ->
          value instanceof Value.Int(long i)
              ? new Value.Int(Math.abs(i))
              : new Value.Real(Math.abs(value.number()));
      case "round" -> round(value, in);
      default -> list(name, value, in);
    };
  }

  private Value list(String name, Value value, Arguments in) {
    budget.makeLetters(value);
    return switch (name) {
      case "items" -> items(value);
      case "dictsort" -> dictSort(value);
      case "list" -> sequence(value.iterate());
      case "first" -> value.iterate().stream().findFirst().orElse(new Value.Undefined("first"));
      case "last" ->
          value.iterate().isEmpty() ? new Value.Undefined("last") : value.iterate().getLast();
      case "reverse" -> reverse(value);
      case "sum" -> sum(value, in);
      case "min" -> extreme(value, "<");
      case "max" -> extreme(value, ">");
      case "sort" -> sequence(sorted(value, in));
      case "unique" -> unique(value);
      case "map" -> map(value, in);
      case "select" -> filtered(value, item -> passes(item, in, 0));
      case "reject" -> filtered(value, item -> !passes(item, in, 0));
      case "selectattr" ->
          filtered(value, item -> passes(attribute(item, in.text(0, "attr")), in, 1));
      case "rejectattr" ->
          filtered(value, item -> !passes(attribute(item, in.text(0, "attr")), in, 1));
      default -> throw new TemplateException("unknown filter '" + name + "'");
    };
  }

  private Value text(String text) {
    budget.make(text.length());
    return new Value.Text(text);
  }

  private Value sequence(List<Value> items) {
    budget.makeItems(items.size());
    return new Value.Sequence(items);
  }

  /** Python's {@code json.dumps} as Hugging Face calls it: characters stay, order stays. */
  private Value toJson(Value value, Arguments in) {
    int indent = in.find(0, "indent").filter(Value::isNumber).map(v -> (int) v.integer()).orElse(0);
    boolean ascii = in.find(Integer.MAX_VALUE, "ensure_ascii").map(Value::isTrue).orElse(false);
    String[] between = {indent > 0 ? "," : ", ", ": "};
    in.find(Integer.MAX_VALUE, "separators")
        .filter(v -> v instanceof Value.Sequence)
        .ifPresent(
            v -> {
              between[0] = v.iterate().get(0).print();
              between[1] = v.iterate().get(1).print();
            });
    if (indent < 0 || indent > 64) {
      throw new TemplateException("tojson: indent must be 0 to 64, but was " + indent);
    }
    return text(new JsonWriter(between[0], between[1], indent, ascii).write(value.json()));
  }

  /** Jinja's {@code title} capitalises after white space and opening brackets only. */
  private static String titleByWords(String text) {
    var out = new StringBuilder(text.length());
    boolean inWord = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(inWord ? Character.toLowerCase(c) : Character.toUpperCase(c));
      inWord = !Texts.isSpace(c) && "-({[<".indexOf(c) < 0;
    }
    return out.toString();
  }

  private Value replace(String text, Arguments in) {
    String from = in.text(0, "old");
    String to = in.text(1, "new");
    long most = in.find(2, "count").map(Value::integer).orElse(-1L);
    budget.make(Texts.count(text, from, budget) * (long) to.length());
    return text(Texts.replace(text, from, to, most, budget));
  }

  private Value indent(String text, Arguments in) {
    long width = in.find(0, "width").map(Value::integer).orElse(4L);
    boolean first = in.find(1, "first").map(Value::isTrue).orElse(false);
    boolean blank = in.find(2, "blank").map(Value::isTrue).orElse(false);
    if (width < 0 || width > 1_000) {
      throw new TemplateException("indent: width must be 0 to 1,000, but was " + width);
    }
    budget.make(Texts.count(text, "\n", budget) * width);
    String space = " ".repeat((int) width);
    List<String> lines = Texts.split(text, Optional.of("\n"), -1, budget);
    var out = new StringBuilder(first ? space : "").append(lines.getFirst());
    for (String line : lines.subList(1, lines.size())) {
      out.append('\n').append(line.isEmpty() && !blank ? "" : space).append(line);
    }
    return text(out.toString());
  }

  private Value join(Value value, Arguments in) {
    Optional<String> attribute = in.find(1, "attribute").map(Value::print);
    List<Value> items = value.iterate();
    List<Value> parts =
        attribute.isPresent()
            ? items.stream().map(i -> attribute(i, attribute.get())).toList()
            : items;
    return text(methods.join(in.find(0, "d").map(Value::print).orElse(""), parts));
  }

  private static long length(Value value) {
    return value instanceof Value.Text(String text)
        ? text.codePointCount(0, text.length())
        : value.iterate().size();
  }

  private static Value defaulted(Value value, Arguments in) {
    boolean falseToo = in.find(1, "boolean").map(Value::isTrue).orElse(false);
    boolean replaces = value instanceof Value.Undefined || (falseToo && !value.isTrue());
    return replaces ? in.find(0, "default_value").orElse(new Value.Text("")) : value;
  }

  private static Value toInt(Value value, Arguments in) {
    long otherwise = in.find(0, "default").map(Value::integer).orElse(0L);
    return new Value.Int(parse(value).map(BigDecimal::longValue).orElse(otherwise));
  }

  private static Optional<BigDecimal> parse(Value value) {
    if (value.isNumber()) {
      return Optional.of(BigDecimal.valueOf(value.number()));
    }
    String text = value.print().strip();
    if (text.length() > LONGEST_NUMBER) {
      return Optional.empty(); // to read it takes the square of its length
    }
    try {
      return Optional.of(new BigDecimal(text))
          .filter(n -> Math.abs((long) n.scale()) < 400 && n.precision() < 400);
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Value round(Value value, Arguments in) {
    long digits = in.find(0, "precision").map(Value::integer).orElse(0L);
    if (Math.abs(digits) > 30) {
      throw new TemplateException("round: precision must be within 30, but was " + digits);
    }
    return new Value.Real(
        BigDecimal.valueOf(value.number())
            .setScale((int) digits, RoundingMode.HALF_EVEN)
            .doubleValue());
  }

  private static Value items(Value value) {
    return switch (value) {
      case Value.Dict dict -> Methods.items(dict.members());
      case Value.Undefined u -> new Value.Sequence(List.of());
      default -> throw new TemplateException("items: a mapping is needed, not " + value.kind());
    };
  }

  private static Value dictSort(Value value) {
    if (!(value instanceof Value.Dict(Map<String, Value> members, Value.Extent extent))) {
      throw new TemplateException("dictsort: a mapping is needed, not " + value.kind());
    }
    Map<String, Value> sorted = new LinkedHashMap<>();
    members.entrySet().stream()
        .sorted(Comparator.comparing(e -> e.getKey().toLowerCase(Locale.ROOT)))
        .forEach(e -> sorted.put(e.getKey(), e.getValue()));
    return Methods.items(sorted);
  }

  private Value reverse(Value value) {
    return value instanceof Value.Text(String text)
        ? text(new StringBuilder(text).reverse().toString())
        : sequence(value.iterate().reversed());
  }

  private Value sum(Value value, Arguments in) {
    Optional<String> attribute = in.find(0, "attribute").map(Value::print);
    Value total = new Value.Int(0);
    for (Value item : value.iterate()) {
      Value part = attribute.isPresent() ? attribute(item, attribute.get()) : item;
      total = Operators.apply("+", total, part, budget);
    }
    return total;
  }

  private Value extreme(Value value, String operator) {
    return value.iterate().stream()
        .reduce((best, item) -> Operators.compare(operator, item, best, budget) ? item : best)
        .orElse(new Value.Undefined("min or max of nothing"));
  }

  private List<Value> sorted(Value value, Arguments in) {
    Optional<String> attribute = in.find(2, "attribute").map(Value::print);
    Comparator<Value> order =
        (a, b) ->
            Operators.compare("<", key(a, attribute), key(b, attribute), budget)
                ? -1
                : Operators.compare(">", key(a, attribute), key(b, attribute), budget) ? 1 : 0;
    boolean reverse = in.find(0, "reverse").map(Value::isTrue).orElse(false);
    return value.iterate().stream().sorted(reverse ? order.reversed() : order).toList();
  }

  private Value key(Value item, Optional<String> attribute) {
    Value key = attribute.map(a -> attribute(item, a)).orElse(item);
    return key instanceof Value.Text(String text)
        ? new Value.Text(text.toLowerCase(Locale.ROOT))
        : key;
  }

  private Value unique(Value value) {
    List<Value> seen = new ArrayList<>();
    for (Value item : value.iterate()) {
      budget.makeItems(seen.size());
      if (seen.stream().noneMatch(each -> Operators.isEqual(item, each, budget))) {
        seen.add(item);
      }
    }
    return sequence(seen);
  }

  private Value map(Value value, Arguments in) {
    Optional<Value> attribute = in.find(Integer.MAX_VALUE, "attribute");
    if (attribute.isPresent()) {
      Optional<Value> otherwise = in.find(Integer.MAX_VALUE, "default");
      return sequence(
          value.iterate().stream()
              .map(item -> attribute(item, attribute.get().print()))
              .map(v -> v instanceof Value.Undefined ? otherwise.orElse(v) : v)
              .toList());
    }
    String filter = in.text(0, "filter");
    var rest = new Arguments(in.positional().subList(1, in.positional().size()), in.named());
    return sequence(value.iterate().stream().map(item -> apply(filter, item, rest)).toList());
  }

  private Value filtered(Value value, Predicate<Value> keeps) {
    return sequence(value.iterate().stream().filter(keeps).toList());
  }

  /** Whether {@code item} passes the test named at {@code index}, or is true if none is named. */
  private boolean passes(Value item, Arguments in, int index) {
    Optional<Value> test = in.find(index, "test");
    if (test.isEmpty()) {
      return item.isTrue();
    }
    List<Value> rest = in.positional().subList(index + 1, in.positional().size());
    String name = test.get().print();
    return switch (name) {
      case "==", "!=", "<", "<=", ">", ">=" ->
          Operators.compare(name, item, rest.getFirst(), budget);
      default -> Tests.holds(name, item, new Arguments(rest, Map.of()), budget);
    };
  }

  /** {@return the part of {@code value} at the dotted path {@code path}} */
  private Value attribute(Value value, String path) {
    Value at = value;
    for (String name : Texts.split(path, Optional.of("."), -1, budget)) {
      at =
          at instanceof Value.Dict(Map<String, Value> members, Value.Extent extent)
              ? members.getOrDefault(name, new Value.Undefined(name))
              : new Value.Undefined(name);
    }
    return at;
  }
}
