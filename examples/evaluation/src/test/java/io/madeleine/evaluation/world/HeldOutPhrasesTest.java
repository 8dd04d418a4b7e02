// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.world;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A held-out phrase says in a new way what training says in other ways, in words that training
 * shows for the same thing: what a word means that was never seen, nobody can know who knows no
 * other texts.
 */
class HeldOutPhrasesTest {

  private static final Set<String> NO_PHRASES = Set.of("id", "topic", "value", "param", "heldOut");

  @ParameterizedTest
  @MethodSource("attributes")
  void heldOut_everyPhrase_isNewAndInWordsOfItsAttribute(JsonNode attribute) {
    List<String> shown = new ArrayList<>();
    attribute.properties().stream()
        .filter(field -> !NO_PHRASES.contains(field.getKey()))
        .forEach(field -> collect(field.getValue(), shown));
    Set<String> words = new HashSet<>();
    shown.forEach(phrase -> words.addAll(words(phrase)));

    List<String> held = new ArrayList<>();
    collect(attribute.path("heldOut"), held);

    assertThat(held)
        .isNotEmpty()
        .doesNotContainAnyElementsOf(shown)
        .allSatisfy(phrase -> assertThat(words).containsAll(words(phrase)));
  }

  static Stream<JsonNode> attributes() throws IOException {
    try (InputStream file = World.class.getResourceAsStream("/io/madeleine/pocket/world.json")) {
      JsonNode world = JsonMapper.builder().build().readTree(file);
      return Stream.of(
              world.get("attributes").valueStream(),
              world.get("tools").valueStream(),
              Stream.of(world.get("several")))
          .flatMap(all -> all);
    }
  }

  private static void collect(JsonNode node, List<String> phrases) {
    if (node.isTextual()) {
      phrases.add(node.asText());
    }
    node.valueStream().forEach(child -> collect(child, phrases));
  }

  /** Markup has no words but those of a choice. */
  private static List<String> words(String phrase) {
    String plain = phrase.toLowerCase(Locale.ROOT).replaceAll("\\{[^}]*}", " ");
    return Stream.of(plain.split("[^a-z']+")).filter(word -> !word.isEmpty()).toList();
  }
}
