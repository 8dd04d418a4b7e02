package io.madeleine.memory.episode;

import io.madeleine.engine.token.TokenSpan;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * The episodes of one conversation, in order, as lines of a file: id, span, turns, kept tokens and
 * a checksum of these. It can be derived from the log again; a line that was cut short or damaged
 * is dropped with what follows. Spans are written down from the first turn on, so that what stands
 * before it may change.
 *
 * <p>One thread at a time.
 */
public final class EpisodeList {

  private static final Pattern ID = Pattern.compile("[0-9a-f]{32}(?![0-9a-f])");

  private final Path file;
  private final int prefixTokens;
  private final List<Episode> episodes = new ArrayList<>();
  private List<String> unreadable = List.of();
  private long bytes;

  private EpisodeList(Path file, int prefixTokens) {
    this.file = file;
    this.prefixTokens = prefixTokens;
  }

  /**
   * Opens the list in {@code file}, which need not exist. Changes nothing there.
   *
   * @param prefixTokens that stand before the first turn now; spans count from their start
   * @throws IOException if it exists and cannot be read
   */
  public static EpisodeList open(Path file, int prefixTokens) throws IOException {
    var list = new EpisodeList(file, prefixTokens);
    list.read(text(file));
    return list;
  }

  /**
   * {@return the ids of all episodes that are in a list, for whoever deletes what is stored under
   * them: those of damaged lines as well, as far as they can be read}
   *
   * @param file need not exist
   * @throws IOException if it exists and cannot be read
   */
  public static List<String> ids(Path file) throws IOException {
    return idsIn(text(file));
  }

  private static String text(Path file) throws IOException {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private static List<String> idsIn(String text) {
    return ID.matcher(text).results().map(MatchResult::group).toList();
  }

  private void read(String text) {
    int from = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      Optional<Episode> episode = parsed(text.substring(from, end));
      if (episode.isEmpty()) {
        break;
      }
      episodes.add(episode.get());
      from = end + 1;
    }
    bytes = from;
    unreadable = idsIn(text.substring(from));
  }

  /**
   * Appends an episode and writes it down, in the place of what could not be read.
   *
   * @throws IOException if it cannot be written; the list is unchanged then, and so is the file up
   *     to half a line, which counts for nothing
   */
  public void add(Episode episode) throws IOException {
    byte[] line = line(episode).getBytes(StandardCharsets.ISO_8859_1);
    Files.createDirectories(file.toAbsolutePath().getParent());
    cutOffBehind(bytes);
    Files.write(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    bytes += line.length;
    episodes.add(episode);
  }

  /**
   * Drops the episodes that end behind {@code end}, which belong to a turn that never was finished,
   * and lines that cannot be read.
   *
   * @param dropping is told the id of each before it goes, and deletes what is stored under it: if
   *     it throws, the list is unchanged
   * @throws IOException if the list cannot be written; it is unchanged then
   */
  public void keepUpTo(int end, Consumer<String> dropping) throws IOException {
    int kept = episodes.size();
    while (kept > 0 && episodes.get(kept - 1).span().end() > end) {
      kept--;
    }
    List<Episode> gone = episodes.subList(kept, episodes.size());
    if (gone.isEmpty() && unreadable.isEmpty()) {
      return;
    }
    gone.forEach(episode -> dropping.accept(episode.id()));
    unreadable.forEach(dropping);
    long whole = bytes - gone.stream().mapToLong(episode -> line(episode).length()).sum();
    cutOffBehind(whole);
    bytes = whole;
    unreadable = List.of();
    gone.clear();
  }

  private void cutOffBehind(long end) throws IOException {
    if (Files.exists(file) && Files.size(file) > end) {
      try (var open = new RandomAccessFile(file.toFile(), "rw")) { // no interrupt closes it
        open.setLength(end);
      }
    }
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
    String fields =
        String.format(
            Locale.ROOT,
            "%s\t%d\t%d\t%d\t%d\t%d",
            episode.id(),
            episode.span().start() - prefixTokens,
            episode.span().end() - prefixTokens,
            episode.firstTurn(),
            episode.lastTurn(),
            episode.kept());
    return fields + "\t" + checksum(fields) + "\n";
  }

  /** {@return the episode of a line; empty if this did not write the line} */
  private Optional<Episode> parsed(String line) {
    int end = line.lastIndexOf('\t');
    if (end < 0 || !line.substring(end + 1).equals(checksum(line.substring(0, end)))) {
      return Optional.empty();
    }
    String[] fields = line.substring(0, end).split("\t", -1);
    return Optional.of(
        new Episode(
            fields[0],
            new TokenSpan(
                prefixTokens + Integer.parseInt(fields[1]),
                prefixTokens + Integer.parseInt(fields[2])),
            Integer.parseInt(fields[3]),
            Integer.parseInt(fields[4]),
            Integer.parseInt(fields[5])));
  }

  private static String checksum(String fields) {
    var crc = new CRC32();
    crc.update(fields.getBytes(StandardCharsets.ISO_8859_1));
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }
}
