package io.madeleine.engine.model;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kernel.Kernels;
import io.madeleine.engine.kernel.Matrix;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The rotation of every layer; layers that rotate alike share one object. */
final class Rotaries {

  // Gemma 3's local layers keep the base that the family was born with.
  private static final double LOCAL_BASE = 10_000;

  // YaRN's beta_fast and beta_slow, as its authors found them for the Llama family.
  private static final double FAST = 32;
  private static final double SLOW = 1;

  private final List<Rotary> byLayer = new ArrayList<>();

  Rotaries(GgufFile file, ModelConfig config, Kernels kernels) {
    Architecture architecture = Architecture.of(config);
    Rotary global = global(file, config, kernels, architecture);
    Rotary local =
        new Rotary(
            architecture.pairs(),
            Rotary.frequencies(LOCAL_BASE, config.ropeDimensionCount()),
            /* magnitude= */ 1);
    for (int layer = 0; layer < config.blockCount(); layer++) {
      boolean ownBase = architecture == Architecture.GEMMA3 && architecture.isLocal(layer);
      byLayer.add(!architecture.rotates(layer) ? Rotary.NONE : ownBase ? local : global);
    }
  }

  Rotary of(int layer) {
    return byLayer.get(layer);
  }

  List<Rotary> distinct() {
    return byLayer.stream().distinct().toList();
  }

  private static Rotary global(
      GgufFile file, ModelConfig config, Kernels kernels, Architecture architecture) {
    float[] frequencies = Rotary.frequencies(config.ropeFreqBase(), config.ropeDimensionCount());
    Optional<Tensor> factors = factors(file, config);
    float[] divisors = factors.map(tensor -> read(tensor, kernels)).orElse(new float[0]);
    if (factors.isPresent() && divisors.length != frequencies.length) {
      throw new IllegalArgumentException(
          "tensor '%s' should hold %d factors, but holds %d"
              .formatted(factors.get().name(), frequencies.length, divisors.length));
    }
    for (int i = 0; i < frequencies.length; i++) {
      float divisor = divisors.length > 0 ? divisors[i] : 1;
      frequencies[i] /= divisor * config.ropeScalingFactor();
    }
    float magnitude = config.ropeAttentionFactor();
    if (config.ropeYarnFactor() != 1) {
      slowDown(frequencies, config);
      magnitude *= (float) (1 + 0.1 * Math.log(config.ropeYarnFactor()));
    }
    return new Rotary(architecture.pairs(), frequencies, magnitude);
  }

  /**
   * YaRN (Peng et al., <a href="https://arxiv.org/abs/2309.00071">YaRN</a>, 2023): pairs that turn
   * {@code FAST} times and more within the original context keep their speed, those that turn
   * {@code SLOW} times or less go {@code factor} times slower, and the ones between do in part. The
   * ramp runs over pairs, with llama.cpp's rounding of its ends.
   */
  private static void slowDown(float[] frequencies, ModelConfig config) {
    int last = 2 * frequencies.length - 1;
    double from = Math.max(0, Math.floor(pairTurning(FAST, config)));
    double to = Math.min(last, Math.ceil(pairTurning(SLOW, config)));
    for (int i = 0; i < frequencies.length; i++) {
      double slow = Math.clamp((i - from) / Math.max(0.001, to - from), 0, 1);
      frequencies[i] *= (float) (1 - slow + slow / config.ropeYarnFactor());
    }
  }

  /** {@return the pair, fractional, that turns so often within the original context} */
  private static double pairTurning(double turns, ModelConfig config) {
    double wavelength = config.ropeOriginalContext() / (turns * 2 * Math.PI);
    return config.ropeDimensionCount()
        * Math.log(wavelength)
        / (2 * Math.log(config.ropeFreqBase()));
  }

  /** LongRoPE has factors for two lengths: the one that the context has is taken for all of it. */
  private static Optional<Tensor> factors(GgufFile file, ModelConfig config) {
    return file.findTensor("rope_freqs.weight")
        .or(
            () ->
                file.findTensor(
                    config.isStretched()
                        ? "rope_factors_long.weight"
                        : "rope_factors_short.weight"));
  }

  private static float[] read(Tensor tensor, Kernels kernels) {
    int count = (int) tensor.columns();
    try (Arena arena = Arena.ofConfined()) {
      var row = new Matrix(arena, 1, count);
      kernels.dequantise(tensor, 0, row, 0);
      var values = new float[count];
      row.read(0, 0, count, values, 0);
      return values;
    }
  }
}
