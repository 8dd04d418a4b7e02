package io.madeleine.langchain4j.hosted;

import io.madeleine.engine.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What tokens cost, as of a day. Prices change without notice, so they are a file, and every figure
 * that rests on them carries its date.
 *
 * @param asOf the day on which somebody looked
 * @param source where
 * @param prices of models; the longest name that a model's name begins with counts
 */
public record PriceSheet(LocalDate asOf, String source, List<Price> prices) {

  /**
   * What one model's tokens cost.
   *
   * @param provider whose interface
   * @param model what the model's name begins with; empty for any of the provider's
   * @param input dollars for a million tokens of input
   * @param output dollars for a million tokens of output
   * @param read what a cached token costs of a fresh one, 0.1 for a tenth
   * @param shortWrite what writing a token into the short-lived cache costs of a fresh one
   * @param longWrite the same for the long-lived one
   * @param storage dollars for keeping a million tokens for an hour
   * @param minimum tokens below which nothing is cached
   */
  public record Price(
      HostedProvider provider,
      String model,
      double input,
      double output,
      double read,
      double shortWrite,
      double longWrite,
      double storage,
      int minimum) {

    /**
     * @throws IllegalArgumentException if a price is negative, or writing costs nothing, as where a
     *     sheet says nothing of it
     */
    public Price {
      if (!(input >= 0) || !(output >= 0) || !(read >= 0) || !(storage >= 0)) {
        throw new IllegalArgumentException(
            "prices of '%s' must be at least 0: input %s, output %s, read %s, storage %s"
                .formatted(model, input, output, read, storage));
      }
      if (!(shortWrite > 0) || !(longWrite > 0)) {
        throw new IllegalArgumentException(
            "shortWrite and longWrite of '%s' must be above 0, but were %s and %s: put 1 where writing costs what fresh input does"
                .formatted(model, shortWrite, longWrite));
      }
    }

    /** {@return dollars for this usage} */
    public double dollars(CacheUsage usage) {
      double tokens =
          usage.fresh()
              + read * usage.read()
              + shortWrite * usage.shortWritten()
              + longWrite * usage.longWritten();
      return (tokens * input + usage.output() * output) / 1e6;
    }
  }

  public PriceSheet {
    prices = List.copyOf(prices);
  }

  /** {@return the sheet that comes with this library; look at its date} */
  public static PriceSheet bundled() {
    try (InputStream in = PriceSheet.class.getResourceAsStream("prices.json")) {
      if (in == null) {
        throw new IllegalStateException("prices.json is in this jar; should not happen");
      }
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("the bundled price sheet cannot be read", e);
    }
  }

  /**
   * {@return the sheet in a file}
   *
   * @throws IllegalArgumentException if it is no price sheet
   */
  public static PriceSheet read(Path file) {
    try {
      return parse(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException("the price sheet %s cannot be read".formatted(file), e);
    }
  }

  /** {@return the sheet that {@code text} is, see {@code prices.json}} */
  static PriceSheet parse(String text) {
    var sheet = new Fields(Json.parse(text));
    var prices = new ArrayList<Price>();
    for (Fields row : sheet.list("prices")) {
      prices.add(
          new Price(
              HostedProvider.valueOf(row.text("provider").toUpperCase(Locale.ROOT)),
              row.text("model"),
              row.number("input"),
              row.number("output"),
              row.number("read"),
              row.number("shortWrite"),
              row.number("longWrite"),
              row.number("storage"),
              (int) row.number("minimum")));
    }
    if (sheet.text("asOf").isEmpty() || prices.isEmpty()) {
      throw new IllegalArgumentException(
          "a price sheet needs asOf, a day such as 2026-11-22, and at least one entry in prices");
    }
    return new PriceSheet(LocalDate.parse(sheet.text("asOf")), sheet.text("source"), prices);
  }

  /** {@return the price of a model; empty if the sheet has none} */
  public Optional<Price> of(HostedProvider provider, String model) {
    return prices.stream()
        .filter(price -> price.provider() == provider && model.startsWith(price.model()))
        .max(Comparator.comparingInt(price -> price.model().length()));
  }
}
