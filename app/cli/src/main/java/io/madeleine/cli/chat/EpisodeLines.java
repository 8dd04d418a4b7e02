package io.madeleine.cli.chat;

import io.madeleine.conversation.mind.EpisodicConversation;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.mind.Mind;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.tier.Tier;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Episodes of a conversation, a line each: when, how long, where it is now, and how it begins. */
final class EpisodeLines {

  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneId.systemDefault());

  private static final int WORDS = 60;

  private final EpisodicConversations conversations;
  private final EpisodicConversation conversation;

  EpisodeLines(EpisodicConversations conversations, EpisodicConversation conversation) {
    this.conversations = conversations;
    this.conversation = conversation;
  }

  /** {@return all of them, oldest first, and last what may still grow} */
  List<String> all() {
    Mind mind = conversation.mind();
    List<LoggedTurn> turns = conversation.history();
    var lines = new ArrayList<String>();
    int told = mind.prefixTokens();
    for (Episode episode : mind.episodes()) {
      Tier tier = conversations.tierOf(conversation.key().tenant(), episode);
      lines.add(line(turns, episode.firstTurn(), episode.span(), place(tier)));
      told = episode.span().end();
    }
    int end = mind.prefixTokens() + mind.tokens();
    if (told < end) {
      int turn = turnAt(mind, told - mind.prefixTokens());
      lines.add(line(turns, turn, new TokenSpan(told, end), "open"));
    }
    return lines;
  }

  private static int turnAt(Mind mind, int token) {
    int turn = 0;
    while (turn + 1 < mind.turns() && mind.startOfTurn(turn + 1) <= token) {
      turn++;
    }
    return turn;
  }

  /** {@return the line of one that came back, and whence} */
  String line(Episode episode, Tier from) {
    return line(conversation.history(), episode.firstTurn(), episode.span(), place(from));
  }

  private String line(List<LoggedTurn> turns, int turn, TokenSpan span, String place) {
    return "%s  %4d %-6s  %-10s  %s"
        .formatted(
            turn < turns.size() ? MINUTE.format(turns.get(turn).at()) : " ".repeat(16),
            span.length(),
            span.length() == 1 ? "token" : "tokens",
            place,
            beginning(conversation.words(span).strip()));
  }

  private static String place(Tier tier) {
    return switch (tier) {
      case HOT, WARM -> "in memory";
      case COLD -> "on disk";
      case REBUILT -> "to be read";
    };
  }

  /** {@return the first characters, on one line and without orders to a terminal} */
  static String beginning(String words) {
    int[] characters = words.codePoints().map(c -> Character.isISOControl(c) ? ' ' : c).toArray();
    return characters.length <= WORDS
        ? new String(characters, 0, characters.length)
        : new String(characters, 0, WORDS - 3) + "…";
  }
}
