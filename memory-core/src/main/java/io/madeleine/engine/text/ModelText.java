package io.madeleine.engine.text;

import io.madeleine.engine.chat.ChatTemplates;
import io.madeleine.engine.chat.ModelFamily;
import io.madeleine.engine.chat.TemplateSetup;
import io.madeleine.engine.chat.ToolDialect;
import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.gguf.GgufMetadata;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.template.value.TemplateException;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ChatTemplate;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.token.ToolSpec;
import io.madeleine.engine.token.Vocabulary;
import io.madeleine.engine.tokenizer.Tokenizers;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How a model reads and writes. Immutable, and independent of the file once it is made.
 *
 * @param tokenizer text to ids and back
 * @param template messages to text
 * @param family whose words the model speaks
 * @param dialect how it calls tools
 * @param stopIds the ids that end an answer
 * @param fingerprint of vocabulary and template, which decide the ids of a text: two files of one
 *     model in other weights share it
 */
public record ModelText(
    Tokenizer tokenizer,
    ChatTemplate template,
    ModelFamily family,
    ToolDialect dialect,
    Set<Integer> stopIds,
    String fingerprint) {

  /** A name that no template has in what it writes itself. */
  private static final String TOOL_NAME = "zb_any_tool";

  private static final ToolSpec ANY_TOOL =
      new ToolSpec(TOOL_NAME, "any", "{\"type\":\"object\",\"properties\":{}}");
  private static final ChatMessage ANY_QUESTION = new ChatMessage.User("a");

  public ModelText {
    stopIds = Set.copyOf(stopIds);
  }

  /**
   * {@return the words of {@code file}}
   *
   * @param clock for templates that tell the model the date
   * @param variables what the template may read besides messages, such as {@code enable_thinking}
   * @throws io.madeleine.engine.gguf.GgufException if a key is missing or of the wrong type
   * @throws IllegalArgumentException if tokenizer or template use what is not known here, or no
   *     token ends an answer although the file names one
   */
  public static ModelText of(GgufFile file, Clock clock, Json.Object variables) {
    GgufMetadata metadata = file.metadata();
    Vocabulary vocabulary = VocabularyReader.read(metadata);
    String model = metadata.string("tokenizer.ggml.model");
    String pre = VocabularyReader.preTokenizer(metadata);
    String source = metadata.findString("tokenizer.chat_template").orElse("");
    Set<String> control = Set.copyOf(VocabularyReader.controlTexts(vocabulary));
    ModelFamily family =
        ModelFamily.of(metadata.findString("general.architecture").orElse(""), control, source);
    String template = source.isEmpty() ? family.template() : source;
    var setup =
        new TemplateSetup(
            VocabularyReader.specialTexts(vocabulary), List.copyOf(control), variables, clock);
    return new ModelText(
        Tokenizers.of(vocabulary, model, pre),
        ChatTemplates.of(template, setup),
        family,
        ToolDialect.of(family, source),
        VocabularyReader.stopIds(metadata, vocabulary),
        TextFingerprint.of(vocabulary, model, pre, template));
  }

  /** {@return the words of {@code file}, with nothing but messages and tools for the template} */
  public static ModelText of(GgufFile file, Clock clock) {
    return of(file, clock, Thinking.AUTO);
  }

  /** {@return the words of {@code file} for a model that reasons first, or not} */
  public static ModelText of(GgufFile file, Clock clock, Thinking thinking) {
    return of(file, clock, thinking.variables());
  }

  /**
   * {@return the ids of a prompt, with the begin token where the model wants one}
   *
   * @param messages the dialogue so far, oldest first
   * @param tools what the model may call; empty for none
   * @param addGenerationPrompt whether to open the assistant's next turn at the end
   */
  public int[] prompt(
      List<ChatMessage> messages, List<ToolSpec> tools, boolean addGenerationPrompt) {
    return encode(template.render(messages, tools, addGenerationPrompt));
  }

  /** {@return the ids of a rendered prompt, with one begin token where the model wants one} */
  public int[] encode(String prompt) {
    int[] ids = tokenizer.encode(prompt, /* parseSpecial= */ true);
    Vocabulary.SpecialIds special = tokenizer.vocabulary().special();
    if (!special.addBegin() || special.begin().isEmpty()) {
      return ids;
    }
    int begin = special.begin().getAsInt();
    boolean has = ids.length > 0 && ids[0] == begin;
    return has ? ids : IntStream.concat(IntStream.of(begin), IntStream.of(ids)).toArray();
  }

  /**
   * {@return whether the model hears of tools} Many templates leave them out without a word. The
   * pocket model knows its tools by heart.
   */
  public boolean hearsOfTools() {
    if (family == ModelFamily.POCKET) {
      return true;
    }
    try {
      return template.render(List.of(ANY_QUESTION), List.of(ANY_TOOL), true).contains(TOOL_NAME);
    } catch (TemplateException e) {
      return true; // whoever offers tools is told by the template itself
    }
  }

  /** {@return the token that opens a tool call; empty if this model spells it with several} */
  public OptionalInt callOpening() {
    int id = tokenizer.vocabulary().pieces().indexOf(dialect.opening());
    return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /**
   * {@return the token without which there is no call, so that it tells a call from an answer of
   * any form; empty if this model writes calls as bare JSON, or spells the opening with several}
   */
  public OptionalInt callMarker() {
    return dialect == ToolDialect.BARE_JSON ? OptionalInt.empty() : callOpening();
  }

  /** {@return the control tokens whose text an answer reader must see} */
  public IntPredicate spoken() {
    Set<String> markers = new HashSet<>(dialect.markers());
    List<String> pieces = tokenizer.vocabulary().pieces();
    Set<Integer> ids =
        IntStream.range(0, pieces.size())
            .filter(id -> markers.contains(pieces.get(id)))
            .boxed()
            .collect(Collectors.toSet());
    return ids::contains;
  }
}
