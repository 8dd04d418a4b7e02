package io.madeleine.engine.template;

import io.madeleine.engine.json.Json;
import io.madeleine.engine.template.value.TemplateException;
import java.time.Clock;
import java.util.List;

/** A template, read and checked. Immutable. */
public final class Template {
  private final String source;
  private final List<Statement> statements;

  private Template(String source, List<Statement> statements) {
    this.source = source;
    this.statements = statements;
  }

  /**
   * {@return the template that {@code text} spells}
   *
   * @throws TemplateException if it is not well formed or uses what is not known here; the message
   *     names the construct, its line and its column
   */
  public static Template parse(String text) {
    String source = text.replace("\r\n", "\n").replace('\r', '\n');
    return new Template(source, StatementParser.parse(source));
  }

  /**
   * {@return the text that the template makes of {@code variables}}
   *
   * @param variables what the template may read, by name
   * @param clock for {@code strftime_now}
   * @throws TemplateException if the template refuses the variables ({@code raise_exception}), does
   *     something that Python would not, or exceeds a bound
   */
  public String render(Json.Object variables, Clock clock) {
    return new Interpreter(source, variables, clock).run(statements);
  }
}
