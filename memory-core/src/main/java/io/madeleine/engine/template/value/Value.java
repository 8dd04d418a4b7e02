package io.madeleine.engine.template.value;

import io.madeleine.engine.json.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a template computes with: Python's values, as far as templates use them. */
public sealed interface Value {

  /** Something that has no value; it prints as nothing and has no parts. */
  record Undefined(String name) implements Value {}

  /** Python's {@code None}. */
  enum None implements Value {
    NONE
  }

  record Bool(boolean value) implements Value {}

  record Int(long value) implements Value {}

  record Real(double value) implements Value {}

  record Text(String value) implements Value {}

  /** A list or tuple; {@code extent} bounds what printing or comparing it may cost. */
  record Sequence(List<Value> items, Extent extent) implements Value {
    public Sequence(List<Value> items) {
      this(items, Extent.of(items));
    }
  }

  /** A mapping, in the order of its making. */
  record Dict(Map<String, Value> members, Extent extent) implements Value {
    public Dict(Map<String, Value> members) {
      this(members, Extent.of(members.values()));
    }
  }

  /** {@code namespace(…)}: the one value whose members a template may set. */
  final class Namespace implements Value {
    private final Map<String, Value> members;

    /** Starts with a copy of {@code members}. */
    public Namespace(Map<String, Value> members) {
      this.members = new LinkedHashMap<>(members);
    }

    public Map<String, Value> members() {
      return members;
    }
  }

  /**
   * How large a value is when it is written out, shared parts counted as often as they are used.
   *
   * @param depth levels of nesting
   * @param size characters and items
   */
  record Extent(int depth, long size) {
    private static final int DEEPEST = 100;
    private static final long LARGEST = 50_000_000;

    static Extent of(Collection<Value> parts) {
      int depth = 0;
      long size = 2;
      for (Value part : parts) {
        Extent extent = of(part);
        depth = Math.max(depth, extent.depth());
        size += extent.size() + 2;
      }
      if (depth >= DEEPEST || size > LARGEST) {
        throw new TemplateException(
            "a value is nested deeper than %d or larger than %,d".formatted(DEEPEST, LARGEST));
      }
      return new Extent(depth + 1, size);
    }

    static Extent of(Value value) {
      return switch (value) {
        case Sequence list -> list.extent();
        case Dict dict -> dict.extent();
        case Text text -> new Extent(0, text.value().length());
        default -> new Extent(0, 8);
      };
    }
  }

  /** {@code loop}: where a {@code for} stands. */
  record Loop(List<Value> items, int index) implements Value {

    public Optional<Value> attribute(String name) {
      int size = items.size();
      return Optional.ofNullable(
          switch (name) {
            case "index" -> new Int(index + 1L);
            case "index0" -> new Int(index);
            case "revindex" -> new Int((long) size - index);
            case "revindex0" -> new Int(size - index - 1L);
            case "first" -> new Bool(index == 0);
            case "last" -> new Bool(index == size - 1);
            case "length" -> new Int(size);
            case "depth" -> new Int(1);
            case "previtem" -> index > 0 ? items.get(index - 1) : new Undefined("loop.previtem");
            case "nextitem" ->
                index + 1 < size ? items.get(index + 1) : new Undefined("loop.nextitem");
            case "cycle" ->
                new Function(
                    "loop.cycle", in -> in.positional().get(index % in.positional().size()));
            default -> null;
          });
    }
  }

  /** Something that can be called. */
  record Function(String name, Body body) implements Value {

    /** What a call does. */
    @FunctionalInterface
    public interface Body {
      Value call(Arguments arguments);
    }
  }

  /** What a call is given. */
  record Arguments(List<Value> positional, Map<String, Value> named) {

    /** {@return the argument at {@code index} or called {@code name}} */
    public Optional<Value> find(int index, String name) {
      return index < positional.size()
          ? Optional.of(positional.get(index))
          : Optional.ofNullable(named.get(name));
    }

    public Value get(int index, String name) {
      return find(index, name)
          .orElseThrow(() -> new TemplateException("the argument '" + name + "' is missing"));
    }

    public String text(int index, String name) {
      return get(index, name).print();
    }
  }

  static Value of(Json json) {
    return switch (json) {
      case Json.Null nothing -> None.NONE;
      case Json.Bool bool -> new Bool(bool.value());
      case Json.Number number -> number(number);
      case Json.Text text -> new Text(text.value());
      case Json.Array array -> new Sequence(array.items().stream().map(Value::of).toList());
      case Json.Object object -> {
        Map<String, Value> members = new LinkedHashMap<>();
        object.members().forEach((name, member) -> members.put(name, of(member)));
        yield new Dict(members);
      }
    };
  }

  private static Value number(Json.Number number) {
    if (number.isIntegral()) {
      try {
        return new Int(Long.parseLong(number.text()));
      } catch (NumberFormatException tooLong) {
        return new Real(Double.parseDouble(number.text()));
      }
    }
    return new Real(Double.parseDouble(number.text()));
  }

  /** {@return whether Python takes it for true} */
  default boolean isTrue() {
    return switch (this) {
      case Undefined u -> false;
      case None n -> false;
      case Bool b -> b.value();
      case Int i -> i.value() != 0;
      case Real r -> r.value() != 0;
      case Text t -> !t.value().isEmpty();
      case Sequence s -> !s.items().isEmpty();
      case Dict d -> !d.members().isEmpty();
      case Namespace n -> true;
      case Loop l -> true;
      case Function f -> true;
    };
  }

  /** {@return what {@code {{ … }}} prints: Python's {@code str}} */
  default String print() {
    return switch (this) {
      case Undefined u -> "";
      case Text t -> t.value();
      default -> represent();
    };
  }

  /** {@return Python's {@code repr}} */
  private String represent() {
    return switch (this) {
      case Undefined u -> "Undefined";
      case None n -> "None";
      case Bool b -> b.value() ? "True" : "False";
      case Int i -> Long.toString(i.value());
      case Real r -> real(r.value());
      case Text t -> quoted(t.value());
      case Sequence s ->
          s.items().stream().map(Value::represent).collect(Collectors.joining(", ", "[", "]"));
      case Dict d ->
          d.members().entrySet().stream()
              .map(e -> quoted(e.getKey()) + ": " + e.getValue().represent())
              .collect(Collectors.joining(", ", "{", "}"));
      case Namespace n -> throw new TemplateException("a namespace cannot be printed");
      case Loop l -> throw new TemplateException("loop cannot be printed");
      case Function f -> throw new TemplateException(f.name() + " cannot be printed; call it");
    };
  }

  /** {@return Python's text of a float: the shortest, with an exponent from 1e16 and below 1e-4} */
  static String real(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    double size = Math.abs(value);
    var exact = new java.math.BigDecimal(Double.toString(value));
    if (size == 0 || (size >= 1e-4 && size < 1e16)) {
      String plain = exact.toPlainString();
      return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
    var digits = exact.stripTrailingZeros();
    int exponent = digits.precision() - digits.scale() - 1;
    String mantissa = digits.movePointLeft(exponent).toPlainString();
    return String.format(
        Locale.ROOT, "%se%s%02d", mantissa, exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  private static String quoted(String text) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    var out = new StringBuilder().append(quote);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                  if (c == quote) {
                    out.append('\\');
                  }
                  out.appendCodePoint(c);
                }
              }
            });
    return out.append(quote).toString();
  }

  /** {@return whether Python's {@code ==} holds} */
  default boolean isEqualTo(Value other) {
    if (this instanceof Undefined && other instanceof Undefined) {
      return true;
    }
    if (isNumber() && other.isNumber()) {
      return number() == other.number();
    }
    if (this instanceof Sequence(List<Value> mine, Extent e)
        && other instanceof Sequence(List<Value> its, Extent f)) {
      return mine.size() == its.size()
          && java.util.stream.IntStream.range(0, mine.size())
              .allMatch(i -> mine.get(i).isEqualTo(its.get(i)));
    }
    return equals(other);
  }

  /** {@return whether it is a number to Python, for which True is 1} */
  default boolean isNumber() {
    return this instanceof Int || this instanceof Real || this instanceof Bool;
  }

  /** {@return its value as a number} */
  default double number() {
    return switch (this) {
      case Int i -> i.value();
      case Real r -> r.value();
      case Bool b -> b.value() ? 1 : 0;
      default -> throw new TemplateException("a number is needed, but this is " + kind());
    };
  }

  /** {@return its value as an integer} */
  default long integer() {
    return switch (this) {
      case Int i -> i.value();
      case Bool b -> b.value() ? 1 : 0;
      default -> throw new TemplateException("an integer is needed, but this is " + kind());
    };
  }

  /** {@return what a {@code for} goes through} */
  default List<Value> iterate() {
    return switch (this) {
      case Sequence s -> s.items();
      case Dict d -> texts(d.members().keySet());
      case Text t ->
          t.value().codePoints().mapToObj(c -> (Value) new Text(Character.toString(c))).toList();
      case Undefined u -> List.of();
      default -> throw new TemplateException(kind() + " cannot be iterated");
    };
  }

  static List<Value> texts(Iterable<String> texts) {
    List<Value> values = new ArrayList<>();
    texts.forEach(t -> values.add(new Text(t)));
    return values;
  }

  /** {@return what it is, for messages} */
  default String kind() {
    return switch (this) {
      case Undefined u -> "the undefined '" + u.name() + "'";
      case None n -> "none";
      case Bool b -> "a boolean";
      case Int i -> "an integer";
      case Real r -> "a float";
      case Text t -> "a string";
      case Sequence s -> "a list";
      case Dict d -> "a mapping";
      case Namespace n -> "a namespace";
      case Loop l -> "loop";
      case Function f -> "the function " + f.name();
    };
  }

  /** {@return it as JSON, as {@code tojson} sees it} */
  default Json json() {
    return switch (this) {
      case None n -> Json.Null.NULL;
      case Bool b -> new Json.Bool(b.value());
      case Int i -> new Json.Number(Long.toString(i.value()));
      case Real r -> new Json.Number(real(r.value()));
      case Text t -> new Json.Text(t.value());
      case Sequence s -> new Json.Array(s.items().stream().map(Value::json).toList());
      case Dict d -> {
        Map<String, Json> members = new LinkedHashMap<>();
        d.members().forEach((name, member) -> members.put(name, member.json()));
        yield new Json.Object(members);
      }
      default -> throw new TemplateException(kind() + " has no JSON form");
    };
  }
}
