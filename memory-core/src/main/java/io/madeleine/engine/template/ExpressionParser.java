package io.madeleine.engine.template;

import io.madeleine.engine.template.Expression.Inputs;
import io.madeleine.engine.template.Lexer.Kind;
import io.madeleine.engine.template.Lexer.Token;
import io.madeleine.engine.template.value.Filters;
import io.madeleine.engine.template.value.TemplateException;
import io.madeleine.engine.template.value.Tests;
import io.madeleine.engine.template.value.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads expressions, weakest binding first: if-else, or, and, not, comparison, +, ~, *, signs. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Set<String> NOT_A_TEST_ARGUMENT =
      Set.of("else", "or", "and", "is", "if", "not", "in");

  private final Tokens tokens;

  ExpressionParser(Tokens tokens) {
    this.tokens = tokens;
  }

  Expression expression() {
    tokens.enter();
    Expression value = or();
    while (tokens.isName("if")) {
      int position = tokens.next().position();
      Expression condition = or();
      Optional<Expression> otherwise =
          tokens.acceptName("else") ? Optional.of(expression()) : Optional.empty();
      value = new Expression.IfElse(position, condition, value, otherwise);
    }
    tokens.leave();
    return value;
  }

  /** One expression, or several with commas between them. */
  Expression tuple() {
    int position = tokens.peek().position();
    Expression first = expression();
    if (!tokens.isOperator(",")) {
      return first;
    }
    List<Expression> items = new ArrayList<>(List.of(first));
    while (tokens.acceptOperator(",")) {
      items.add(expression());
    }
    return new Expression.ListOf(position, items);
  }

  /** An expression that leaves a following {@code if} alone: what a {@code for} goes through. */
  Expression or() {
    Expression left = and();
    while (tokens.isName("or")) {
      int position = tokens.next().position();
      left = new Expression.Binary(position, "or", left, and());
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (tokens.isName("and")) {
      int position = tokens.next().position();
      left = new Expression.Binary(position, "and", left, not());
    }
    return left;
  }

  private Expression not() {
    if (!tokens.isName("not")) {
      return comparison();
    }
    int position = tokens.next().position();
    tokens.enter();
    var negation = new Expression.Unary(position, "not", not());
    tokens.leave();
    return negation;
  }

  private Expression comparison() {
    Expression first = sum();
    int position = tokens.peek().position();
    List<Expression.Compare.Step> steps = new ArrayList<>();
    for (Optional<String> next = comparator(); next.isPresent(); next = comparator()) {
      steps.add(new Expression.Compare.Step(next.get(), sum()));
    }
    return steps.isEmpty() ? first : new Expression.Compare(position, first, steps);
  }

  private Optional<String> comparator() {
    if (tokens.isKind(Kind.OPERATOR) && COMPARISONS.contains(tokens.peek().text())) {
      return Optional.of(tokens.next().text());
    }
    if (tokens.acceptName("in")) {
      return Optional.of("in");
    }
    if (tokens.isName("not") && tokens.isNameAhead("in")) {
      tokens.next();
      tokens.next();
      return Optional.of("not in");
    }
    return Optional.empty();
  }

  private Expression sum() {
    Expression left = concatenation();
    while (tokens.isOperator("+") || tokens.isOperator("-")) {
      Token operator = tokens.next();
      left = new Expression.Binary(operator.position(), operator.text(), left, concatenation());
    }
    return left;
  }

  private Expression concatenation() {
    Expression left = product();
    while (tokens.isOperator("~")) {
      int position = tokens.next().position();
      left = new Expression.Binary(position, "~", left, product());
    }
    return left;
  }

  private Expression product() {
    Expression left = power();
    while (tokens.isOperator("*")
        || tokens.isOperator("/")
        || tokens.isOperator("//")
        || tokens.isOperator("%")) {
      Token operator = tokens.next();
      left = new Expression.Binary(operator.position(), operator.text(), left, power());
    }
    return left;
  }

  private Expression power() {
    Expression base = unary(/* filters= */ true);
    if (tokens.isOperator("**")) {
      throw tokens.wrong("the power operator is not supported");
    }
    return base;
  }

  private Expression unary(boolean filters) {
    tokens.enter();
    Expression value;
    if (tokens.isOperator("-") || tokens.isOperator("+")) {
      Token sign = tokens.next();
      value = new Expression.Unary(sign.position(), sign.text(), unary(/* filters= */ false));
    } else {
      value = postfix(primary());
    }
    tokens.leave();
    return filters ? filtersAndTests(value) : value;
  }

  private Expression primary() {
    Token token = tokens.next();
    int position = token.position();
    return switch (token.kind()) {
      case NAME -> name(position, token.text());
      case STRING -> constant(position, new Value.Text(strings(token.text())));
      case INTEGER -> constant(position, new Value.Int(Long.parseLong(token.text())));
      case FLOAT -> constant(position, new Value.Real(Double.parseDouble(token.text())));
      case OPERATOR ->
          switch (token.text()) {
            case "(" -> parenthesis(position);
            case "[" -> new Expression.ListOf(position, items("]"));
            case "{" -> mapping(position);
            default -> throw unexpected(token);
          };
      default -> throw unexpected(token);
    };
  }

  private TemplateException unexpected(Token token) {
    return tokens.wrongAt(token.position(), "expected a value, but found '" + token.text() + "'");
  }

  private static Expression name(int position, String name) {
    return switch (name) {
      case "true", "True" -> constant(position, new Value.Bool(true));
      case "false", "False" -> constant(position, new Value.Bool(false));
      case "none", "None" -> constant(position, Value.None.NONE);
      default -> new Expression.Name(position, name);
    };
  }

  private static Expression constant(int position, Value value) {
    return new Expression.Constant(position, value);
  }

  /** Strings side by side are one string. */
  private String strings(String first) {
    var text = new StringBuilder(first);
    while (tokens.isKind(Kind.STRING)) {
      text.append(tokens.next().text());
    }
    return text.toString();
  }

  private Expression parenthesis(int position) {
    if (tokens.acceptOperator(")")) {
      return new Expression.ListOf(position, List.of());
    }
    Expression first = expression();
    if (!tokens.isOperator(",")) {
      tokens.expectOperator(")");
      return first;
    }
    tokens.next();
    List<Expression> items = new ArrayList<>(List.of(first));
    items.addAll(items(")"));
    return new Expression.ListOf(position, items);
  }

  private List<Expression> items(String close) {
    List<Expression> items = new ArrayList<>();
    while (!tokens.acceptOperator(close)) {
      items.add(expression());
      if (!tokens.acceptOperator(",")) {
        tokens.expectOperator(close);
        break;
      }
    }
    return items;
  }

  private Expression mapping(int position) {
    List<Expression.DictOf.Entry> entries = new ArrayList<>();
    while (!tokens.acceptOperator("}")) {
      Expression key = expression();
      tokens.expectOperator(":");
      entries.add(new Expression.DictOf.Entry(key, expression()));
      if (!tokens.acceptOperator(",")) {
        tokens.expectOperator("}");
        break;
      }
    }
    return new Expression.DictOf(position, entries);
  }

  private Expression postfix(Expression start) {
    Expression value = start;
    while (true) {
      int position = tokens.peek().position();
      if (tokens.acceptOperator(".")) {
        value = attribute(position, value);
      } else if (tokens.acceptOperator("[")) {
        value = subscript(position, value);
      } else if (tokens.acceptOperator("(")) {
        value = new Expression.Call(position, value, inputs());
      } else {
        return value;
      }
    }
  }

  private Expression attribute(int position, Expression of) {
    if (tokens.isKind(Kind.INTEGER)) {
      long index = Long.parseLong(tokens.next().text());
      return new Expression.Item(position, of, constant(position, new Value.Int(index)));
    }
    return new Expression.Attribute(position, of, tokens.expect(Kind.NAME).text());
  }

  private Expression subscript(int position, Expression of) {
    Optional<Expression> start = bound();
    if (!tokens.acceptOperator(":")) {
      tokens.expectOperator("]");
      return new Expression.Item(
          position, of, start.orElseThrow(() -> tokens.wrong("expected a key")));
    }
    Optional<Expression> stop = bound();
    Optional<Expression> step = tokens.acceptOperator(":") ? bound() : Optional.empty();
    tokens.expectOperator("]");
    return new Expression.Slice(position, of, start, stop, step);
  }

  private Optional<Expression> bound() {
    return tokens.isOperator(":") || tokens.isOperator("]")
        ? Optional.empty()
        : Optional.of(expression());
  }

  private Inputs inputs() {
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    while (!tokens.acceptOperator(")")) {
      if (tokens.isOperator("*") || tokens.isOperator("**")) {
        throw tokens.wrong("unpacked arguments are not supported");
      }
      Expression value = expression();
      if (value instanceof Expression.Name(int at, String name) && tokens.acceptOperator("=")) {
        named.put(name, expression());
      } else {
        positional.add(value);
      }
      if (!tokens.acceptOperator(",")) {
        tokens.expectOperator(")");
        break;
      }
    }
    return new Inputs(positional, named);
  }

  private Expression filtersAndTests(Expression start) {
    Expression value = start;
    while (true) {
      int position = tokens.peek().position();
      if (tokens.acceptOperator("|")) {
        value = filter(position, value);
      } else if (tokens.acceptName("is")) {
        value = test(position, value);
      } else {
        return value;
      }
    }
  }

  private Expression filter(int position, Expression of) {
    Token name = tokens.expect(Kind.NAME);
    if (!Filters.isKnown(name.text())) {
      throw tokens.wrongAt(name.position(), "unknown filter '" + name.text() + "'");
    }
    Inputs inputs = tokens.acceptOperator("(") ? inputs() : Inputs.NONE;
    return postfix(new Expression.Filter(position, of, name.text(), inputs));
  }

  private Expression test(int position, Expression of) {
    boolean negated = tokens.acceptName("not");
    Token name = tokens.expect(Kind.NAME);
    if (!Tests.isKnown(name.text())) {
      throw tokens.wrongAt(name.position(), "unknown test '" + name.text() + "'");
    }
    Inputs inputs = Inputs.NONE;
    if (tokens.acceptOperator("(")) {
      inputs = inputs();
    } else if (startsAnArgument()) {
      inputs = new Inputs(List.of(postfix(primary())), Map.of());
    }
    return new Expression.Test(position, of, name.text(), inputs, negated);
  }

  private boolean startsAnArgument() {
    return switch (tokens.peek().kind()) {
      case STRING, INTEGER, FLOAT -> true;
      case NAME -> !NOT_A_TEST_ARGUMENT.contains(tokens.peek().text());
      case OPERATOR -> tokens.isOperator("[") || tokens.isOperator("{");
      default -> false;
    };
  }
}
