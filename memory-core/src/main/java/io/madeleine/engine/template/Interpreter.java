package io.madeleine.engine.template;

import io.madeleine.engine.json.Json;
import io.madeleine.engine.template.value.Budget;
import io.madeleine.engine.template.value.TemplateException;
import io.madeleine.engine.template.value.Value;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.LongStream;

/** Runs statements once, for one set of variables. Not thread-safe. */
final class Interpreter {

  private enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  private final String source;
  private final Clock clock;
  private final Budget budget = new Budget();
  private final Evaluator evaluator;
  private final Scope globals = Scope.outermost();

  Interpreter(String source, Json.Object variables, Clock clock) {
    this.source = source;
    this.clock = clock;
    this.evaluator = new Evaluator(source, budget);
    define("range", this::range);
    define("namespace", in -> new Value.Namespace(in.named()));
    define("dict", in -> new Value.Dict(new LinkedHashMap<>(in.named())));
    define("raise_exception", Interpreter::raise);
    define("strftime_now", this::now);
    variables.members().forEach((name, value) -> globals.set(name, Value.of(value)));
  }

  private void define(String name, Value.Function.Body body) {
    globals.set(name, new Value.Function(name, body));
  }

  String run(List<Statement> statements) {
    var out = new StringBuilder();
    execute(statements, globals, out);
    return out.toString();
  }

  private Flow execute(List<Statement> statements, Scope scope, StringBuilder out) {
    for (Statement statement : statements) {
      Flow flow = execute(statement, scope, out);
      if (flow != Flow.NEXT) {
        return flow;
      }
    }
    return Flow.NEXT;
  }

  private Flow execute(Statement statement, Scope scope, StringBuilder out) {
    budget.step();
    budget.enter();
    Flow flow = run(statement, scope, out);
    budget.leave();
    return flow;
  }

  private Flow run(Statement statement, Scope scope, StringBuilder out) {
    return switch (statement) {
      case Statement.Literal literal -> print(literal.text(), out);
      case Statement.Print print -> print(printed(print.value(), scope), out);
      case Statement.If choice -> choose(choice, scope, out);
      case Statement.For loop -> loop(loop, scope, out);
      case Statement.Set set -> set(set, scope);
      case Statement.SetAttribute set -> setAttribute(set, scope);
      case Statement.SetBlock set -> setBlock(set, scope);
      case Statement.Macro macro -> define(macro, scope);
      case Statement.Block block -> execute(block.body(), scope.inner(), out);
      case Statement.Jump jump -> jump == Statement.Jump.BREAK ? Flow.BREAK : Flow.CONTINUE;
    };
  }

  private String printed(Expression expression, Scope scope) {
    Value value = evaluator.evaluate(expression, scope);
    try {
      return value.print();
    } catch (TemplateException e) {
      throw TemplateException.at(source, expression.position(), String.valueOf(e.getMessage()));
    }
  }

  private Flow print(String text, StringBuilder out) {
    budget.make(text.length());
    out.append(text);
    return Flow.NEXT;
  }

  private Flow choose(Statement.If choice, Scope scope, StringBuilder out) {
    for (Statement.If.Branch branch : choice.branches()) {
      if (evaluator.evaluate(branch.condition(), scope).isTrue()) {
        return execute(branch.body(), scope, out);
      }
    }
    return execute(choice.otherwise(), scope, out);
  }

  private Flow loop(Statement.For loop, Scope scope, StringBuilder out) {
    List<Value> items = items(loop, scope);
    for (int i = 0; i < items.size(); i++) {
      Scope inner = scope.inner();
      inner.set("loop", new Value.Loop(items, i));
      assign(loop.targets(), items.get(i), inner, loop.position());
      if (execute(loop.body(), inner, out) == Flow.BREAK) {
        break;
      }
    }
    return items.isEmpty() ? execute(loop.otherwise(), scope, out) : Flow.NEXT;
  }

  private List<Value> items(Statement.For loop, Scope scope) {
    Value source = evaluator.evaluate(loop.source(), scope);
    List<Value> items;
    try {
      budget.makeLetters(source);
      items = source.iterate();
    } catch (TemplateException e) {
      throw fail(loop.position(), String.valueOf(e.getMessage()));
    }
    if (loop.filter().isEmpty()) {
      return items;
    }
    List<Value> kept = new ArrayList<>();
    for (Value item : items) {
      Scope inner = scope.inner();
      assign(loop.targets(), item, inner, loop.position());
      if (evaluator.evaluate(loop.filter().get(), inner).isTrue()) {
        kept.add(item);
      }
    }
    return kept;
  }

  private void assign(List<String> targets, Value value, Scope scope, int position) {
    if (targets.size() == 1) {
      scope.set(targets.getFirst(), value);
      return;
    }
    List<Value> parts = value.iterate();
    if (parts.size() != targets.size()) {
      throw fail(position, "%d names for %d values".formatted(targets.size(), parts.size()));
    }
    for (int i = 0; i < parts.size(); i++) {
      scope.set(targets.get(i), parts.get(i));
    }
  }

  private Flow set(Statement.Set set, Scope scope) {
    assign(set.targets(), evaluator.evaluate(set.value(), scope), scope, set.position());
    return Flow.NEXT;
  }

  private Flow setAttribute(Statement.SetAttribute set, Scope scope) {
    Value value = evaluator.evaluate(set.value(), scope);
    if (!(scope.get(set.namespace()) instanceof Value.Namespace namespace)) {
      throw fail(set.position(), "'" + set.namespace() + "' is not a namespace");
    }
    namespace.members().put(set.attribute(), value);
    return Flow.NEXT;
  }

  private Flow setBlock(Statement.SetBlock set, Scope scope) {
    var text = new StringBuilder();
    execute(set.body(), scope.inner(), text);
    scope.set(set.target(), new Value.Text(text.toString()));
    return Flow.NEXT;
  }

  private Flow define(Statement.Macro macro, Scope scope) {
    scope.set(macro.name(), new Value.Function(macro.name(), in -> call(macro, in, scope)));
    return Flow.NEXT;
  }

  private Value call(Statement.Macro macro, Value.Arguments in, Scope outer) {
    if (in.positional().size() > macro.parameters().size()) {
      throw fail(
          macro.position(),
          "macro %s takes %d arguments, but was given %d"
              .formatted(macro.name(), macro.parameters().size(), in.positional().size()));
    }
    Scope scope = outer.inner();
    for (int i = 0; i < macro.parameters().size(); i++) {
      String name = macro.parameters().get(i);
      scope.set(name, in.find(i, name).orElseGet(() -> defaulted(macro, name, scope)));
    }
    budget.enterCall();
    var text = new StringBuilder();
    execute(macro.body(), scope, text);
    budget.leaveCall();
    return new Value.Text(text.toString());
  }

  private Value defaulted(Statement.Macro macro, String parameter, Scope scope) {
    Expression expression = macro.defaults().get(parameter);
    return expression == null
        ? new Value.Undefined(parameter)
        : evaluator.evaluate(expression, scope);
  }

  private Value range(Value.Arguments in) {
    List<Value> bounds = in.positional();
    long start = bounds.size() > 1 ? bounds.get(0).integer() : 0;
    long stop = in.get(bounds.size() > 1 ? 1 : 0, "stop").integer();
    long step = bounds.size() > 2 ? bounds.get(2).integer() : 1;
    if (step == 0) {
      throw new TemplateException("range: the step must not be 0");
    }
    long count = Math.max(0, Math.ceilDiv(stop - start, step));
    if (count > 100_000) {
      throw new TemplateException("range: at most 100,000 items, but asked for " + count);
    }
    budget.makeItems(count);
    return new Value.Sequence(
        LongStream.range(0, count).<Value>mapToObj(i -> new Value.Int(start + i * step)).toList());
  }

  private static Value raise(Value.Arguments in) {
    throw new TemplateException("the template refuses: " + in.text(0, "message"));
  }

  private Value now(Value.Arguments in) {
    return new Value.Text(Dates.format(clock, in.text(0, "format")));
  }

  private TemplateException fail(int position, String problem) {
    return TemplateException.at(source, position, problem);
  }
}
