package io.madeleine.memory.episode;

import io.madeleine.engine.token.TokenSpan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The episodes of one conversation, in order, as lines of a file: id, span and turns. It can be
 * derived from the log again; a line that was cut short is dropped.
 *
 * <p>One thread at a time.
 */
public final class EpisodeList {

  private final Path file;
  private final List<Episode> episodes = new ArrayList<>();

  private EpisodeList(Path file) {
    this.file = file;
  }

  /**
   * Opens the list in {@code file}, which need not exist.
   *
   * @throws IOException if it exists and cannot be read
   */
  public static EpisodeList open(Path file) throws IOException {
    var list = new EpisodeList(file);
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
        String[] fields = line.split("\t", -1);
        if (fields.length != 6 || !fields[5].equals(".")) {
          break;
        }
        list.episodes.add(parsed(fields));
      }
    }
    return list;
  }

  /**
   * Appends an episode and writes it down.
   *
   * @throws IOException if it cannot be written; the list is unchanged then
   */
  public void add(Episode episode) throws IOException {
    String line =
        "%s\t%d\t%d\t%d\t%d\t.%n"
            .formatted(
                episode.id(),
                episode.span().start(),
                episode.span().end(),
                episode.firstTurn(),
                episode.lastTurn());
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    episodes.add(episode);
  }

  /** {@return all episodes, oldest first} */
  public List<Episode> all() {
    return List.copyOf(episodes);
  }

  /** {@return the episodes that hold some token of one of these turns, oldest first} */
  public List<Episode> ofTurns(Collection<Integer> turns) {
    return episodes.stream().filter(episode -> turns.stream().anyMatch(episode::touches)).toList();
  }

  private static Episode parsed(String[] fields) {
    return new Episode(
        fields[0],
        new TokenSpan(Integer.parseInt(fields[1]), Integer.parseInt(fields[2])),
        Integer.parseInt(fields[3]),
        Integer.parseInt(fields[4]));
  }
}
