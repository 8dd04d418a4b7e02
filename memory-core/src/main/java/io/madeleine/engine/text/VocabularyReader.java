package io.madeleine.engine.text;

import io.madeleine.engine.gguf.GgufMetadata;
import io.madeleine.engine.token.Vocabulary;
import io.madeleine.engine.token.Vocabulary.Kind;
import io.madeleine.engine.token.Vocabulary.SpecialIds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** Reads the {@code tokenizer.ggml.…} keys. */
final class VocabularyReader {
  private static final System.Logger LOG = System.getLogger(VocabularyReader.class.getName());
  private static final String KEYS = "tokenizer.ggml.";
  private static final List<String> PHI3_NAMES = List.of("phi-3", "phi3", "phi 3");

  private VocabularyReader() {}

  static Vocabulary read(GgufMetadata metadata) {
    List<String> pieces = metadata.strings(KEYS + "tokens");
    return new Vocabulary(
        pieces,
        kinds(metadata, pieces),
        metadata.findNumbers(KEYS + "scores").orElse(List.of()),
        isBytePairs(metadata) ? metadata.strings(KEYS + "merges") : List.of(),
        special(metadata, pieces));
  }

  /**
   * {@return the rule that byte pairs cut words by} Where there are some it must be named: by
   * another rule the model would read other tokens than it learnt from, and answer a little worse.
   */
  static String preTokenizer(GgufMetadata metadata) {
    return isBytePairs(metadata)
        ? metadata.string(KEYS + "pre")
        : metadata.findString(KEYS + "pre").orElse("default");
  }

  private static boolean isBytePairs(GgufMetadata metadata) {
    return metadata.string(KEYS + "model").equals("gpt2");
  }

  /** What opens or ends a turn is a control token, whatever the file says. */
  private static List<Kind> kinds(GgufMetadata metadata, List<String> pieces) {
    List<Kind> told =
        metadata
            .findIntegers(KEYS + "token_type")
            .map(types -> types.stream().map(VocabularyReader::kind).toList())
            .orElse(Collections.nCopies(pieces.size(), Kind.NORMAL));
    var kinds = new ArrayList<>(told);
    for (int id = 0; id < Math.min(kinds.size(), pieces.size()); id++) {
      if (TurnMarkers.isControl(pieces.get(id))) {
        kinds.set(id, Kind.CONTROL);
      }
    }
    return kinds;
  }

  private static Kind kind(int type) {
    Kind[] kinds = Kind.values();
    if (type < 1 || type > kinds.length) {
      throw new IllegalArgumentException(
          "%stoken_type must hold 1 to %d, but holds %d".formatted(KEYS, kinds.length, type));
    }
    return kinds[type - 1];
  }

  private static SpecialIds special(GgufMetadata metadata, List<String> pieces) {
    boolean sentencePiece = metadata.string(KEYS + "model").equals("llama");
    String pre = metadata.findString(KEYS + "pre").orElse("");
    boolean beginsByDefault = sentencePiece || pre.equals("llama-bpe") || pre.equals("llama3");
    OptionalInt begin = id(metadata, "bos_token_id", pieces);
    OptionalInt turnEnd = id(metadata, "eot_token_id", pieces);
    return new SpecialIds(
        begin,
        id(metadata, "eos_token_id", pieces),
        turnEnd.isPresent() ? turnEnd : firstOf(pieces, TurnMarkers.TURN_ENDS),
        id(metadata, "unknown_token_id", pieces),
        id(metadata, "padding_token_id", pieces),
        metadata.findFlag(KEYS + "add_bos_token").orElse(beginsByDefault) && begin.isPresent(),
        metadata.findFlag(KEYS + "add_space_prefix").orElse(sentencePiece),
        sentencePiece && isPhi3(metadata));
  }

  /** Some Phi 3 files are exported as a Llama, and keep the name alone. */
  private static boolean isPhi3(GgufMetadata metadata) {
    String name = metadata.findString("general.name").orElse("").toLowerCase(Locale.ROOT);
    return metadata.findString("general.architecture").orElse("").equals("phi3")
        || PHI3_NAMES.stream().anyMatch(name::contains);
  }

  /** An id that no piece has is none: some converters write −1, or the size of the vocabulary. */
  private static OptionalInt id(GgufMetadata metadata, String key, List<String> pieces) {
    OptionalLong id = metadata.findLong(KEYS + key);
    if (id.isEmpty()) {
      return OptionalInt.empty();
    }
    if (id.getAsLong() >= 0 && id.getAsLong() < pieces.size()) {
      return OptionalInt.of((int) id.getAsLong());
    }
    LOG.log(
        System.Logger.Level.WARNING,
        "%s: %s%s is left out, since it must be an id below %,d, but is %d"
            .formatted(metadata.path(), KEYS, key, pieces.size(), id.getAsLong()));
    return OptionalInt.empty();
  }

  private static OptionalInt firstOf(List<String> pieces, Set<String> texts) {
    for (int id = 0; id < pieces.size(); id++) {
      if (texts.contains(pieces.get(id))) {
        return OptionalInt.of(id);
      }
    }
    return OptionalInt.empty();
  }

  /** {@return the texts of all control tokens} */
  static Set<String> controlTexts(Vocabulary vocabulary) {
    Set<String> texts = new HashSet<>();
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.kinds().get(id) == Kind.CONTROL) {
        texts.add(vocabulary.pieces().get(id));
      }
    }
    return texts;
  }

  /** {@return the texts that templates know by name} */
  static Map<String, String> specialTexts(Vocabulary vocabulary) {
    SpecialIds special = vocabulary.special();
    Map<String, String> texts = new HashMap<>();
    put(texts, "bos_token", special.begin(), vocabulary);
    put(texts, "eos_token", special.end(), vocabulary);
    put(texts, "unk_token", special.unknown(), vocabulary);
    put(texts, "pad_token", special.pad(), vocabulary);
    return texts;
  }

  private static void put(
      Map<String, String> texts, String name, OptionalInt id, Vocabulary vocabulary) {
    texts.put(name, id.isPresent() ? vocabulary.pieces().get(id.getAsInt()) : "");
  }

  /**
   * {@return the ids that end an answer: end of text, end of turn, and the control tokens known by
   * name}
   *
   * @throws IllegalArgumentException if the file names an end of text that no piece has, and has no
   *     other end: an answer would go on until its budget is spent
   */
  static Set<Integer> stopIds(GgufMetadata metadata, Vocabulary vocabulary) {
    Set<Integer> ids = new HashSet<>();
    vocabulary.special().end().ifPresent(ids::add);
    vocabulary.special().endOfTurn().ifPresent(ids::add);
    for (int id = 0; id < vocabulary.size(); id++) {
      boolean isControl = vocabulary.kinds().get(id) == Kind.CONTROL;
      if (isControl && TurnMarkers.ENDS.contains(vocabulary.pieces().get(id))) {
        ids.add(id);
      }
    }
    String end = KEYS + "eos_token_id";
    if (ids.isEmpty() && metadata.contains(end)) {
      throw new IllegalArgumentException(
          "%s: %s must be an id below %,d, but is %d, and no token is known to end a turn, so no answer would end: convert the model again, or set the key to its token"
              .formatted(
                  metadata.path(), end, vocabulary.size(), metadata.findLong(end).orElse(-1)));
    }
    return ids;
  }
}
