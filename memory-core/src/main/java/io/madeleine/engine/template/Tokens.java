package io.madeleine.engine.template;

import io.madeleine.engine.template.Lexer.Kind;
import io.madeleine.engine.template.Lexer.Token;
import io.madeleine.engine.template.value.TemplateException;
import java.util.List;

/** A place in a list of tokens, and what may stand there. */
final class Tokens {
  private static final int DEEPEST = 100;

  private final String source;
  private final List<Token> tokens;
  private int at;
  private int depth;

  Tokens(String source) {
    this.source = source;
    this.tokens = Lexer.tokens(source);
  }

  Token peek() {
    return tokens.get(at);
  }

  Token next() {
    return tokens.get(at < tokens.size() - 1 ? at++ : at);
  }

  boolean isOperator(String operator) {
    return peek().is(Kind.OPERATOR, operator);
  }

  boolean isName(String name) {
    return peek().is(Kind.NAME, name);
  }

  boolean isKind(Kind kind) {
    return peek().kind() == kind;
  }

  /** {@return whether the token after the next is the name {@code name}} */
  boolean isNameAhead(String name) {
    return at + 1 < tokens.size() && tokens.get(at + 1).is(Kind.NAME, name);
  }

  boolean acceptOperator(String operator) {
    boolean here = isOperator(operator);
    at += here ? 1 : 0;
    return here;
  }

  boolean acceptName(String name) {
    boolean here = isName(name);
    at += here ? 1 : 0;
    return here;
  }

  void expectOperator(String operator) {
    if (!acceptOperator(operator)) {
      throw wrong("expected '" + operator + "'");
    }
  }

  void expectName(String name) {
    if (!acceptName(name)) {
      throw wrong("expected '" + name + "'");
    }
  }

  Token expect(Kind kind) {
    if (!isKind(kind)) {
      throw wrong("expected " + kind);
    }
    return next();
  }

  /** Goes one level deeper, which a hostile template must not do for ever. */
  void enter() {
    if (++depth > DEEPEST) {
      throw wrong("nested deeper than " + DEEPEST);
    }
  }

  void leave() {
    depth--;
  }

  /** {@return the problem, at the next token, which it names} */
  TemplateException wrong(String problem) {
    return wrongAt(peek().position(), "%s, but found '%s'".formatted(problem, peek().text()));
  }

  TemplateException wrongAt(int position, String problem) {
    return TemplateException.at(source, position, problem);
  }
}
