package io.madeleine.conversation.episodic;

import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.store.KvSpan;
import io.madeleine.memory.tier.FoundSpan;
import java.util.List;

/**
 * Gets episodes from wherever they are, and tells how far it is with reading those that were lost,
 * before each of them. Those that were read by then are stored, and not read again. Used once.
 */
final class Fetching {

  private final ClosedEpisodes episodes;
  private final Progress progress;
  private int all;
  private int read;

  /**
   * @param wanted all that will be asked for
   */
  Fetching(ClosedEpisodes episodes, List<Episode> wanted, Progress progress) {
    this.episodes = episodes;
    this.progress = progress;
    this.all = wanted.stream().filter(episodes::isLost).mapToInt(episodes::tokensToRead).sum();
  }

  /** {@return what is kept of an episode, where it stands} */
  KvSpan span(Episode episode) {
    return found(episode).span();
  }

  /** The same, as a piece to be placed, with the time that it took. */
  WorkingCache.Piece piece(Episode episode) {
    long began = System.nanoTime();
    FoundSpan found = found(episode);
    var piece = new Recalled.Piece(episode, found.from(), System.nanoTime() - began);
    return new WorkingCache.Piece(piece, found.span(), found.bytesMoved());
  }

  private FoundSpan found(Episode episode) {
    return episodes.find(episode, () -> tellOf(episode));
  }

  private void tellOf(Episode episode) {
    int tokens = episodes.tokensToRead(episode);
    all = Math.max(all, read + tokens); // of what seemed to be stored some may be damaged
    progress.reached(read, all);
    read += tokens;
  }
}
