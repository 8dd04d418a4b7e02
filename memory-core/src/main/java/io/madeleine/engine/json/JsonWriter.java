package io.madeleine.engine.json;

import java.util.Iterator;
import java.util.Map;

/**
 * Writes values as text.
 *
 * @param comma between two items on a line
 * @param colon between a name and its value
 * @param indent spaces per level of nesting; 0 keeps everything on one line
 * @param asciiOnly whether every other character is escaped
 */
public record JsonWriter(String comma, String colon, int indent, boolean asciiOnly) {

  /** No white space at all. */
  public static final JsonWriter COMPACT = new JsonWriter(",", ":", 0, false);

  /** Python's {@code json.dumps(value, ensure_ascii=False)}. */
  public static final JsonWriter PYTHON = new JsonWriter(", ", ": ", 0, false);

  /** {@return {@code value} as text} */
  public String write(Json value) {
    var out = new StringBuilder();
    write(value, 0, out);
    return out.toString();
  }

  private void write(Json value, int level, StringBuilder out) {
    switch (value) {
      case Json.Null nothing -> out.append("null");
      case Json.Bool bool -> out.append(bool.value());
      case Json.Number number -> out.append(number.text());
      case Json.Text text -> quote(text.value(), out);
      case Json.Array array -> writeArray(array, level, out);
      case Json.Object object -> writeObject(object, level, out);
    }
  }

  private void writeArray(Json.Array array, int level, StringBuilder out) {
    out.append('[');
    for (Iterator<Json> items = array.items().iterator(); items.hasNext(); ) {
      newLine(level + 1, out);
      write(items.next(), level + 1, out);
      separate(items.hasNext(), level, out);
    }
    out.append(']');
  }

  private void writeObject(Json.Object object, int level, StringBuilder out) {
    out.append('{');
    for (Iterator<Map.Entry<String, Json>> members = object.members().entrySet().iterator();
        members.hasNext(); ) {
      Map.Entry<String, Json> member = members.next();
      newLine(level + 1, out);
      quote(member.getKey(), out);
      out.append(colon);
      write(member.getValue(), level + 1, out);
      separate(members.hasNext(), level, out);
    }
    out.append('}');
  }

  private void separate(boolean more, int level, StringBuilder out) {
    if (more) {
      out.append(indent > 0 ? comma.stripTrailing() : comma);
    } else {
      newLine(level, out);
    }
  }

  private void newLine(int level, StringBuilder out) {
    if (indent > 0) {
      out.append('\n').repeat(' ', indent * level);
    }
  }

  private void quote(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < 0x20 || (asciiOnly && c > 0x7E)) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
