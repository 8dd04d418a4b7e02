package io.madeleine.memory.segmentation;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A few hundred coefficients that turn a row of a {@link FeatureStream} into log-odds. Three
 * logistic judges per look-ahead: is this a new dialogue altogether ({@code JOIN}), a new question
 * to an assistant ({@code ASSISTANT}), a new subject of a chat ({@code CHAT})? A fourth line,
 * {@code STYLE}, tells from how both sides talk which of the last two to believe.
 *
 * <p>Written as text, one line per judge and number: {@code judge name usual weight}, where a
 * number that is not known counts as usual and adds nothing. Immutable.
 */
public final class BoundaryModel {

  /** Turns that the judges may look ahead. */
  public static final int MOST_LOOK_AHEAD = 2;

  private static final String BUNDLED = "boundary-model.txt";
  private static final String BIAS = "bias";

  private final Map<String, Judge> judges;

  private BoundaryModel(Map<String, Judge> judges) {
    this.judges = judges;
  }

  /** One linear judge: {@code bias + Σ weight × (value − usual)}. */
  static final class Judge {
    private final double bias;
    private final double[] usual;
    private final double[] weight;

    Judge(double bias, double[] usual, double[] weight) {
      this.bias = bias;
      this.usual = usual;
      this.weight = weight;
    }

    double logOdds(double[] row) {
      double sum = bias;
      for (int i = 0; i < row.length; i++) {
        sum += part(row, i);
      }
      return sum;
    }

    /** {@return what number {@code i} of the row adds} */
    double part(double[] row, int i) {
      return Double.isNaN(row[i]) ? 0 : weight[i] * (row[i] - usual[i]);
    }
  }

  /** {@return the coefficients that come with this package} */
  public static BoundaryModel bundled() {
    try (var stream =
        Objects.requireNonNull(
            BoundaryModel.class.getResourceAsStream(BUNDLED), "missing from the jar: " + BUNDLED)) {
      return read(new InputStreamReader(stream, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads coefficients.
   *
   * @throws IllegalArgumentException if a line is malformed, or a judge or number is missing
   */
  public static BoundaryModel read(Reader reader) throws IOException {
    Map<String, Map<String, double[]>> lines = new HashMap<>();
    var buffered = new BufferedReader(reader);
    for (String line = buffered.readLine(); line != null; line = buffered.readLine()) {
      if (!line.isBlank() && !line.startsWith("#")) {
        String[] parts = line.strip().split("\\s+");
        if (parts.length != 4) {
          throw new IllegalArgumentException(
              "a line is 'judge name usual weight', but one is '%s'".formatted(line));
        }
        lines
            .computeIfAbsent(parts[0], _ -> new HashMap<>())
            .put(
                parts[1],
                new double[] {Double.parseDouble(parts[2]), Double.parseDouble(parts[3])});
      }
    }
    Map<String, Judge> judges = new HashMap<>();
    for (String name : judgeNames()) {
      judges.put(name, judge(name, lines.getOrDefault(name, Map.of())));
    }
    return new BoundaryModel(judges);
  }

  private static Judge judge(String name, Map<String, double[]> lines) {
    List<String> names = numbersOf(name);
    double[] usual = new double[names.size()];
    double[] weight = new double[names.size()];
    for (int i = 0; i < usual.length; i++) {
      double[] both = line(name, names.get(i), lines);
      usual[i] = both[0];
      weight[i] = both[1];
    }
    return new Judge(line(name, BIAS, lines)[1], usual, weight);
  }

  private static double[] line(String judge, String name, Map<String, double[]> lines) {
    double[] both = lines.get(name);
    if (both == null) {
      throw new IllegalArgumentException(
          "judge '%s' lacks '%s': train the model again".formatted(judge, name));
    }
    return both;
  }

  /** {@return every judge that a model has, by name} */
  public static List<String> judgeNames() {
    List<String> names = new ArrayList<>();
    for (int ahead = 0; ahead <= MOST_LOOK_AHEAD; ahead++) {
      names.add("JOIN" + ahead);
      names.add("ASSISTANT" + ahead);
      names.add("CHAT" + ahead);
    }
    names.add("STYLE");
    return List.copyOf(names);
  }

  /** {@return the names of the numbers that a judge weighs, bias apart} */
  public static List<String> numbersOf(String judge) {
    return judge.equals("STYLE")
        ? List.of(
            "opener.self",
            "opener.asking",
            "opener.length",
            "others.self",
            "others.asking",
            "others.length",
            "apart.self",
            "apart.asking",
            "apart.length")
        : FeatureStream.names();
  }

  Judge join(int lookAhead) {
    return named("JOIN" + lookAhead);
  }

  Judge assistant(int lookAhead) {
    return named("ASSISTANT" + lookAhead);
  }

  Judge chat(int lookAhead) {
    return named("CHAT" + lookAhead);
  }

  Judge style() {
    return named("STYLE");
  }

  private Judge named(String name) {
    return Objects.requireNonNull(judges.get(name));
  }
}
