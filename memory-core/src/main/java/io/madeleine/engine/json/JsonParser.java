package io.madeleine.engine.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads one text. Strict: no comments, no trailing commas. Of two equal names the last counts. */
final class JsonParser {
  private static final int DEEPEST = 128;

  private final String text;
  private int at;
  private int depth;

  JsonParser(String text) {
    this.text = text;
  }

  Json whole() {
    Json value = value();
    skipSpace();
    if (at < text.length()) {
      throw wrong("nothing should follow the value");
    }
    return value;
  }

  Json.Prefix prefix(int from) {
    at = from;
    Json value = value();
    return new Json.Prefix(value, at);
  }

  private Json value() {
    skipSpace();
    return switch (peek()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> new Json.Text(string());
      case 't' -> word("true", new Json.Bool(true));
      case 'f' -> word("false", new Json.Bool(false));
      case 'n' -> word("null", Json.Null.NULL);
      default -> number();
    };
  }

  private Json object() {
    Map<String, Json> members = new LinkedHashMap<>();
    enter();
    skipSpace();
    if (peek() != '}') {
      do {
        skipSpace();
        String name = string();
        skipSpace();
        expect(':');
        members.put(name, value());
        skipSpace();
      } while (accept(','));
    }
    leave('}');
    return new Json.Object(members);
  }

  private Json array() {
    List<Json> items = new ArrayList<>();
    enter();
    skipSpace();
    if (peek() != ']') {
      do {
        items.add(value());
        skipSpace();
      } while (accept(','));
    }
    leave(']');
    return new Json.Array(items);
  }

  private void enter() {
    at++;
    if (++depth > DEEPEST) {
      throw wrong("nested deeper than " + DEEPEST);
    }
  }

  private void leave(char close) {
    expect(close);
    depth--;
  }

  private String string() {
    expect('"');
    var out = new StringBuilder();
    while (true) {
      char c = next("a string needs a closing quote");
      if (c == '"') {
        return out.toString();
      }
      if (c < 0x20) {
        at--;
        throw wrong("a control character in a string must be escaped");
      }
      out.append(c == '\\' ? escaped() : c);
    }
  }

  private char escaped() {
    char c = next("an escape needs a letter");
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> hex();
      default -> throw wrong("unknown escape \\" + c);
    };
  }

  private char hex() {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      int digit = Character.digit(next("\\u needs four hexadecimal digits"), 16);
      if (digit < 0) {
        throw wrong("\\u needs four hexadecimal digits");
      }
      value = value << 4 | digit;
    }
    return (char) value;
  }

  private Json number() {
    int start = at;
    accept('-');
    if (!accept('0')) {
      digits();
    }
    if (accept('.')) {
      digits();
    }
    if (accept('e') || accept('E')) {
      if (!accept('+')) {
        accept('-');
      }
      digits();
    }
    return new Json.Number(text.substring(start, at));
  }

  private void digits() {
    int start = at;
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
    if (at == start) {
      throw wrong("expected a value");
    }
  }

  private Json word(String word, Json value) {
    if (!text.startsWith(word, at)) {
      boolean cutOff = word.startsWith(text.substring(at));
      at = cutOff ? text.length() : at; // what is missing is missing there
      throw wrong("expected " + word);
    }
    at += word.length();
    return value;
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private char next(String otherwise) {
    if (at >= text.length()) {
      throw wrong(otherwise);
    }
    return text.charAt(at++);
  }

  private boolean accept(char c) {
    boolean here = peek() == c && at < text.length();
    if (here) {
      at++;
    }
    return here;
  }

  private void expect(char c) {
    if (!accept(c)) {
      throw wrong("expected '" + c + "'");
    }
  }

  private JsonException wrong(String problem) {
    return new JsonException(at, problem);
  }
}
