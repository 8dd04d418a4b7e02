package io.madeleine.conversation.mind;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.failure.Leftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * What the operator tells the model in one conversation: the last thing that anybody said about it,
 * or what the last turn was said under. Saying nothing leaves it as it is; an empty message takes
 * it away.
 *
 * <p>It may change between two turns. What was said before stays as it was read, behind the old
 * one; nothing is read again but the instruction.
 */
final class Instructions {

  private final Path file;
  private Optional<List<ChatMessage>> told = Optional.empty();

  Instructions(Path file) {
    this.file = file;
  }

  /**
   * {@return whether this changes what is in force}
   *
   * @throws IllegalArgumentException if it is more than one message
   */
  boolean tell(List<ChatMessage> instruction) throws IOException {
    if (instruction.isEmpty()) {
      return false;
    }
    if (instruction.size() > 1) {
      throw new IllegalArgumentException(
          "an instruction is one message, but there are %,d: join their texts into one"
              .formatted(instruction.size()));
    }
    List<ChatMessage> before = inForce();
    told = Optional.of(List.copyOf(instruction));
    return !before.equals(inForce());
  }

  List<ChatMessage> inForce() throws IOException {
    String text = told.isPresent() ? told.get().getFirst().text() : written();
    return text.isEmpty() ? List.of() : List.of(new ChatMessage.System(text));
  }

  /** Writes down what a turn was said under. {@return whether it was another one than before} */
  boolean keep() throws IOException {
    List<ChatMessage> now = inForce();
    String text = now.isEmpty() ? "" : now.getFirst().text();
    boolean known = Files.exists(file);
    if (known && text.equals(written())) {
      return false;
    }
    write(text);
    return known;
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

  /** What somebody told is as if it had not been; what is written down is not touched. */
  void forget() {
    told = Optional.empty();
  }

  private String written() throws IOException {
    return Files.exists(file) ? Files.readString(file) : "";
  }
}
