package io.madeleine.conversation.exchange;

import io.madeleine.engine.json.Json;
import io.madeleine.engine.json.JsonException;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LoggedMessage;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Conversations as research sets publish them: a JSON array of {@code {id, sessions: [{id, date,
 * turns: [{id, speaker, text}]}]}}. Whoever speaks first counts as the user; a turn of ours begins
 * whenever the first speaker speaks after somebody else. Questions are not imported.
 */
final class DialogueFile {

  private static final DateTimeFormatter PUBLISHED =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern("h:mm a 'on' d MMMM, yyyy")
          .toFormatter(Locale.ENGLISH);

  private DialogueFile() {}

  /**
   * {@return the turns of a file}
   *
   * @param text JSON
   * @param now for sessions whose date cannot be read; the date stays as an attribute
   * @throws IllegalArgumentException if it is not such a file
   */
  static List<SpokenTurn> read(String text, Instant now) {
    if (!(parse(text) instanceof Json.Array array)) {
      throw new IllegalArgumentException("a file of conversations is a JSON array");
    }
    var turns = new ArrayList<SpokenTurn>();
    int index = 0;
    for (Json item : array.items()) {
      if (!(item instanceof Json.Object object)) {
        throw new IllegalArgumentException(
            "a conversation is a JSON object with 'id' and 'sessions'");
      }
      turns.addAll(conversation(new Fields(object, "[%d]".formatted(index)), now));
      index++;
    }
    return turns;
  }

  private static Json parse(String text) {
    try {
      return Json.parse(text);
    } catch (JsonException e) {
      throw new IllegalArgumentException(
          "the file of conversations is no JSON: " + e.getMessage(), e);
    }
  }

  private static List<SpokenTurn> conversation(Fields conversation, Instant now) {
    String id =
        conversation
            .text("id")
            .orElseThrow(() -> new IllegalArgumentException("a conversation needs an 'id'"));
    var turns = new ArrayList<SpokenTurn>();
    Optional<String> first = Optional.empty();
    for (Fields session : conversation.objects("sessions")) {
      var said = session.objects("turns");
      if (first.isEmpty() && !said.isEmpty()) {
        first = said.getFirst().text("speaker");
      }
      turns.addAll(session(id, session, said, first.orElse(""), now));
    }
    return turns;
  }

  private static List<SpokenTurn> session(
      String conversation, Fields session, List<Fields> said, String user, Instant now) {
    var attributes = new LinkedHashMap<String, String>();
    session.text("id").ifPresent(id -> attributes.put("session", id));
    session.text("date").ifPresent(date -> attributes.put("date", date));
    Instant at = session.text("date").flatMap(DialogueFile::instant).orElse(now);
    var turns = new ArrayList<SpokenTurn>();
    var open = new ArrayList<LoggedMessage>();
    for (Fields line : said) {
      boolean users = line.text("speaker").orElse("").equals(user);
      boolean answered = !open.isEmpty() && open.getLast().body() instanceof ChatMessage.Assistant;
      if (users && answered) {
        turns.add(new SpokenTurn(conversation, open, attributes, 0));
        open.clear();
      }
      open.add(message(line, users, at));
    }
    if (!open.isEmpty()) {
      turns.add(new SpokenTurn(conversation, open, attributes, 0));
    }
    return turns;
  }

  private static LoggedMessage message(Fields line, boolean users, Instant at) {
    String text = line.text("text").orElse("");
    Map<String, String> attributes =
        line.text("image_caption")
            .map(caption -> Map.of("image_caption", caption))
            .orElse(Map.of());
    return new LoggedMessage(
        line.text("id").orElse(""),
        at,
        line.text("speaker").orElse(""),
        users ? new ChatMessage.User(text) : new ChatMessage.Assistant(text),
        attributes);
  }

  private static Optional<Instant> instant(String date) {
    try {
      return Optional.of(LocalDateTime.parse(date, PUBLISHED).toInstant(ZoneOffset.UTC));
    } catch (DateTimeException e) {
      return iso(date);
    }
  }

  private static Optional<Instant> iso(String date) {
    try {
      return Optional.of(Instant.parse(date));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
