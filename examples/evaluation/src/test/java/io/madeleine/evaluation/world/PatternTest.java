// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PatternTest {

  @Test
  void fill_forEveryPerson_agrees() {
    String pattern = "{s} [work|works] as a {v} and {is} happy with {s's} {p}";
    assertThat(Pattern.fill(pattern, Form.I, "desk", "nurse"))
        .isEqualTo("I work as a nurse and am happy with my desk");
    assertThat(Pattern.fill(pattern, Form.YOU, "desk", "actor"))
        .isEqualTo("you work as an actor and are happy with your desk");
    assertThat(Pattern.fill(pattern, Form.third("my boss"), "desk", "judge"))
        .isEqualTo("my boss works as a judge and is happy with my boss's desk");
  }

  @Test
  void everyPattern_ofTheWorld_isFilledCompletely() {
    World world = World.load();
    for (Attribute a : world.attributes()) {
      String param = world.params(a).isEmpty() ? "" : world.params(a).getFirst();
      Stream.of(a.state(), a.update(), a.ask(), a.indirect(), a.yesno(), a.who())
          .flatMap(List::stream)
          .map(p -> Pattern.fill(p, Form.third("Mara"), param, "Value"))
          .forEach(text -> assertThat(text).doesNotContainPattern("[\\[\\]{}|]"));
    }
  }
}
