package io.madeleine.evaluation.segmentation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.madeleine.memory.segmentation.Utterance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A file of dialogues with boundaries: either {@code [{id, turns:[{speaker,text}],
 * boundaries:[i]}]}, or conversations {@code [{id, sessions:[{date, turns:[…]}]}]} whose session
 * starts are the boundaries.
 *
 * @param dialogues in the order of the file
 * @param sessions whether the boundaries are session starts
 */
record SegmentationData(List<SegmentedDialogue> dialogues, boolean sessions) {

  private static final String FORM =
      "[{id, turns: [{speaker, text}], boundaries: [i]}], or [{id, sessions: [{date, turns: […]}]}]";

  private static final List<String> TIME_FIELDS = List.of("timestamp", "time", "date", "at");

  private static final DateTimeFormatter SPOKEN_DATE =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern("h:mm a 'on' d MMMM, uuuu")
          .toFormatter(Locale.ENGLISH);

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException if it is missing or of another form
   */
  static SegmentationData read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "no file at %s: give the path of a set with --data".formatted(file));
    }
    JsonNode root = new ObjectMapper().readTree(file.toFile());
    if (!root.isArray() || root.isEmpty()) {
      throw new IllegalArgumentException(file + " is not a JSON array of dialogues");
    }
    boolean sessions = root.get(0).has("sessions");
    List<SegmentedDialogue> dialogues = new ArrayList<>();
    for (JsonNode node : root) {
      SegmentedDialogue dialogue = sessions ? ofSessions(node) : ofTurns(node);
      if (dialogue.turns().isEmpty()) {
        throw new IllegalArgumentException(
            "%s has no turns in dialogue %d, '%s'. Expected is %s; docs/measurements/data.md says more"
                .formatted(file, dialogues.size(), dialogue.id(), FORM));
      }
      dialogues.add(dialogue);
    }
    return new SegmentationData(List.copyOf(dialogues), sessions);
  }

  private static SegmentedDialogue ofTurns(JsonNode dialogue) {
    List<Utterance> turns = new ArrayList<>();
    for (JsonNode turn : dialogue.path("turns")) {
      turns.add(utterance(turn, Optional.empty()));
    }
    Set<Integer> boundaries = new HashSet<>();
    dialogue.path("boundaries").forEach(boundary -> boundaries.add(boundary.asInt()));
    return new SegmentedDialogue(dialogue.path("id").asText(), turns, boundaries);
  }

  private static SegmentedDialogue ofSessions(JsonNode conversation) {
    List<Utterance> turns = new ArrayList<>();
    Set<Integer> boundaries = new HashSet<>();
    for (JsonNode session : conversation.path("sessions")) {
      if (!turns.isEmpty() && !session.path("turns").isEmpty()) {
        boundaries.add(turns.size());
      }
      Optional<Instant> date = instant(session.path("date").asText());
      for (JsonNode turn : session.path("turns")) {
        turns.add(utterance(turn, date));
      }
    }
    return new SegmentedDialogue(conversation.path("id").asText(), turns, boundaries);
  }

  private static Utterance utterance(JsonNode turn, Optional<Instant> sessionDate) {
    var said = Utterance.of(turn.path("speaker").asText(), turn.path("text").asText());
    Optional<Instant> at =
        TIME_FIELDS.stream()
            .map(field -> instant(turn.path(field).asText()))
            .flatMap(Optional::stream)
            .findFirst()
            .or(() -> sessionDate);
    return at.map(said::at).orElse(said);
  }

  /** {@return the time that a text names, in UTC where it names no zone} */
  static Optional<Instant> instant(String text) {
    if (text.isBlank()) {
      return Optional.empty();
    }
    return parsed(() -> LocalDateTime.parse(text, SPOKEN_DATE).toInstant(ZoneOffset.UTC))
        .or(() -> parsed(() -> Instant.parse(text)))
        .or(() -> parsed(() -> OffsetDateTime.parse(text).toInstant()))
        .or(() -> parsed(() -> LocalDateTime.parse(text).toInstant(ZoneOffset.UTC)));
  }

  private static Optional<Instant> parsed(Supplier<Instant> parser) {
    try {
      return Optional.of(parser.get());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
