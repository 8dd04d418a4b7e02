package io.madeleine.memory.episode;

import io.madeleine.engine.token.TokenSpan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The episodes of one conversation, in order, as lines of a file: id, span, turns and kept tokens.
 * It can be derived from the log again; a line that was cut short is dropped. Spans are written
 * down from the first turn on, so that what stands before it may change.
 *
 * <p>One thread at a time.
 */
public final class EpisodeList {

  private final Path file;
  private final int prefixTokens;
  private final List<Episode> episodes = new ArrayList<>();

  private EpisodeList(Path file, int prefixTokens) {
    this.file = file;
    this.prefixTokens = prefixTokens;
  }

  /**
   * Opens the list in {@code file}, which need not exist.
   *
   * @param prefixTokens that stand before the first turn now; spans count from their start
   * @throws IOException if it exists and cannot be read
   */
  public static EpisodeList open(Path file, int prefixTokens) throws IOException {
    var list = new EpisodeList(file, prefixTokens);
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
        String[] fields = line.split("\t", -1);
        if (fields.length != 7 || !fields[6].equals(".")) {
          break;
        }
        list.episodes.add(list.parsed(fields));
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
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(file, line(episode), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    episodes.add(episode);
  }

  /**
   * Drops the episodes that end behind {@code end}: they belong to a turn that never was finished.
   *
   * @throws IOException if the list cannot be written
   */
  public void keepUpTo(int end) throws IOException {
    if (episodes.isEmpty() || episodes.getLast().span().end() <= end) {
      return;
    }
    List<Episode> kept = episodes.stream().filter(each -> each.span().end() <= end).toList();
    Path draft = file.resolveSibling(file.getFileName() + ".draft");
    Files.writeString(draft, kept.stream().map(this::line).collect(Collectors.joining()));
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    episodes.clear();
    episodes.addAll(kept);
  }

  /** {@return all episodes, oldest first} */
  public List<Episode> all() {
    return List.copyOf(episodes);
  }

  /** {@return the episodes that hold some token of one of these turns, oldest first} */
  public List<Episode> ofTurns(Collection<Integer> turns) {
    return episodes.stream().filter(episode -> turns.stream().anyMatch(episode::touches)).toList();
  }

  private String line(Episode episode) {
    return String.format(
        Locale.ROOT,
        "%s\t%d\t%d\t%d\t%d\t%d\t.%n",
        episode.id(),
        episode.span().start() - prefixTokens,
        episode.span().end() - prefixTokens,
        episode.firstTurn(),
        episode.lastTurn(),
        episode.kept());
  }

  private Episode parsed(String[] fields) {
    return new Episode(
        fields[0],
        new TokenSpan(
            prefixTokens + Integer.parseInt(fields[1]), prefixTokens + Integer.parseInt(fields[2])),
        Integer.parseInt(fields[3]),
        Integer.parseInt(fields[4]),
        Integer.parseInt(fields[5]));
  }
}
