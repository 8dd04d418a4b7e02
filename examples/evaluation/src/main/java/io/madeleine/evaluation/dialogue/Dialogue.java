// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.dialogue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** A dialogue as told, and everything that was told in it. Grows while it is told. */
public final class Dialogue {

  /** Who has a relation, and the turn that said so. */
  record Holder(String name, int turn) {}

  /** A named person's relation to the user, and the turn that said so. */
  record Kinship(String relation, int turn) {}

  final List<Turn> turns = new ArrayList<>();
  final Map<Fact.Key, Fact> facts = new LinkedHashMap<>();
  final Map<Fact.Key, Fact> denied = new LinkedHashMap<>();
  final List<Subject> people = new ArrayList<>();
  final List<Subject> kin = new ArrayList<>();
  final Map<String, List<Holder>> relations = new LinkedHashMap<>();

  Dialogue() {}

  /** {@return the turns, oldest first} */
  public List<Turn> turns() {
    return Collections.unmodifiableList(turns);
  }

  List<Fact> factsThat(Predicate<Fact> fits) {
    return facts.values().stream().filter(fits).toList();
  }

  /** {@return the facts about someone, without what belongs to nobody} */
  List<Fact> factsAbout(Subject subject) {
    return factsThat(f -> f.subject().key().equals(subject.key()) && !f.impersonal());
  }

  /** {@return the relation of a named person, if it was told} */
  Optional<Kinship> kinship(Subject subject) {
    return holders(1, 2).entrySet().stream()
        .filter(e -> e.getKey().equals(subject.key()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** {@return the people whose relation has between {@code low} and {@code high} holders} */
  Map<String, Kinship> holders(int low, int high) {
    Map<String, Kinship> found = new LinkedHashMap<>();
    relations.forEach(
        (relation, holders) -> {
          if (holders.size() >= low && holders.size() <= high) {
            holders.forEach(h -> found.put(h.name(), new Kinship(relation, h.turn())));
          }
        });
    return found;
  }

  /** {@return whether a question by the relation could mean two people} */
  boolean ambiguous(Fact fact) {
    return fact.attribute().id().equals("relative")
        && fact.subject().isUser()
        && relations.getOrDefault(fact.param(), List.of()).size() > 1;
  }
}
