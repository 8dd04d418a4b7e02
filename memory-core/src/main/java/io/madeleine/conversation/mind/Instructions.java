package io.madeleine.conversation.mind;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.failure.Leftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * What the operator tells the model in one conversation: the last thing that anybody said about it,
 * written down as it is said. Saying nothing leaves it as it is; an empty message takes it away.
 *
 * <p>It may change between two turns. What was said before stays as it was read, behind the old
 * one; nothing is read again but the instruction.
 */
final class Instructions {

  private final Path file;

  Instructions(Path file) {
    this.file = file;
  }

  /**
   * Writes down what holds from now on, at once: whoever told it may let go of the conversation
   * before anything is said in it. {@return whether this changes what is in force}
   *
   * @throws IllegalArgumentException if it is more than one message; nothing changes then
   */
  boolean tell(List<ChatMessage> instruction) throws IOException {
    if (instruction.size() > 1) {
      throw new IllegalArgumentException(
          "an instruction is one message, but there are %,d: join their texts into one"
              .formatted(instruction.size()));
    }
    if (instruction.isEmpty() || instruction.getFirst().text().equals(written())) {
      return false;
    }
    write(instruction.getFirst().text());
    return true;
  }

  List<ChatMessage> inForce() throws IOException {
    String text = written();
    return text.isEmpty() ? List.of() : List.of(new ChatMessage.System(text));
  }

  /** Nobody can derive it again, so whatever happens the file holds this one or the one before. */
  private void write(String text) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Path draft = file.resolveSibling(file.getFileName() + ".draft");
    try {
      Files.writeString(
          draft,
          text,
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE,
          StandardOpenOption.SYNC);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException | Error e) {
      Leftovers.delete(draft, e);
      throw e;
    }
  }

  private String written() throws IOException {
    return Files.exists(file) ? Files.readString(file) : "";
  }
}
