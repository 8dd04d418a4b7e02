package io.madeleine.conversation.ready;

import io.madeleine.engine.chat.ModelFamily;
import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.ModelConfig;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.text.ModelText;
import io.madeleine.engine.text.Thinking;
import io.madeleine.engine.token.ToolSpec;
import io.madeleine.engine.token.Vocabulary;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * A model file that is open, its weights ready to run, and its words. Immutable; who may run the
 * transformer, and from which thread, is its owner's business.
 */
public final class ReadyModel implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(ReadyModel.class.getName());

  /** What the pocket model writes where somebody else's part begins. */
  private static final Set<String> POCKET_ENDS = Set.of("<|user|>", "<|result|>");

  /** The factors by which keys are rotated in a long and in a short context. */
  private static final Set<String> LONG_ROPE =
      Set.of("rope_factors_long.weight", "rope_factors_short.weight");

  private final GgufFile file;
  private final Transformer transformer;
  private final ModelText words;
  private final Set<Integer> stopIds;
  private final IntPredicate spoken;
  private final Set<Integer> callOpening;
  private final String fingerprint;
  private final boolean hearsOfTools;

  private ReadyModel(GgufFile file, Clock clock, EngineOptions engine, Thinking thinking) {
    this.file = file;
    // Of a family that the engine does not know the words are usually unknown, too: that it is the
    // family is what to say.
    ModelConfig.from(file.metadata());
    this.words = ModelText.of(file, clock, thinking);
    this.hearsOfTools = words.hearsOfTools();
    this.stopIds = stopIds(words);
    this.spoken = words.spoken();
    this.callOpening = callOpening(words);
    this.transformer = Transformer.load(file, engine);
    this.fingerprint = file.fingerprint() + rotation(file, transformer.config());
    if (thinking != Thinking.AUTO && !leavesThinkingOpen(file)) {
      LOG.log(
          Level.WARNING,
          "the chat template of model ''{0}'' does not read enable_thinking: thinking {1} changes"
              + " nothing",
          name(),
          thinking);
    }
  }

  /** Of a bound on the context keys know nothing, unless it decides how they are rotated. */
  private static String rotation(GgufFile file, ModelConfig config) {
    boolean two = LONG_ROPE.stream().anyMatch(name -> file.findTensor(name).isPresent());
    return two ? "/" + (config.isStretched() ? "long" : "short") : "";
  }

  private static boolean leavesThinkingOpen(GgufFile file) {
    return file.metadata()
        .findString("tokenizer.chat_template")
        .filter(template -> template.contains("enable_thinking"))
        .isPresent();
  }

  /** Opens a model and makes it ready; whether it thinks is its chat template's business. */
  public static ReadyModel open(
      Path path, Clock clock, EngineOptions engine, long kvBytes, long memoryBytes) {
    return open(path, clock, engine, kvBytes, memoryBytes, Thinking.AUTO);
  }

  /**
   * Opens a model and makes it ready.
   *
   * @param clock for templates that tell the model the date
   * @param engine how it runs
   * @param kvBytes the most that keys and values will take beside it
   * @param memoryBytes what the machine has
   * @param thinking whether it reasons before it answers; a template that leaves no choice goes on
   *     as it does
   * @throws ModelTooLargeException if it needs more memory than the config allows
   * @throws IllegalArgumentException if the engine does not run this family, or does not know what
   *     its file has; the message says which do run, or what that is
   */
  public static ReadyModel open(
      Path path,
      Clock clock,
      EngineOptions engine,
      long kvBytes,
      long memoryBytes,
      Thinking thinking) {
    GgufFile file = GgufFile.open(path);
    try {
      ModelTooLargeException.check(path, file.fileBytes(), kvBytes, memoryBytes);
      return new ReadyModel(file, clock, engine, thinking);
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  private static Set<Integer> stopIds(ModelText words) {
    var ids = new HashSet<>(words.stopIds());
    if (words.family() == ModelFamily.POCKET) {
      Vocabulary vocabulary = words.tokenizer().vocabulary();
      for (int id = 0; id < vocabulary.size(); id++) {
        if (POCKET_ENDS.contains(vocabulary.pieces().get(id))) {
          ids.add(id);
        }
      }
    }
    return Set.copyOf(ids);
  }

  private static Set<Integer> callOpening(ModelText words) {
    List<Vocabulary.Kind> kinds = words.tokenizer().vocabulary().kinds();
    OptionalInt opening = words.callOpening();
    return opening.isPresent() && kinds.get(opening.getAsInt()) == Vocabulary.Kind.CONTROL
        ? Set.of(opening.getAsInt())
        : Set.of();
  }

  /** {@return the weights, and what runs them} */
  public Transformer transformer() {
    return transformer;
  }

  /** {@return how it reads and writes} */
  public ModelText words() {
    return words;
  }

  /** {@return the ids that end an answer} */
  public Set<Integer> stopIds() {
    return stopIds;
  }

  /**
   * {@return the control tokens whose text is part of an answer to somebody who offers {@code
   * tools}} Without any the one that opens a call is not: nobody would read it.
   */
  public IntPredicate spoken(List<ToolSpec> tools) {
    return tools.isEmpty() ? id -> !callOpening.contains(id) && spoken.test(id) : spoken;
  }

  /**
   * {@return the ids that no answer to somebody who offers {@code tools} has} Without tools that is
   * the control token that opens a call. A model that opens calls with plain text may be told of
   * tools in the prompt by a caller who reads the text, and is left alone; and so is the pocket
   * model, which knows nothing else to say there.
   */
  public Set<Integer> never(List<ToolSpec> tools) {
    return tools.isEmpty() && words.family() != ModelFamily.POCKET ? callOpening : Set.of();
  }

  /** {@return why this model cannot be offered {@code tools}; empty if it can} */
  public Optional<String> refusal(List<ToolSpec> tools) {
    return tools.isEmpty() || hearsOfTools
        ? Optional.empty()
        : Optional.of(
            ("the chat template of model '%s' tells it of no tools, so it would never call one: offer"
                    + " none, or use a model whose template does, such as Qwen 3, Llama 3, Mistral or"
                    + " SmolLM 3")
                .formatted(name()));
  }

  /**
   * Refuses tools of which the model would not hear.
   *
   * @throws IllegalArgumentException if there are any; it says why
   */
  public void check(List<ToolSpec> tools) {
    refusal(tools)
        .ifPresent(
            why -> {
              throw new IllegalArgumentException(why);
            });
  }

  /** {@return what keys and values of this model can be told by} */
  public String fingerprint() {
    return fingerprint;
  }

  /** {@return what the model calls itself} */
  public String name() {
    return transformer.config().name();
  }

  /** {@return how many tokens it can see} */
  public int contextLength() {
    return transformer.config().contextLength();
  }

  /**
   * {@return how many tokens it can see where their keys and values have so much memory: all, or as
   * many as the memory holds}
   */
  public int contextLength(KvType type, long kvBytes) {
    return Math.min(contextLength(), transformer.kvShape().tokens(kvBytes, type));
  }

  /**
   * {@return how many tokens an answer behind {@code promptTokens} may have}
   *
   * @param type how keys and values are stored
   * @param kvBytes the memory for those of the prompt and the answer
   * @throws ContextTooLongException if there is no room for one
   */
  public int roomBehind(int promptTokens, KvType type, long kvBytes) {
    int seen = contextLength(type, kvBytes);
    if (promptTokens < seen) {
      return seen - promptTokens;
    }
    if (seen == contextLength()) {
      throw new ContextTooLongException(promptTokens, seen);
    }
    throw promptTokens < contextLength()
        ? ContextTooLongException.forMemory(
            promptTokens, seen, transformer.kvShape().bytes(promptTokens + 1, type))
        : ContextTooLongException.forMemory(promptTokens, seen);
  }

  @Override
  public void close() {
    transformer.close();
    file.close();
  }
}
