package io.madeleine.conversation.episodic;

import io.madeleine.conversation.episodic.view.TopicView;
import io.madeleine.conversation.episodic.view.TopicViews;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.model.Transformer;
import io.madeleine.memory.episode.Episode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Keeps views of topics up with their episodes. */
final class Viewing {

  private final Transformer model;
  private final ClosedEpisodes episodes;
  private final KvCache prefix;
  private final int room;

  /**
   * @param prefix stays the caller's, as does all else
   * @param room tokens that each head keeps for a view on average, at most
   */
  Viewing(Transformer model, ClosedEpisodes episodes, KvCache prefix, int room) {
    this.model = model;
    this.episodes = episodes;
    this.prefix = prefix;
    this.room = room;
  }

  /** What {@link EpisodicCache#grown} says. */
  TopicView grown(
      TopicView known, List<Episode> members, Supplier<int[]> prompt, Progress progress) {
    TopicView from = members.containsAll(known.seen()) ? known : TopicView.EMPTY;
    List<Episode> added = new ArrayList<>(members);
    added.removeAll(from.seen());
    if (added.isEmpty()) {
      return from;
    }
    List<Episode> looked = new ArrayList<>(added);
    from.parts().forEach(part -> looked.add(part.episode()));
    var views = new TopicViews(model, new Fetching(episodes, looked, progress)::span);
    return views.grown(prefix, from, added, prompt.get(), room);
  }
}
