package io.madeleine.engine.grammar;

import io.madeleine.engine.json.Json;
import java.util.List;

/** Rules for exactly one call in JSON, {@code {"name": …, "arguments": {…}}}, of a tool. */
final class JsonCallRules {

  private final Rules rules;
  private final JsonRules json;
  private final CallWords words;

  JsonCallRules(Rules rules, JsonRules json, CallWords words) {
    this.rules = rules;
    this.json = json;
    this.words = words;
  }

  /** {@return the rule for a call of one of them} */
  int compile(List<JsonCall> calls) {
    int rule = rules.newRule();
    int start = rules.start(rule);
    int before = words.before().isEmpty() ? start : behind(start, words.before());
    int after = rules.newState();
    calls.forEach(call -> rules.jump(call(before, call), after));
    int end =
        words.after().isEmpty() ? after : rules.text(rules.then(after, json.space), words.after());
    rules.jump(end, rules.end(rule));
    return rule;
  }

  /** Each schema has rules of its own, since what it refers to stands in itself. */
  private int call(int from, JsonCall call) {
    int arguments = new SchemaRules(rules, json, call.parameters()).compileObject();
    int name = rules.newRule();
    rules.jump(rules.text(rules.start(name), new Json.Text(call.name()).write()), rules.end(name));
    int named = member(behind(from, "{"), "name", name);
    return rules.text(member(behind(named, ","), words.arguments(), arguments), "}");
  }

  private int member(int from, String name, int value) {
    int at = behind(from, new Json.Text(name).write() + ":");
    return rules.then(rules.then(at, value), json.space);
  }

  private int behind(int from, String text) {
    return rules.then(rules.text(from, text), json.space);
  }
}
