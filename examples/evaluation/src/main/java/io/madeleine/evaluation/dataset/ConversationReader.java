package io.madeleine.evaluation.dataset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.madeleine.evaluation.dataset.AnnotatedConversation.Question;
import io.madeleine.evaluation.dataset.AnnotatedConversation.Turn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Reads a JSON array of conversations. */
public final class ConversationReader {

  private static final String FORM =
      "[{id, sessions: [{id, date, turns: [{id, speaker, text, image_caption?}]}],"
          + " questions: [{id, text, answer, category, evidence: [id of a turn]}]}]";

  private static final List<Function<String, Instant>> DATES =
      List.of(
          text -> local(text, "h:mm a 'on' d MMMM, yyyy"),
          text -> local(text, "h:mm a 'on' d MMMM yyyy"),
          text -> local(text, "yyyy/MM/dd HH:mm"),
          text -> local(text, "yyyy/MM/dd (EEE) HH:mm"),
          text -> local(text, "dd.MM.yyyy, HH:mm:ss"),
          text -> local(text, "dd.MM.yyyy, HH:mm"),
          text -> local(text, "yyyy-MM-dd HH:mm:ss"),
          text -> local(text, "yyyy-MM-dd HH:mm"),
          text -> LocalDateTime.parse(text).toInstant(ZoneOffset.UTC),
          text -> OffsetDateTime.parse(text).toInstant(),
          text -> day(text, "yyyy-MM-dd"),
          text -> day(text, "d MMMM, yyyy"),
          text -> day(text, "d MMMM yyyy"),
          text -> day(text, "MMMM d, yyyy"),
          text -> day(text, "dd.MM.yyyy"));

  private ConversationReader() {}

  /**
   * {@return the conversations of {@code file}}
   *
   * @throws IllegalArgumentException if it is not there, is no such file, or holds a conversation
   *     without turns, as the form in which a set is published mostly does
   */
  public static List<AnnotatedConversation> read(Path file) {
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException("there is no data file %s to read".formatted(file));
    }
    try {
      JsonNode root = new ObjectMapper().readTree(file.toFile());
      if (!root.isArray() || root.isEmpty()) {
        throw unexpected(file, "is no JSON array with a conversation in it");
      }
      List<AnnotatedConversation> conversations = new ArrayList<>();
      for (JsonNode node : root) {
        AnnotatedConversation conversation = conversation(node);
        if (conversation.turns().isEmpty()) {
          String which = "has no turns in conversation %d, '%s'";
          throw unexpected(file, which.formatted(conversations.size(), conversation.id()));
        }
        conversations.add(conversation);
      }
      return conversations;
    } catch (IOException e) {
      throw new IllegalArgumentException("%s is no JSON array of conversations".formatted(file), e);
    }
  }

  private static IllegalArgumentException unexpected(Path file, String what) {
    return new IllegalArgumentException(
        ("%s %s. Expected is %s; docs/measurements/data.md says how to bring a published set into"
                + " that form")
            .formatted(file, what, FORM));
  }

  private static AnnotatedConversation conversation(JsonNode node) {
    List<Turn> turns = new ArrayList<>();
    Map<String, Integer> places = new HashMap<>();
    int number = 0;
    Instant last = Instant.EPOCH;
    for (JsonNode session : node.path("sessions")) {
      Instant start = date(session.path("date").asText()).orElse(last.plusSeconds(86_400));
      int second = 0;
      for (JsonNode turn : session.path("turns")) {
        String caption = turn.path("image_caption").asText("");
        String text = turn.path("speaker").asText() + ": " + turn.path("text").asText();
        last = date(turn.path("date").asText()).orElse(start.plusSeconds(second));
        second++;
        places.put(turn.path("id").asText(), turns.size());
        turns.add(
            new Turn(
                turn.path("id").asText(),
                number,
                last,
                turn.path("speaker").asText(),
                turn.hasNonNull("image_caption") ? text + " [image: " + caption + "]" : text));
      }
      number++;
    }
    return new AnnotatedConversation(node.path("id").asText(), turns, questions(node, places));
  }

  private static List<Question> questions(JsonNode node, Map<String, Integer> places) {
    List<Question> questions = new ArrayList<>();
    for (JsonNode question : node.path("questions")) {
      List<Integer> evidence = new ArrayList<>();
      for (JsonNode id : question.path("evidence")) {
        Integer place = places.get(id.asText());
        if (place != null && !evidence.contains(place)) {
          evidence.add(place);
        }
      }
      if (!evidence.isEmpty()) {
        questions.add(
            new Question(
                question.path("text").asText(),
                question.path("answer").asText(),
                question.path("category").asText("all"),
                evidence));
      }
    }
    return questions;
  }

  /** {@return the instant that a date text of any known shape means} */
  static Optional<Instant> date(String text) {
    for (Function<String, Instant> shape : DATES) {
      try {
        return Optional.of(shape.apply(text.strip()));
      } catch (DateTimeParseException e) {
        // The next shape may fit.
      }
    }
    return Optional.empty();
  }

  private static Instant local(String text, String pattern) {
    return LocalDateTime.parse(text, formatter(pattern)).toInstant(ZoneOffset.UTC);
  }

  private static Instant day(String text, String pattern) {
    return LocalDate.parse(text, formatter(pattern)).atStartOfDay().toInstant(ZoneOffset.UTC);
  }

  private static DateTimeFormatter formatter(String pattern) {
    return new DateTimeFormatterBuilder()
        .parseCaseInsensitive()
        .appendPattern(pattern)
        .toFormatter(Locale.ENGLISH);
  }
}
