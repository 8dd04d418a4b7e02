package io.madeleine.memory.segmentation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Cuts a dialogue into episodes as it goes on. Every signal is optional: with speakers and words
 * alone it works, vectors and timestamps make it better. A decision about a turn uses nothing after
 * that turn and the stated look-ahead, and is never taken back.
 *
 * <p>A session mark and a long pause end a sitting. Within a sitting three small logistic judges
 * read the signals of a {@link FeatureStream}; which of them counts is learnt from the stream
 * itself, from how both sides talk and from how deep its turns have been so far. See {@link
 * BoundaryModel}.
 *
 * <p>Memory does not grow with the dialogue. One thread at a time.
 */
public final class StreamSegmenter {

  /** A stream forgets how deep its deepest turn was, so much log-odds per turn. */
  private static final double FORGETTING = .02;

  private static final double NO_JOIN_YET = -9;

  private final SegmentationSettings settings;
  private final BoundaryModel model;
  private final FeatureStream stream;
  private final Deque<ReadTurn> waiting = new ArrayDeque<>();
  private final SurprisalSignal surprisal;
  private final SurprisalSignal contextGain;

  private double strongestJoin = NO_JOIN_YET;
  private Optional<Instant> lastSpoken = Optional.empty();
  private int decided;
  private int episodeTurns;
  private long episodeTokens;

  /** A segmenter with the coefficients that come with it. */
  public StreamSegmenter(SegmentationSettings settings) {
    this(settings, BoundaryModel.bundled());
  }

  /** A segmenter with coefficients of the caller's own. */
  public StreamSegmenter(SegmentationSettings settings, BoundaryModel model) {
    this.settings = settings;
    this.model = model;
    stream = new FeatureStream(settings.likeness());
    surprisal = new SurprisalSignal(settings.surprisalGamma(), settings.surprisalWindow(), 1);
    contextGain = new SurprisalSignal(settings.surprisalGamma(), settings.surprisalWindow(), -1);
  }

  /**
   * Takes the next turn.
   *
   * @return the boundary that this settles: before this very turn without look-ahead, before an
   *     earlier one with it
   */
  public Optional<Boundary> add(Utterance turn) {
    waiting.addLast(new ReadTurn(turn));
    return waiting.size() > settings.lookAhead() ? decide() : Optional.empty();
  }

  /** {@return the boundaries among the turns that still waited for the ones after them} */
  public List<Boundary> finish() {
    List<Boundary> last = new ArrayList<>();
    while (!waiting.isEmpty()) {
      decide().ifPresent(last::add);
    }
    return List.copyOf(last);
  }

  /** {@return the boundaries of a whole dialogue, each decided with the settings' look-ahead} */
  public static List<Boundary> segment(List<Utterance> dialogue, SegmentationSettings settings) {
    var segmenter = new StreamSegmenter(settings);
    List<Boundary> boundaries = new ArrayList<>();
    for (Utterance turn : dialogue) {
      segmenter.add(turn).ifPresent(boundaries::add);
    }
    boundaries.addAll(segmenter.finish());
    return List.copyOf(boundaries);
  }

  private Optional<Boundary> decide() {
    ReadTurn turn = waiting.removeFirst();
    Optional<Boundary> boundary = decided == 0 ? first(turn) : boundary(turn);
    Utterance said = turn.said;
    if (boundary.isPresent() || decided == 0) {
      episodeTurns = 0;
      episodeTokens = 0;
    }
    episodeTurns++;
    episodeTokens += tokens(said);
    decided++;
    lastSpoken = said.at().or(() -> lastSpoken);
    return boundary;
  }

  private Optional<Boundary> first(ReadTurn turn) {
    stream.begin(turn);
    surprisal.add(turn.said.surprisal());
    contextGain.add(turn.said.contextGain());
    return Optional.empty();
  }

  private Optional<Boundary> boundary(ReadTurn turn) {
    double[] row = stream.next(turn, List.copyOf(waiting));
    Verdict verdict = Verdict.of(model, waiting.size(), row, stream.style(), strongestJoin);
    strongestJoin = Math.max(strongestJoin - FORGETTING, verdict.join());
    Map<Signal, Double> reasons = verdict.reasons();
    double surprise = surprisal.add(turn.said.surprisal());
    double lostContext = contextGain.add(turn.said.contextGain());
    reasons.put(Signal.SURPRISAL, surprise);
    reasons.put(Signal.CONTEXT_GAIN, lostContext);
    double margin = verdict.margin() + surprise + lostContext;
    Optional<Boundary> boundary = forced(turn.said).or(() -> guessed(turn.said, margin, reasons));
    stream.decided(turn, boundary.isPresent());
    return boundary;
  }

  /** What is no guess: marks, pauses, and the greatest length. */
  private Optional<Boundary> forced(Utterance said) {
    if (said.continues()) {
      return Optional.empty();
    }
    if (said.opensSession()) {
      return Optional.of(certain(Boundary.Level.SITTING, Signal.SESSION_MARK));
    }
    if (silence(said).compareTo(settings.pause()) >= 0) {
      return Optional.of(certain(Boundary.Level.SITTING, Signal.PAUSE));
    }
    if (episodeTokens + tokens(said) > settings.maximumTokens()) {
      return Optional.of(certain(Boundary.Level.TOPIC, Signal.LENGTH));
    }
    return Optional.empty();
  }

  private Boundary certain(Boundary.Level level, Signal signal) {
    return new Boundary(decided, level, 1, Map.of(signal, Double.POSITIVE_INFINITY));
  }

  private Optional<Boundary> guessed(Utterance said, double margin, Map<Signal, Double> reasons) {
    if (said.continues() || margin <= 0 || episodeTurns < settings.minimumTurns()) {
      return Optional.empty();
    }
    return Optional.of(
        new Boundary(decided, Boundary.Level.TOPIC, Verdict.probability(margin), reasons));
  }

  /** A clock that runs backwards is no pause. */
  private Duration silence(Utterance said) {
    return said.at()
        .flatMap(now -> lastSpoken.map(then -> Duration.between(then, now)))
        .orElse(Duration.ZERO);
  }

  private static int tokens(Utterance said) {
    return said.tokens() > 0 ? said.tokens() : said.text().split("\\s+").length;
  }

  /**
   * What a model's numbers about a turn add to the odds of a boundary: surprise above {@code μ +
   * γσ} of the last turns, or a gain from context below {@code μ − γσ}, each deviation beyond γ
   * half a point of log-odds, at most one. Speaks only once eight turns are known, and never
   * against a boundary.
   */
  private static final class SurprisalSignal {

    private static final int LEAST_EVIDENCE = 8;
    private static final double PER_DEVIATION = .5;
    private static final double MOST = 1;

    private final double gamma;
    private final int window;
    private final int sign;
    private final Deque<Double> last = new ArrayDeque<>();

    /**
     * @param sign 1 where a high value speaks for a boundary, -1 where a low one does
     */
    SurprisalSignal(double gamma, int window, int sign) {
      this.gamma = gamma;
      this.window = window;
      this.sign = sign;
    }

    /** {@return the log-odds that {@code value} adds; the value then joins the window} */
    double add(OptionalDouble value) {
      if (value.isEmpty()) {
        return 0;
      }
      double added = judge(value.getAsDouble());
      last.addLast(value.getAsDouble());
      if (last.size() > window) {
        last.removeFirst();
      }
      return added;
    }

    private double judge(double value) {
      if (last.size() < Math.min(window, LEAST_EVIDENCE)) {
        return 0;
      }
      double mean = last.stream().mapToDouble(Double::doubleValue).sum() / last.size();
      double squares = last.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
      double deviation = Math.sqrt(squares / (last.size() - 1));
      if (deviation <= 0) {
        return 0;
      }
      double beyond = sign * (value - mean) / deviation - gamma;
      return Math.clamp(PER_DEVIATION * beyond, 0, MOST);
    }
  }
}
