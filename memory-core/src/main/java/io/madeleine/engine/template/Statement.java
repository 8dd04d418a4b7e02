package io.madeleine.engine.template;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A part of a template that prints or decides. */
sealed interface Statement {

  record Literal(String text) implements Statement {}

  record Print(Expression value) implements Statement {}

  record If(List<Branch> branches, List<Statement> otherwise) implements Statement {
    record Branch(Expression condition, List<Statement> body) {}
  }

  record For(
      int position,
      List<String> targets,
      Expression source,
      Optional<Expression> filter,
      List<Statement> body,
      List<Statement> otherwise)
      implements Statement {}

  record Set(int position, List<String> targets, Expression value) implements Statement {}

  record SetAttribute(int position, String namespace, String attribute, Expression value)
      implements Statement {}

  record SetBlock(int position, String target, List<Statement> body) implements Statement {}

  record Macro(
      int position,
      String name,
      List<String> parameters,
      Map<String, Expression> defaults,
      List<Statement> body)
      implements Statement {}

  /** A block that only prints what is inside. */
  record Block(List<Statement> body) implements Statement {}

  enum Jump implements Statement {
    BREAK,
    CONTINUE
  }
}
