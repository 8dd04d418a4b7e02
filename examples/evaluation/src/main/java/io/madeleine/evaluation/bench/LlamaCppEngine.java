package io.madeleine.evaluation.bench;

import io.madeleine.testing.oracle.LlamaCpp;
import io.madeleine.testing.oracle.LlamaCpp.Entry;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;

/** llama.cpp out of the {@code de.kherud:llama} jar, keys and values in f16, its default. */
final class LlamaCppEngine implements Contender {
  private final LlamaCpp llama;
  private final int[] lengths;

  LlamaCppEngine(Path model, Setting setting) {
    int tokens = setting.sequences() * (setting.contextTokens() + 16);
    llama =
        LlamaCpp.load(
            model,
            new LlamaCpp.Options(
                tokens, setting.sequences(), setting.threads(), LlamaCpp.Cache.F16));
    lengths = new int[setting.sequences()];
  }

  @Override
  public String name() {
    return "llama.cpp";
  }

  @Override
  public void clear() {
    llama.clear();
    Arrays.fill(lengths, 0);
  }

  @Override
  public void prefill(int sequence, int[] tokens) {
    llama.decode(
        IntStream.range(0, tokens.length)
            .mapToObj(
                i -> new Entry(tokens[i], lengths[sequence] + i, sequence, i == tokens.length - 1))
            .toArray(Entry[]::new));
    lengths[sequence] += tokens.length;
    llama.logitsAt(tokens.length - 1);
  }

  @Override
  public void decode(int[] tokens) {
    llama.decode(
        IntStream.range(0, tokens.length)
            .mapToObj(i -> new Entry(tokens[i], lengths[i]++, i, true))
            .toArray(Entry[]::new));
    for (int i = 0; i < tokens.length; i++) {
      llama.logitsAt(i);
    }
  }

  @Override
  public void close() {
    llama.close();
  }
}
