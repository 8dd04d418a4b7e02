package io.madeleine.memory.retention;

import io.madeleine.memory.failure.Leftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * What a {@link GapRecorder} learned, in a file, so that a restart does not begin with strangers.
 * It holds names of tools and how long they took, nothing that was said; one sample a line. The
 * newest {@value #SAMPLES} samples of a tool are written, so the file stays below a few megabytes.
 *
 * <p>Losing it costs a cold start and no answer: what cannot be read is left out, and what cannot
 * be written is tried again at the next time.
 */
public final class GapFile {

  /** Samples of each tool in the file. */
  public static final int SAMPLES = 128;

  private static final String HEADER = "madeleine tool times 1";
  private static final System.Logger LOG = System.getLogger(GapFile.class.getName());

  private GapFile() {}

  /** Adds what {@code file} holds to {@code gaps}; nothing if there is no such file. */
  public static void read(Path file, GapRecorder gaps) {
    try {
      List<String> lines = Files.readAllLines(file);
      if (lines.isEmpty() || !lines.getFirst().equals(HEADER)) {
        throw new IllegalArgumentException("it does not begin with '%s'".formatted(HEADER));
      }
      for (String line : lines.subList(1, lines.size())) {
        gaps.add(GapRecorder.Kept.parse(line));
      }
    } catch (NoSuchFileException e) {
      // The first start.
    } catch (IOException | RuntimeException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "what was learned about tools in {0} is not known any more: {1}",
          file,
          e.getMessage());
    }
  }

  /** Writes what {@code gaps} knows to {@code file}, whole or not at all. */
  public static void write(GapRecorder gaps, Path file) {
    var text = new StringBuilder(HEADER).append('\n');
    gaps.newest(SAMPLES).forEach(kept -> text.append(kept.line()).append('\n'));
    Path next = file.resolveSibling(file.getFileName() + ".next");
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(next, text);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      Leftovers.delete(next, e);
      LOG.log(
          System.Logger.Level.WARNING,
          "what was learned about tools could not be written to {0}: {1}",
          file,
          e.getMessage());
    }
  }
}
