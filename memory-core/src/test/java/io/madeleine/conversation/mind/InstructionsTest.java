package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.token.ChatMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InstructionsTest {

  @TempDir private Path directory;

  @Test
  void tell_anotherOne_neverWritesIntoTheFileThatHoldsTheOneBefore() throws IOException {
    Path file = directory.resolve("mind").resolve("instruction");
    tell(file, "speak of bees");
    Path before = Files.createLink(directory.resolve("before"), file);
    tell(file, "sprich über Bienen");

    assertThat(Files.readString(before)).isEqualTo("speak of bees");
    assertThat(Files.readString(file)).isEqualTo("sprich über Bienen");
    assertThat(file.getParent()).isDirectoryContaining(each -> each.equals(file));
    assertThat(file.getParent()).isDirectoryNotContaining(each -> !each.equals(file));
  }

  @Test
  void tell_draftThatACrashLeft_isWrittenOver() throws IOException {
    Path file = directory.resolve("instruction");
    Files.write(directory.resolve("instruction.draft"), new byte[] {(byte) 0xC3, 1, 2, 3});
    tell(file, "bees");

    assertThat(new Instructions(file).inForce()).containsExactly(new ChatMessage.System("bees"));
  }

  @Test
  void tell_severalMessages_areRefusedAndChangeNothing() throws IOException {
    var instructions = new Instructions(directory.resolve("instruction"));
    List<ChatMessage> two =
        List.of(new ChatMessage.System("speak of bees"), new ChatMessage.System("be brief"));

    assertThatThrownBy(() -> instructions.tell(two))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("there are 2: join their texts");
    assertThat(instructions.inForce()).isEmpty();
  }

  private static void tell(Path file, String text) throws IOException {
    new Instructions(file).tell(List.of(new ChatMessage.System(text)));
  }
}
