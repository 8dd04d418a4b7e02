package io.madeleine.engine.grammar;

import io.madeleine.engine.grammar.Rules.Edge;

/**
 * The rules that every JSON text is made of. White space is bounded, and so are numbers: a model
 * must not fill its answer with either.
 */
final class JsonRules {
  private static final int LONGEST_INDENT = 32;
  private static final int DIGITS = 17;

  private final Rules rules;
  final int space;
  final int character;
  final int string;
  final int integer;
  final int number;
  final int value;
  final int object;
  final int array;

  JsonRules(Rules rules) {
    this.rules = rules;
    this.space = space();
    this.character = character();
    this.string = quoted();
    this.integer = rules.newRule();
    digits(rules.start(integer), rules.end(integer));
    this.number = number();
    this.value = rules.newRule();
    this.object = rules.newRule();
    this.array = rules.newRule();
    fillObject(object, string, value);
    fillArray();
    fillValue();
  }

  /** Nothing, a blank, or a line end and an indent. */
  private int space() {
    int rule = rules.newRule();
    int start = rules.start(rule);
    int end = rules.end(rule);
    rules.jump(start, end);
    rules.bytes(start, ' ', ' ', end);
    int at = rules.text(start, "\n");
    for (int i = 0; i < LONGEST_INDENT; i++) {
      rules.jump(at, end);
      at = rules.text(at, " ");
    }
    rules.jump(at, end);
    return rule;
  }

  /** One character of a string: itself in valid UTF-8, or an escape; no half of a pair alone. */
  private int character() {
    int rule = rules.newRule();
    int start = rules.start(rule);
    int end = rules.end(rule);
    rules.bytes(start, 0x20, 0x21, end);
    rules.bytes(start, 0x23, 0x5B, end);
    rules.bytes(start, 0x5D, 0x7F, end);
    utf8(start, end, 0xC2, 0xDF, 0x80, 0xBF, 1);
    utf8(start, end, 0xE0, 0xE0, 0xA0, 0xBF, 2);
    utf8(start, end, 0xE1, 0xEC, 0x80, 0xBF, 2);
    utf8(start, end, 0xED, 0xED, 0x80, 0x9F, 2);
    utf8(start, end, 0xEE, 0xEF, 0x80, 0xBF, 2);
    utf8(start, end, 0xF0, 0xF0, 0x90, 0xBF, 3);
    utf8(start, end, 0xF1, 0xF3, 0x80, 0xBF, 3);
    utf8(start, end, 0xF4, 0xF4, 0x80, 0x8F, 3);
    escapes(start, end);
    return rule;
  }

  private void utf8(int from, int to, int low, int high, int low2, int high2, int more) {
    int at = rules.newState();
    rules.bytes(from, low, high, at);
    for (int i = 1; i <= more; i++) {
      int next = i == more ? to : rules.newState();
      rules.bytes(at, i == 1 ? low2 : 0x80, i == 1 ? high2 : 0xBF, next);
      at = next;
    }
  }

  private void escapes(int from, int to) {
    int slash = rules.text(from, "\\");
    for (char c : "\"\\/bfnrt".toCharArray()) {
      rules.bytes(slash, c, c, to);
    }
    int code = rules.text(slash, "u");
    int three = rules.newState();
    hex(code, '0', '9', three);
    hex(code, 'a', 'c', three);
    hex(code, 'e', 'f', three);
    hexDigits(three, 3, to);
    int d = rules.newState();
    hex(code, 'd', 'd', d);
    int two = rules.newState();
    hex(d, '0', '7', two);
    hexDigits(two, 2, to);
    int high = rules.newState();
    hex(d, '8', '9', high);
    hex(d, 'a', 'b', high);
    int pair = rules.newState();
    hexDigits(high, 2, pair);
    int lowD = rules.newState();
    hex(rules.text(pair, "\\u"), 'd', 'd', lowD);
    int low = rules.newState();
    hex(lowD, 'c', 'f', low);
    hexDigits(low, 2, to);
  }

  private void hexDigits(int from, int count, int to) {
    int at = from;
    for (int i = 1; i <= count; i++) {
      int next = i == count ? to : rules.newState();
      hex(at, '0', '9', next);
      hex(at, 'a', 'f', next);
      at = next;
    }
  }

  private void hex(int from, int low, int high, int to) {
    rules.bytes(from, low, high, to);
    if (low >= 'a') {
      rules.bytes(from, low - 32, high - 32, to);
    }
  }

  private int quoted() {
    int rule = rules.newRule();
    int inside = rules.text(rules.start(rule), "\"");
    rules.call(inside, character, inside);
    rules.bytes(inside, '"', '"', rules.end(rule));
    return rule;
  }

  /** {@code -?(0|[1-9][0-9]*)}, at most 18 digits: any of them fits a {@code long}. */
  private void digits(int from, int to) {
    int unsigned = rules.newState();
    rules.jump(from, unsigned);
    rules.bytes(from, '-', '-', unsigned);
    rules.bytes(unsigned, '0', '0', to);
    int at = rules.newState();
    rules.bytes(unsigned, '1', '9', at);
    for (int i = 0; i < DIGITS; i++) {
      rules.jump(at, to);
      int next = rules.newState();
      rules.bytes(at, '0', '9', next);
      at = next;
    }
    rules.jump(at, to);
  }

  private int number() {
    int rule = rules.newRule();
    int end = rules.end(rule);
    int whole = rules.newState();
    digits(rules.start(rule), whole);
    rules.jump(whole, end);
    int fraction = rules.newState();
    someDigits(rules.text(whole, "."), DIGITS, fraction);
    rules.jump(fraction, end);
    int exponent = rules.newState();
    for (int from : new int[] {whole, fraction}) {
      rules.bytes(from, 'e', 'e', exponent);
      rules.bytes(from, 'E', 'E', exponent);
    }
    int signed = rules.newState();
    rules.jump(exponent, signed);
    rules.bytes(exponent, '+', '+', signed);
    rules.bytes(exponent, '-', '-', signed);
    someDigits(signed, 2, end);
    return rule;
  }

  private void someDigits(int from, int most, int to) {
    int at = from;
    for (int i = 0; i < most; i++) {
      int next = rules.newState();
      rules.bytes(at, '0', '9', next);
      rules.jump(next, to);
      at = next;
    }
  }

  /** Fills {@code rule} with an object of any names, all its values being {@code valueRule}s. */
  void fillObject(int rule, int nameRule, int valueRule) {
    int open = rules.then(rules.text(rules.start(rule), "{"), space);
    int close = rules.newState();
    int named = rules.then(open, nameRule);
    int colon = rules.then(rules.text(named, ":"), space);
    int valued = rules.then(rules.then(colon, valueRule), space);
    rules.jump(open, close);
    rules.jump(valued, close);
    rules.call(rules.text(valued, ","), space, again(open));
    rules.bytes(close, '}', '}', rules.end(rule));
  }

  /** {@return a state from which the first call of {@code open} can be made again} */
  private int again(int open) {
    int state = rules.newState();
    for (Edge edge : rules.edges(open)) {
      if (edge instanceof Edge.Call(int rule, int to)) {
        rules.call(state, rule, to);
      }
    }
    return state;
  }

  private void fillArray() {
    int open = rules.then(rules.text(rules.start(array), "["), space);
    int item = rules.then(rules.then(open, value), space);
    rules.call(rules.text(item, ","), space, again(open));
    rules.bytes(open, ']', ']', rules.end(array));
    rules.bytes(item, ']', ']', rules.end(array));
  }

  private void fillValue() {
    int start = rules.start(value);
    int end = rules.end(value);
    for (int rule : new int[] {object, array, string, number}) {
      rules.call(start, rule, end);
    }
    for (String word : new String[] {"true", "false", "null"}) {
      rules.jump(rules.text(start, word), end);
    }
  }
}
