package io.madeleine.engine.model;

import io.madeleine.engine.gguf.GgufMetadata;
import io.madeleine.engine.kv.Rotary.Pairs;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The families that one block can be configured to. What a file shows by having a tensor (biases,
 * QK-norms, post-norms, fused projections, rope factors) is not repeated here.
 */
enum Architecture {
  LLAMA("llama", Pairs.ADJACENT),
  QWEN2("qwen2", Pairs.HALVES),
  QWEN3("qwen3", Pairs.HALVES),
  GEMMA3("gemma3", Pairs.HALVES),
  SMOLLM3("smollm3", Pairs.ADJACENT),
  PHI3("phi3", Pairs.HALVES);

  // SmolLM3 leaves positions out of every fourth layer (NoPE).
  private static final int LAYERS_PER_UNROTATED = 4;
  // Gemma 3 lets every sixth layer see everything, the others a window.
  private static final int LAYERS_PER_GLOBAL = 6;

  private final String ggufName;
  private final Pairs pairs;

  Architecture(String ggufName, Pairs pairs) {
    this.ggufName = ggufName;
    this.pairs = pairs;
  }

  /**
   * @throws IllegalArgumentException if the engine does not know the file's; the message lists
   *     those it does
   */
  static Architecture of(GgufMetadata metadata) {
    String name = metadata.string("general.architecture");
    return find(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    """
                    %s: the model's architecture is '%s', but this engine knows only %s. Take a \
                    model of one of these: ./madeleine pull NAME gets one, ./madeleine models shows \
                    the names.\
                    """
                        .formatted(
                            metadata.path(),
                            name,
                            Arrays.stream(values())
                                .map(known -> known.ggufName)
                                .collect(Collectors.joining(", ")))));
  }

  /** {@return the architecture of a configuration, which has a known one} */
  static Architecture of(ModelConfig config) {
    return find(config.architecture()).orElseThrow();
  }

  private static Optional<Architecture> find(String ggufName) {
    return Arrays.stream(values()).filter(known -> known.ggufName.equals(ggufName)).findFirst();
  }

  String ggufName() {
    return ggufName;
  }

  Pairs pairs() {
    return pairs;
  }

  boolean rotates(int layer) {
    return this != SMOLLM3 || (layer + 1) % LAYERS_PER_UNROTATED != 0;
  }

  boolean isLocal(int layer) {
    return this == GEMMA3 ? (layer + 1) % LAYERS_PER_GLOBAL != 0 : this == PHI3;
  }

  boolean scalesEmbeddings() {
    return this == GEMMA3;
  }

  boolean gatesWithGelu() {
    return this == GEMMA3;
  }
}
