package io.madeleine.engine.template;

import io.madeleine.engine.template.Lexer.Kind;
import io.madeleine.engine.template.Lexer.Token;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads a template's tags. A tag that it does not know is refused by name. */
final class StatementParser {
  private final Tokens tokens;
  private final ExpressionParser expressions;
  private int loops;

  private StatementParser(String source) {
    this.tokens = new Tokens(source);
    this.expressions = new ExpressionParser(tokens);
  }

  static List<Statement> parse(String source) {
    var parser = new StatementParser(source);
    List<Statement> statements = parser.until(Set.of());
    if (!parser.tokens.isKind(Kind.END)) {
      throw parser.tokens.wrong("a block ends that was never opened");
    }
    return statements;
  }

  /** Reads up to a tag with one of {@code ends}; its name is the next token then. */
  private List<Statement> until(Set<String> ends) {
    tokens.enter();
    List<Statement> statements = new ArrayList<>();
    while (!tokens.isKind(Kind.END)) {
      Token token = tokens.next();
      switch (token.kind()) {
        case TEXT -> statements.add(new Statement.Literal(token.text()));
        case PRINT_OPEN -> {
          statements.add(new Statement.Print(expressions.expression()));
          tokens.expect(Kind.PRINT_CLOSE);
        }
        default -> {
          if (isEnd(ends)) {
            tokens.leave();
            return statements;
          }
          statements.add(tag());
        }
      }
    }
    if (!ends.isEmpty()) {
      throw tokens.wrong("the template ends inside a block; expected one of " + ends);
    }
    tokens.leave();
    return statements;
  }

  private boolean isEnd(Set<String> ends) {
    return tokens.isKind(Kind.NAME) && ends.contains(tokens.peek().text());
  }

  private Statement tag() {
    Token name = tokens.expect(Kind.NAME);
    return switch (name.text()) {
      case "if" -> ifTag();
      case "for" -> forTag(name.position());
      case "set" -> setTag(name.position());
      case "macro" -> macroTag();
      case "generation" -> generationTag();
      case "break" -> jump(name, Statement.Jump.BREAK);
      case "continue" -> jump(name, Statement.Jump.CONTINUE);
      default ->
          throw tokens.wrongAt(name.position(), "unknown or misplaced tag '" + name.text() + "'");
    };
  }

  private void close() {
    tokens.expect(Kind.BLOCK_CLOSE);
  }

  private List<Statement> bodyUntil(String end) {
    close();
    List<Statement> body = until(Set.of(end));
    tokens.expectName(end);
    close();
    return body;
  }

  private Statement ifTag() {
    List<Statement.If.Branch> branches = new ArrayList<>();
    List<Statement> otherwise = List.of();
    String part = "if";
    do {
      if (part.equals("else")) {
        close();
        otherwise = until(Set.of("endif"));
      } else {
        Expression condition = expressions.expression();
        close();
        branches.add(new Statement.If.Branch(condition, until(Set.of("elif", "else", "endif"))));
      }
      part = tokens.expect(Kind.NAME).text();
    } while (!part.equals("endif"));
    close();
    return new Statement.If(branches, otherwise);
  }

  private Statement forTag(int position) {
    List<String> targets = targets();
    tokens.expectName("in");
    Expression source = expressions.or();
    Optional<Expression> filter =
        tokens.acceptName("if") ? Optional.of(expressions.expression()) : Optional.empty();
    if (tokens.isName("recursive")) {
      throw tokens.wrong("recursive loops are not supported");
    }
    close();
    loops++;
    List<Statement> body = until(Set.of("else", "endfor"));
    loops--;
    List<Statement> otherwise = List.of();
    if (tokens.acceptName("else")) {
      close();
      otherwise = until(Set.of("endfor"));
    }
    tokens.expectName("endfor");
    close();
    return new Statement.For(position, targets, source, filter, body, otherwise);
  }

  private List<String> targets() {
    boolean parenthesis = tokens.acceptOperator("(");
    List<String> targets = new ArrayList<>();
    do {
      targets.add(tokens.expect(Kind.NAME).text());
    } while (tokens.acceptOperator(","));
    if (parenthesis) {
      tokens.expectOperator(")");
    }
    return targets;
  }

  private Statement setTag(int position) {
    List<String> targets = targets();
    if (targets.size() == 1 && tokens.acceptOperator(".")) {
      String attribute = tokens.expect(Kind.NAME).text();
      return new Statement.SetAttribute(position, targets.getFirst(), attribute, assigned());
    }
    if (tokens.isOperator("=")) {
      return new Statement.Set(position, targets, assigned());
    }
    if (targets.size() > 1 || !tokens.isKind(Kind.BLOCK_CLOSE)) {
      throw tokens.wrong("expected '='");
    }
    return new Statement.SetBlock(position, targets.getFirst(), bodyUntil("endset"));
  }

  private Expression assigned() {
    tokens.expectOperator("=");
    Expression value = expressions.tuple();
    close();
    return value;
  }

  private Statement macroTag() {
    Token name = tokens.expect(Kind.NAME);
    tokens.expectOperator("(");
    List<String> parameters = new ArrayList<>();
    Map<String, Expression> defaults = new LinkedHashMap<>();
    while (!tokens.acceptOperator(")")) {
      String parameter = tokens.expect(Kind.NAME).text();
      parameters.add(parameter);
      if (tokens.acceptOperator("=")) {
        defaults.put(parameter, expressions.expression());
      }
      if (!tokens.acceptOperator(",")) {
        tokens.expectOperator(")");
        break;
      }
    }
    int outerLoops = loops;
    loops = 0;
    List<Statement> body = bodyUntil("endmacro");
    loops = outerLoops;
    return new Statement.Macro(name.position(), name.text(), parameters, defaults, body);
  }

  private Statement generationTag() {
    return new Statement.Block(bodyUntil("endgeneration"));
  }

  private Statement jump(Token name, Statement.Jump jump) {
    if (loops == 0) {
      throw tokens.wrongAt(name.position(), "'" + name.text() + "' stands outside of a loop");
    }
    close();
    return jump;
  }
}
