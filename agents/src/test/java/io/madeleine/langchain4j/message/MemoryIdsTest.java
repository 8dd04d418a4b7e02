package io.madeleine.langchain4j.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class MemoryIdsTest {

  private record User(String name) {}

  private enum Role {
    ADMIN,
    GUEST {} // of a class of its own
  }

  private static class Named {
    @Override
    public String toString() {
      return "named";
    }
  }

  private static final class NamedByItsParent extends Named {}

  private static class Nameless {}

  /** Enough for a map, and "Aa" and "BB" have the same hash. */
  private static final class NamelessAndEqual extends Nameless {
    private final String name;

    NamelessAndEqual(String name) {
      this.name = name;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof NamelessAndEqual that && name.equals(that.name);
    }

    @Override
    public int hashCode() {
      return name.hashCode();
    }
  }

  static Stream<Object> idsWithText() {
    return Stream.of(
        "ada",
        7,
        7L,
        new UUID(1, 2),
        Role.ADMIN,
        Role.GUEST,
        new User("ada"),
        new Named(),
        new NamedByItsParent(),
        List.of("acme", "ada"));
  }

  @ParameterizedTest
  @MethodSource("idsWithText")
  void text_classThatSaysIt_isThat(Object id) {
    assertThat(MemoryIds.hasText(id)).isTrue();
    assertThat(MemoryIds.text(id)).isEqualTo(id.toString());
  }

  static Stream<Object> idsWithout() {
    return Stream.of(
        new Object(),
        new Nameless(),
        new NamelessAndEqual("Aa"),
        new byte[] {1, 2},
        new int[] {1, 2});
  }

  @ParameterizedTest
  @MethodSource("idsWithout")
  void text_classThatDoesNot_isRefusedByItsName(Object id) {
    assertThat(MemoryIds.hasText(id)).isFalse();
    assertThatThrownBy(() -> MemoryIds.text(id))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(id.getClass().getTypeName())
        .hasMessageContaining("give the class a toString");
  }
}
