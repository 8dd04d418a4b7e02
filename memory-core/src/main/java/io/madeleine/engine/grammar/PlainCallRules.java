package io.madeleine.engine.grammar;

import java.util.List;

/**
 * Rules for {@code name(first, second)}: calls as text, with the arguments of each tool in its
 * order. Texts have no comma and no parenthesis, since nothing could tell them from those between
 * arguments.
 */
final class PlainCallRules {

  private static final int LONGEST_TEXT = 60;

  private final Rules rules;
  private final JsonRules json;

  PlainCallRules(Rules rules, JsonRules json) {
    this.rules = rules;
    this.json = json;
  }

  /** {@return the rule for a call of one of them} */
  int compile(List<PlainCall> calls) {
    int text = text();
    int rule = rules.newRule();
    for (PlainCall call : calls) {
      int at = rules.text(rules.start(rule), call.name() + "(");
      for (int i = 0; i < call.types().size(); i++) {
        at = i == 0 ? at : rules.text(at, ", ");
        at = argument(at, call.types().get(i), text);
      }
      rules.jump(rules.text(at, ")"), rules.end(rule));
    }
    return rule;
  }

  private int argument(int from, String type, int text) {
    return switch (type) {
      case "integer" -> rules.then(from, json.integer);
      case "number" -> rules.then(from, json.number);
      case "boolean" -> {
        int behind = rules.newState();
        rules.jump(rules.text(from, "true"), behind);
        rules.jump(rules.text(from, "false"), behind);
        yield behind;
      }
      default -> rules.then(from, text);
    };
  }

  private int text() {
    int rule = rules.newRule();
    int at = rules.start(rule);
    for (int i = 0; i < LONGEST_TEXT; i++) {
      int next = rules.newState();
      // A text does not begin with a blank: what reads it would drop it.
      rules.bytes(at, i == 0 ? 0x21 : 0x20, 0x27, next);
      rules.bytes(at, 0x2A, 0x2B, next);
      rules.bytes(at, 0x2D, 0x7E, next);
      rules.jump(next, rules.end(rule));
      at = next;
    }
    return rule;
  }
}
