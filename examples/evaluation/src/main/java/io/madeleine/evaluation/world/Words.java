// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.world;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Draws values: listed words, made-up words, numbers and times. Immutable. */
final class Words {

  private static final List<Integer> SYLLABLES = List.of(1, 2, 2, 2, 3);
  private static final List<String> QUARTERS = List.of("00", "15", "30", "45");

  private final Map<String, WordKind> open;
  private final Map<String, List<String>> closed;
  private final JsonNode syllables;
  private final List<String> training;

  private Words(Map<String, WordKind> open, Map<String, List<String>> closed, JsonNode syllables) {
    this.open = open;
    this.closed = closed;
    this.syllables = syllables;
    this.training = open.values().stream().flatMap(k -> k.train().stream()).toList();
  }

  static Words of(JsonNode root) {
    Map<String, WordKind> open =
        World.entries(
            root.get("words"),
            n ->
                new WordKind(
                    n.get("invented").asInt(),
                    n.get("capital").asBoolean(),
                    World.strings(n, "train"),
                    World.strings(n, "heldOut")));
    Map<String, List<String>> closed = new HashMap<>();
    for (String group : List.of("closed", "parameters")) {
      closed.putAll(World.entries(root.get(group), n -> World.list(n, JsonNode::asText)));
    }
    return new Words(open, closed, root.get("syllables"));
  }

  List<String> closed(String kind) {
    List<String> values = closed.get(kind);
    if (values == null) {
      throw new IllegalArgumentException("no such kind of value: " + kind);
    }
    return values;
  }

  String value(Dice dice, String kind, boolean heldOut) {
    WordKind words = open.get(kind);
    if (words != null) {
      return word(dice, words, heldOut);
    }
    return switch (kind) {
      case "digits" -> String.format(Locale.ROOT, "%04d", dice.below(10000));
      case "number" -> Integer.toString(dice.between(10, 99));
      case "date" -> dice.pick(closed("month")) + " " + dice.between(1, 28);
      case "day" -> day(dice);
      case "clock" -> dice.between(5, 11) + ":" + dice.pick(QUARTERS);
      default -> dice.pick(closed(kind));
    };
  }

  private String day(Dice dice) {
    String day = dice.pick(closed("weekday"));
    return dice.percent(50) ? day + " at " + dice.between(1, 12) : day;
  }

  private String word(Dice dice, WordKind kind, boolean heldOut) {
    String word;
    if (heldOut) {
      boolean listed = !kind.heldOut().isEmpty() && !(kind.capital() && dice.percent(30));
      word = listed ? dice.pick(kind.heldOut()) : invent(dice);
    } else if (dice.percent(kind.invented())) {
      word = dice.percent(50) ? invent(dice) : splice(dice);
    } else {
      word = dice.pick(kind.train());
    }
    return kind.capital() ? Pattern.capital(word) : Pattern.lower(word);
  }

  private String invent(Dice dice) {
    StringBuilder word = new StringBuilder();
    int count = dice.pick(SYLLABLES);
    for (int i = 0; i < count; i++) {
      word.append(dice.pick(World.strings(syllables, "onset")));
      word.append(dice.pick(World.strings(syllables, "nucleus")));
    }
    return word.append(dice.pick(World.strings(syllables, "coda"))).toString();
  }

  private String splice(Dice dice) {
    String a = dice.pick(training).toLowerCase(Locale.ROOT);
    String b = dice.pick(training).toLowerCase(Locale.ROOT);
    int start = dice.between(1, Math.min(6, a.length()));
    int end = dice.between(1, Math.min(6, b.length()));
    return a.substring(0, start) + b.substring(b.length() - end);
  }
}
