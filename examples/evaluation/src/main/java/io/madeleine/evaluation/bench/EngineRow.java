package io.madeleine.evaluation.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * One model file, measured. A ratio is ours ÷ theirs in tokens per second: above 1 we are faster.
 *
 * @param subject what was measured
 * @param setting how
 * @param ours our medians
 * @param theirs the other engine's, measured in turns with ours
 */
record EngineRow(Subject subject, Setting setting, Measured ours, Optional<Measured> theirs) {

  /**
   * A model, opened by our engine.
   *
   * @param model the file
   * @param type how most of its weights are stored
   * @param secondsToFirstToken from opening the file, warm-up included
   * @param peakMebibytes of the process before the other engine was loaded, mapped file included
   */
  record Subject(Path model, String type, double secondsToFirstToken, long peakMebibytes) {

    String name() {
      return String.valueOf(model.getFileName());
    }

    long fileBytes() {
      try {
        return Files.size(model);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final double THREE_DIGITS = 1e3;

  /** {@return the row as it goes into the report: ratios on the clock, and of processor time} */
  ObjectNode toJson() {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("type", subject.type())
        .put("model", subject.name())
        .put("fileBytes", subject.fileBytes())
        .put("threads", setting.threads())
        .put("promptTokens", setting.promptTokens())
        .put("decodeTokens", setting.decodeTokens())
        .put("sequences", setting.sequences())
        .put("rounds", setting.rounds());
    theirs.ifPresent(
        other -> {
          String batch = "batch" + setting.sequences();
          put(json, "prefillRatio", ratio(other, m -> m.prefill().wall()));
          put(json, "decodeRatio", ratio(other, m -> m.decode().wall()));
          put(json, batch + "Ratio", ratio(other, m -> m.batch().wall()));
          put(json, "prefillCpuRatio", ratio(other, m -> m.prefill().cpu()));
          put(json, "decodeCpuRatio", ratio(other, m -> m.decode().cpu()));
          put(json, batch + "CpuRatio", ratio(other, m -> m.batch().cpu()));
          json.set("theirs", speeds(other));
        });
    json.set("ours", speeds(ours));
    put(json, "secondsToFirstToken", subject.secondsToFirstToken());
    json.put("peakMebibytes", subject.peakMebibytes());
    return json;
  }

  private double ratio(Measured other, ToDoubleFunction<Measured> figure) {
    return figure.applyAsDouble(ours) / figure.applyAsDouble(other);
  }

  private static ObjectNode speeds(Measured measured) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    put(json, "prefillTokensPerSecond", measured.prefill().wall());
    put(json, "decodeTokensPerSecond", measured.decode().wall());
    put(json, "batchTokensPerSecond", measured.batch().wall());
    put(json, "prefillTokensPerCpuSecond", measured.prefill().cpu());
    put(json, "decodeTokensPerCpuSecond", measured.decode().cpu());
    put(json, "batchTokensPerCpuSecond", measured.batch().cpu());
    return json;
  }

  private static void put(ObjectNode json, String name, double value) {
    json.put(name, Math.round(value * THREE_DIGITS) / THREE_DIGITS);
  }

  /** {@return the row for people, three or four lines} */
  String toText() {
    var text = new StringBuilder("%s (%s)%n".formatted(subject.name(), subject.type()));
    text.append(line("ours", ours));
    theirs.ifPresent(
        other ->
            text.append(line("llama.cpp", other))
                .append(
                    figures(
                        "ratio",
                        ratio(other, m -> m.prefill().wall()),
                        ratio(other, m -> m.prefill().cpu()),
                        ratio(other, m -> m.decode().wall()),
                        ratio(other, m -> m.decode().cpu()),
                        ratio(other, m -> m.batch().wall()),
                        ratio(other, m -> m.batch().cpu()))));
    return text.append(
            String.format(
                Locale.ROOT,
                "  first token after %.1f s; peak %,d MiB for a file of %,d MiB",
                subject.secondsToFirstToken(),
                subject.peakMebibytes(),
                subject.fileBytes() >> 20))
        .toString();
  }

  private static String line(String name, Measured measured) {
    return figures(
        name,
        measured.prefill().wall(),
        measured.prefill().cpu(),
        measured.decode().wall(),
        measured.decode().cpu(),
        measured.batch().wall(),
        measured.batch().cpu());
  }

  private static String figures(String name, double... pairs) {
    return String.format(
        Locale.ROOT,
        "  %-10s prefill %7.2f (%.2f)   decode %7.2f (%.2f)   batch %7.2f (%.2f)%n",
        name,
        pairs[0],
        pairs[1],
        pairs[2],
        pairs[3],
        pairs[4],
        pairs[5]);
  }
}
