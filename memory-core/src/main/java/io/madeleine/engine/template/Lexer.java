package io.madeleine.engine.template;

import io.madeleine.engine.template.value.TemplateException;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a template into text, tags and the words inside the tags, with Jinja's rules for white space
 * around tags: a block tag swallows the line end behind it ({@code trim_blocks}) and the spaces
 * before it on its line ({@code lstrip_blocks}); {@code -} swallows all white space on its side,
 * {@code +} none.
 */
final class Lexer {

  enum Kind {
    TEXT,
    PRINT_OPEN,
    PRINT_CLOSE,
    BLOCK_OPEN,
    BLOCK_CLOSE,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  /**
   * A piece of a template.
   *
   * @param position its first character
   * @param text a name, an operator, or the value of a string or text
   */
  record Token(Kind kind, int position, String text) {
    boolean is(Kind wanted, String value) {
      return kind == wanted && text.equals(value);
    }
  }

  private static final List<String> OPERATORS =
      List.of(
          "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", ".", ":",
          "|", ",", "(", ")", "[", "]", "{", "}");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int openMappings;
  private boolean stripNext;
  private boolean trimNext;

  private Lexer(String source) {
    this.source = source;
  }

  /** {@return the tokens of {@code template}, with {@link Kind#END} behind them} */
  static List<Token> tokens(String template) {
    String unix = template.replace("\r\n", "\n").replace('\r', '\n');
    String source = unix.endsWith("\n") ? unix.substring(0, unix.length() - 1) : unix;
    return new Lexer(source).run();
  }

  private List<Token> run() {
    while (at < source.length()) {
      int tag = nextTag();
      text(tag);
      if (tag < source.length()) {
        tag(tag);
      }
    }
    add(Kind.END, source.length(), "");
    return tokens;
  }

  private int nextTag() {
    for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return source.length();
  }

  /** The text up to the tag at {@code tag}, less the white space that tags swallow. */
  private void text(int tag) {
    int start = at;
    if (stripNext) {
      start = skipSpace(start, tag);
    } else if (trimNext && start < tag && source.charAt(start) == '\n') {
      start++;
    }
    int end = tag;
    if (tag < source.length()) {
      char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
      if (sign == '-') {
        end = skipSpaceBack(start, end);
      } else if (sign != '+' && source.charAt(tag + 1) != '{') {
        end = lineStart(start, end);
      }
    }
    if (end > start) {
      add(Kind.TEXT, start, source.substring(start, end));
    }
    at = tag;
    stripNext = false;
    trimNext = false;
  }

  private int skipSpace(int from, int limit) {
    int i = from;
    while (i < limit && Character.isWhitespace(source.charAt(i))) {
      i++;
    }
    return i;
  }

  private int skipSpaceBack(int start, int from) {
    int i = from;
    while (i > start && Character.isWhitespace(source.charAt(i - 1))) {
      i--;
    }
    return i;
  }

  /**
   * {@return {@code end} without the blanks before it, if only they stand before it on its line}
   */
  private int lineStart(int start, int end) {
    int i = end;
    while (i > start && (source.charAt(i - 1) == ' ' || source.charAt(i - 1) == '\t')) {
      i--;
    }
    boolean beginsLine = i == 0 || source.charAt(i - 1) == '\n';
    return beginsLine ? i : end;
  }

  private void tag(int open) {
    char type = source.charAt(open + 1);
    at = open + 2;
    if (type == '#') {
      comment(open);
      return;
    }
    if (at < source.length() && (source.charAt(at) == '-' || source.charAt(at) == '+')) {
      at++;
    }
    add(type == '{' ? Kind.PRINT_OPEN : Kind.BLOCK_OPEN, open, source.substring(open, at));
    openMappings = 0;
    String close = type == '{' ? "}}" : "%}";
    while (!closes(open, close)) {
      word();
    }
  }

  private void comment(int open) {
    int end = source.indexOf("#}", at);
    if (end < 0) {
      throw TemplateException.at(source, open, "the comment is never closed with #}");
    }
    at = end + 2;
    stripNext = end > open + 2 && source.charAt(end - 1) == '-';
    trimNext = end > open + 2 && source.charAt(end - 1) != '+';
  }

  private boolean closes(int open, String close) {
    at = skipSpace(at, source.length());
    if (at >= source.length()) {
      throw TemplateException.at(source, open, "the tag is never closed with " + close);
    }
    boolean signed =
        (source.charAt(at) == '-' || source.charAt(at) == '+') && source.startsWith(close, at + 1);
    // A '}' that closes a mapping is not the end of a print: {{ {'a': {}} }}.
    if (!signed && (!source.startsWith(close, at) || openMappings > 0)) {
      return false;
    }
    stripNext = signed && source.charAt(at) == '-';
    trimNext = !signed && close.equals("%}");
    add(close.equals("}}") ? Kind.PRINT_CLOSE : Kind.BLOCK_CLOSE, at, close);
    at += signed ? 3 : 2;
    return true;
  }

  private void word() {
    char c = source.charAt(at);
    if (c == '\'' || c == '"') {
      string(c);
    } else if (Character.isDigit(c)) {
      number();
    } else if (Character.isLetter(c) || c == '_') {
      int start = at;
      while (at < source.length() && isNamePart(source.charAt(at))) {
        at++;
      }
      add(Kind.NAME, start, source.substring(start, at));
    } else {
      operator();
    }
  }

  private static boolean isNamePart(char c) {
    return Character.isLetterOrDigit(c) || c == '_';
  }

  private void operator() {
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, at)) {
        add(Kind.OPERATOR, at, operator);
        openMappings += operator.equals("{") ? 1 : operator.equals("}") ? -1 : 0;
        at += operator.length();
        return;
      }
    }
    throw TemplateException.at(source, at, "unexpected '" + source.charAt(at) + "'");
  }

  private void number() {
    int start = at;
    digits();
    boolean fraction =
        at + 1 < source.length()
            && source.charAt(at) == '.'
            && Character.isDigit(source.charAt(at + 1));
    if (fraction) {
      at++;
      digits();
    }
    String text = source.substring(start, at).replace("_", "");
    if (!fraction && text.length() > 18) {
      throw TemplateException.at(source, start, "the number has more than 18 digits");
    }
    add(fraction ? Kind.FLOAT : Kind.INTEGER, start, text);
  }

  private void digits() {
    while (at < source.length()
        && (Character.isDigit(source.charAt(at)) || source.charAt(at) == '_')) {
      at++;
    }
  }

  private void string(char quote) {
    int start = at++;
    var out = new StringBuilder();
    while (at < source.length() && source.charAt(at) != quote) {
      char c = source.charAt(at++);
      out.append(c == '\\' && at < source.length() ? escape() : String.valueOf(c));
    }
    if (at >= source.length()) {
      throw TemplateException.at(source, start, "the string is never closed with " + quote);
    }
    at++;
    add(Kind.STRING, start, out.toString());
  }

  /** As in Python, which leaves a backslash before any other letter where it is. */
  private String escape() {
    char c = source.charAt(at++);
    return switch (c) {
      case '\n' -> "";
      case 'n' -> "\n";
      case 't' -> "\t";
      case 'r' -> "\r";
      case 'a' -> "\u0007";
      case 'b' -> "\b";
      case 'f' -> "\f";
      case 'v' -> "\u000B";
      case '\\', '\'', '"' -> String.valueOf(c);
      case '0', '1', '2', '3', '4', '5', '6', '7' -> octal();
      case 'x' -> code(2);
      case 'u' -> code(4);
      case 'U' -> code(8);
      case 'N' ->
          throw TemplateException.at(source, at - 2, "characters by name are not supported");
      default -> "\\" + c;
    };
  }

  /** One to three digits, of which the first is read already. */
  private String octal() {
    int start = at - 1;
    int most = Math.min(start + 3, source.length());
    while (at < most && source.charAt(at) >= '0' && source.charAt(at) <= '7') {
      at++;
    }
    return Character.toString(Integer.parseInt(source, start, at, 8));
  }

  private String code(int digits) {
    long code = 0;
    for (int i = 0; i < digits; i++) {
      int digit = at < source.length() ? Character.digit(source.charAt(at), 16) : -1;
      if (digit < 0) {
        throw TemplateException.at(source, at, "an escape needs " + digits + " hexadecimal digits");
      }
      code = 16 * code + digit;
      at++;
    }
    if (code > Character.MAX_CODE_POINT) {
      throw TemplateException.at(source, at, "an escape is beyond the last character, \\U0010ffff");
    }
    return Character.toString((int) code);
  }

  private void add(Kind kind, int position, String text) {
    tokens.add(new Token(kind, position, text));
  }
}
