package io.madeleine.memory.segmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.memory.segmentation.Boundary.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class StreamSegmenterTest {

  private static final Instant NOON = Instant.parse("2026-05-04T12:00:00Z");
  private static final SegmentationSettings DEFAULT = SegmentationSettings.DEFAULT;

  /** Two sittings' worth of small talk about one thing; nothing in it turns. */
  private static List<Utterance> oneSubject() {
    return List.of(
        Utterance.of("user", "my sourdough bread never rises"),
        Utterance.of("agent", "how warm is the kitchen where the bread rises?"),
        Utterance.of("user", "it is about 17 degrees"),
        Utterance.of("agent", "that is cold for sourdough, so the bread needs longer"));
  }

  @Test
  void segment_fiveHoursOfSilence_endsTheSittingAndSaysSo() {
    List<Utterance> turns = new ArrayList<>();
    for (Utterance turn : oneSubject()) {
      turns.add(turn.at(NOON.plus(Duration.ofMinutes(turns.size()))));
    }
    turns.add(Utterance.of("user", "it is rising now").at(NOON.plus(Duration.ofHours(5))));

    var boundaries = StreamSegmenter.segment(turns, DEFAULT);

    assertThat(boundaries).extracting(Boundary::turn).containsExactly(4);
    assertThat(boundaries.getFirst().level()).isEqualTo(Level.SITTING);
    assertThat(boundaries.getFirst().mainReason()).isEqualTo(Signal.PAUSE);
  }

  @Test
  void segment_clockRunsBackwards_isNoPause() {
    var turns =
        List.of(
            oneSubject().get(0).at(NOON), oneSubject().get(1).at(NOON.minus(Duration.ofDays(2))));

    assertThat(StreamSegmenter.segment(turns, DEFAULT)).isEmpty();
  }

  @Test
  void segment_sessionMark_opensWhateverIsSaid() {
    var turns = List.of(oneSubject().get(0), oneSubject().get(1).openingSession());

    var boundaries = StreamSegmenter.segment(turns, DEFAULT);

    assertThat(boundaries).extracting(Boundary::mainReason).containsExactly(Signal.SESSION_MARK);
  }

  @Test
  void segment_toolResultAfterAPause_staysWithItsCall() {
    var turns =
        List.of(
            Utterance.of("user", "start the long job").at(NOON),
            Utterance.of("assistant", "calling the tool").continuing().at(NOON),
            Utterance.of("tool", "done").continuing().at(NOON.plus(Duration.ofDays(1))));

    assertThat(StreamSegmenter.segment(turns, DEFAULT.withLengths(1, 1))).isEmpty();
  }

  @Test
  void segment_nothingTurns_cutsAtTheGreatestLength() {
    var turns = oneSubject().stream().map(turn -> turn.withTokens(40)).toList();

    var boundaries = StreamSegmenter.segment(turns, DEFAULT.withLengths(1, 100));

    assertThat(boundaries).extracting(Boundary::turn).containsExactly(2);
    assertThat(boundaries.getFirst().mainReason()).isEqualTo(Signal.LENGTH);
  }

  @Test
  void segment_anotherErrandBegins_cutsWithinTheSitting() {
    var boundaries = StreamSegmenter.segment(twoErrands(), DEFAULT);

    assertThat(boundaries).extracting(Boundary::turn).containsExactly(6);
    assertThat(boundaries.getFirst().level()).isEqualTo(Level.TOPIC);
    assertThat(boundaries.getFirst().probability()).isBetween(.5, 1.);
    assertThat(boundaries.getFirst().reasons()).containsKeys(Signal.WORDS, Signal.PHRASE);
  }

  private static List<Utterance> twoErrands() {
    return List.of(
        Utterance.of("user", "I need a table for two at an Italian restaurant tonight."),
        Utterance.of(
            "agent", "There is Luigi's in the centre. What time would you like the table?"),
        Utterance.of("user", "At eight, please."),
        Utterance.of("agent", "Your table for two at Luigi's restaurant is booked for eight."),
        Utterance.of("user", "Thank you, goodbye."),
        Utterance.of("agent", "You're welcome, goodbye!"),
        Utterance.of(
            "user", "Hello, I am looking for a train from Leeds to York on Monday morning."),
        Utterance.of(
            "agent", "There are six trains on Monday morning. When do you want to leave Leeds?"),
        Utterance.of("user", "Around nine."));
  }

  @Test
  void segment_minimumNotReached_waitsWithAChangeOfSubject() {
    assertThat(StreamSegmenter.segment(twoErrands(), DEFAULT.withLengths(7, 8_192))).isEmpty();
  }

  @Test
  void add_surprisedModel_raisesTheProbability() {
    List<Utterance> calm = new ArrayList<>();
    List<Utterance> surprised = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      var turn = Utterance.of(i % 2 == 0 ? "user" : "agent", "the harbour and the boats " + i);
      calm.add(turn.withSurprisal(2 + .1 * (i % 3)));
      surprised.add(turn.withSurprisal(2 + .1 * (i % 3)));
    }
    var errand = Utterance.of("user", "Hello, could you find me a dentist near the station?");
    calm.add(errand.withSurprisal(2));
    surprised.add(errand.withSurprisal(6));

    var with = StreamSegmenter.segment(surprised, DEFAULT).getLast();
    var without = StreamSegmenter.segment(calm, DEFAULT).getLast();

    assertThat(with.turn()).isEqualTo(12);
    assertThat(with.probability()).isGreaterThan(without.probability());
    assertThat(with.reasons()).containsEntry(Signal.SURPRISAL, 1.0);
  }

  /**
   * What is decided with {@code lookAhead} turns in sight is not changed by any turn after them.
   */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#few")
  void decisions_areNeverChangedByLaterTurns(long seed) {
    var random = new SplittableRandom(seed);
    List<Utterance> turns = babble(random, 40);
    int seen = random.nextInt(4, 40);
    for (int lookAhead = 0; lookAhead <= 2; lookAhead++) {
      var settings = DEFAULT.withLookAhead(lookAhead);
      var segmenter = new StreamSegmenter(settings);
      List<Boundary> early = new ArrayList<>();
      for (Utterance turn : turns.subList(0, seen)) {
        segmenter.add(turn).ifPresent(early::add);
      }
      int settled = seen - lookAhead;

      assertThat(early)
          .isEqualTo(
              StreamSegmenter.segment(turns, settings).stream()
                  .filter(boundary -> boundary.turn() < settled)
                  .toList());
    }
  }

  private static List<Utterance> babble(SplittableRandom random, int count) {
    String[] words = {
      "hello", "boat", "train", "bread", "what", "thanks", "also", "it", "harbour?"
    };
    List<Utterance> turns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      var text = new StringBuilder();
      for (int w = random.nextInt(9); w >= 0; w--) {
        text.append(words[random.nextInt(words.length)]).append(' ');
      }
      float[] vector = {random.nextFloat(), random.nextFloat(), random.nextFloat() - .5f};
      turns.add(
          Utterance.of(random.nextBoolean() ? "user" : "agent", text.toString())
              .withVector(vector));
    }
    return turns;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void finish_lookAheadStillOpen_decidesTheRest(int lookAhead) {
    var segmenter = new StreamSegmenter(DEFAULT.withLookAhead(lookAhead));
    segmenter.add(Utterance.of("user", "hello"));
    segmenter.add(Utterance.of("user", "again").openingSession());

    assertThat(segmenter.finish()).hasSize(lookAhead == 0 ? 0 : 1);
    assertThat(segmenter.finish()).isEmpty();
  }

  @Test
  void segment_emptyAndOddTurns_areTurnsLikeAnyOther() {
    var turns =
        List.of(
            Utterance.of("", ""),
            Utterance.of("user", "   "),
            Utterance.of("user", "\uD83E\uDD50 पैन कहाँ है？ 泡茶"),
            Utterance.of("agent", "x ".repeat(50_000)).withVector(new float[3]));

    assertThat(StreamSegmenter.segment(turns, DEFAULT))
        .extracting(Boundary::turn)
        .doesNotContain(0);
  }

  @Test
  void settings_lookAheadBeyondTheModel_isRefused() {
    assertThatThrownBy(() -> DEFAULT.withLookAhead(3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("between 0 and 2 turns");
  }
}
