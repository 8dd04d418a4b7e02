package io.madeleine.server.memory;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.server.memory.Views.TopicView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Groups episodes that share their telling words, for the map. A word tells the more, the fewer
 * episodes have it; an episode joins the group of the earlier one that it shares the most with, if
 * that is enough.
 */
final class EpisodeTopics {

  private static final double ENOUGH = 0.3;
  private static final int LABEL = 3;
  private static final Set<String> PLAIN =
      Set.of(
          "the", "and", "that", "this", "with", "have", "has", "for", "are", "was", "you", "your",
          "what", "where", "when", "who", "does", "not", "but", "they", "she", "her", "his", "him",
          "noted", "okay", "got", "see", "from", "there", "which", "will", "would", "can",
          "called");

  private final Map<String, TopicView> topics = new HashMap<>();

  EpisodeTopics(List<Episode> episodes, List<LoggedTurn> turns) {
    var words = new LinkedHashMap<Episode, Set<String>>();
    for (Episode episode : episodes) {
      words.put(episode, wordsOf(episode, turns));
    }
    Map<String, Integer> spread = new HashMap<>();
    words.values().forEach(each -> each.forEach(word -> spread.merge(word, 1, Integer::sum)));
    var groups = new ArrayList<Set<String>>();
    var members = new LinkedHashMap<Episode, Integer>();
    for (var entry : words.entrySet()) {
      int group = nearest(groups, entry.getValue(), spread, episodes.size());
      if (group == groups.size()) {
        groups.add(new TreeSet<>());
      }
      groups.get(group).addAll(entry.getValue());
      members.put(entry.getKey(), group);
    }
    members.forEach(
        (episode, group) ->
            topics.put(
                episode.id(), new TopicView(group, label(groups.get(group), spread, group))));
  }

  TopicView of(Episode episode) {
    return topics.getOrDefault(episode.id(), new TopicView(0, "episode"));
  }

  private static int nearest(
      List<Set<String>> groups, Set<String> words, Map<String, Integer> spread, int episodes) {
    int best = groups.size();
    double most = ENOUGH;
    for (int group = 0; group < groups.size(); group++) {
      double shared = 0;
      double all = 1e-9;
      for (String word : words) {
        double weight = Math.log(1 + (double) episodes / spread.getOrDefault(word, 1));
        all += weight;
        shared += groups.get(group).contains(word) ? weight : 0;
      }
      if (shared / all > most) {
        most = shared / all;
        best = group;
      }
    }
    return best;
  }

  private static String label(Set<String> words, Map<String, Integer> spread, int group) {
    List<String> telling =
        words.stream()
            .sorted(
                Comparator.comparingInt((String word) -> -spread.getOrDefault(word, 0))
                    .thenComparing(Comparator.comparingInt(String::length).reversed()))
            .limit(LABEL)
            .toList();
    return telling.isEmpty() ? "topic " + (group + 1) : String.join(", ", telling);
  }

  private static Set<String> wordsOf(Episode episode, List<LoggedTurn> turns) {
    var words = new TreeSet<String>();
    for (LoggedTurn turn : turns) {
      if (episode.touches(turn.index())) {
        for (String word : said(turn).toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+")) {
          if (word.length() > 2 && !PLAIN.contains(word)) {
            words.add(word);
          }
        }
      }
    }
    return words;
  }

  /** What the person said; answers repeat themselves, and would make all episodes alike. */
  private static String said(LoggedTurn turn) {
    return turn.messages().stream()
        .filter(message -> message.body() instanceof ChatMessage.User)
        .map(message -> message.body().text())
        .collect(Collectors.joining(" "));
  }
}
