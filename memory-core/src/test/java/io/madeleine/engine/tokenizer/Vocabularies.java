package io.madeleine.engine.tokenizer;

import io.madeleine.engine.token.Vocabulary;
import io.madeleine.engine.token.Vocabulary.Kind;
import io.madeleine.engine.token.Vocabulary.SpecialIds;
import io.madeleine.engine.tokenizer.word.WordRule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** Small vocabularies with real merges, trained on seeded texts. */
public final class Vocabularies {
  private Vocabularies() {}

  private static final List<String> CONTROL =
      List.of("<|begin|>", "<|end|>", "<|im_start|>", "<|im_end|>");

  /** {@return a byte-level BPE vocabulary with {@code merges} merges learnt under {@code pre}} */
  public static Vocabulary bytePair(String pre, int merges, long seed) {
    Map<List<String>, Integer> words = trainingWords(pre, seed);
    List<String> learnt = new ArrayList<>();
    Set<String> pieces = new LinkedHashSet<>(CONTROL);
    var alphabet = new ByteAlphabet();
    for (int b = 0; b < 256; b++) {
      pieces.add(String.valueOf(alphabet.letter(b)));
    }
    while (learnt.size() < merges) {
      Map<String, Integer> counts = new HashMap<>();
      words.forEach(
          (word, count) -> {
            for (int i = 0; i + 1 < word.size(); i++) {
              counts.merge(word.get(i) + " " + word.get(i + 1), count, Integer::sum);
            }
          });
      if (counts.isEmpty()) {
        break;
      }
      String best =
          counts.entrySet().stream()
              .max(
                  Map.Entry.<String, Integer>comparingByValue()
                      .thenComparing(Map.Entry.comparingByKey()))
              .orElseThrow()
              .getKey();
      learnt.add(best);
      pieces.add(best.replace(" ", ""));
      words =
          words.entrySet().stream()
              .collect(
                  Collectors.toMap(
                      e -> joined(e.getKey(), best),
                      Map.Entry::getValue,
                      Integer::sum,
                      HashMap::new));
    }
    pieces.addAll(List.of("<custom>", "<<"));
    List<String> all = new ArrayList<>(pieces);
    return new Vocabulary(
        all, kinds(all), List.of(), learnt, special(0, 1, OptionalInt.empty(), false));
  }

  private static Map<List<String>, Integer> trainingWords(String pre, long seed) {
    var random = new SplittableRandom(seed);
    var alphabet = new ByteAlphabet();
    Map<List<String>, Integer> words = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      for (String word : WordRule.named(pre).words(Texts.mixed(random, 40))) {
        List<String> letters = new ArrayList<>();
        for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
          letters.add(String.valueOf(alphabet.letter(b & 0xFF)));
        }
        words.merge(letters, 1, Integer::sum);
      }
    }
    return words;
  }

  private static List<String> joined(List<String> word, String merge) {
    List<String> out = new ArrayList<>();
    for (int i = 0; i < word.size(); i++) {
      boolean pair = i + 1 < word.size() && merge.equals(word.get(i) + " " + word.get(i + 1));
      out.add(pair ? word.get(i) + word.get(++i) : word.get(i));
    }
    return out;
  }

  private static List<Kind> kinds(List<String> pieces) {
    return pieces.stream()
        .map(
            p ->
                CONTROL.contains(p)
                    ? Kind.CONTROL
                    : p.equals("<custom>") || p.equals("<<") ? Kind.USER_DEFINED : Kind.NORMAL)
        .toList();
  }

  private static SpecialIds special(int begin, int end, OptionalInt unknown, boolean spaceFirst) {
    return new SpecialIds(
        OptionalInt.of(begin),
        OptionalInt.of(end),
        OptionalInt.empty(),
        unknown,
        OptionalInt.empty(),
        false,
        spaceFirst,
        /* stripsRight= */ false);
  }

  /** {@return the same with tokens behind it, or with these as {@code kind} if it has them} */
  public static Vocabulary with(Vocabulary some, Kind kind, String... tokens) {
    var pieces = new ArrayList<>(some.pieces());
    var kinds = new ArrayList<>(some.kinds());
    var scores = new ArrayList<>(some.scores());
    for (String token : tokens) {
      int known = pieces.indexOf(token);
      if (known >= 0) {
        kinds.set(known, kind);
        continue;
      }
      pieces.add(token);
      kinds.add(kind);
      if (!scores.isEmpty()) {
        scores.add(0f);
      }
    }
    return new Vocabulary(pieces, kinds, scores, some.merges(), some.special());
  }

  /**
   * {@return a SentencePiece vocabulary: control, bytes, frequent substrings with seeded scores}
   */
  public static Vocabulary sentencePiece(int substrings, long seed) {
    return sentencePiece(substrings, /* spaceFirst= */ true, seed);
  }

  /** {@return the same, with or without a space before every text} */
  public static Vocabulary sentencePiece(int substrings, boolean spaceFirst, long seed) {
    var random = new SplittableRandom(seed);
    Map<String, Float> scores = new LinkedHashMap<>();
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      int[] text = Texts.mixed(random, 30).replace(' ', '▁').codePoints().toArray();
      for (int start = 0; start < text.length; start++) {
        for (int length = 1; length <= 6 && start + length <= text.length; length++) {
          counts.merge(new String(text, start, length), 1, Integer::sum);
        }
      }
    }
    counts.entrySet().stream()
        .sorted(
            Map.Entry.<String, Integer>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(substrings)
        .forEach(e -> scores.put(e.getKey(), -(float) random.nextInt(substrings / 2)));
    List<String> pieces = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
    List<Kind> kinds = new ArrayList<>(List.of(Kind.UNKNOWN, Kind.CONTROL, Kind.CONTROL));
    List<Float> all = new ArrayList<>(List.of(0f, 0f, 0f));
    for (int b = 0; b < 256; b++) {
      pieces.add("<0x%02X>".formatted(b));
      kinds.add(Kind.BYTE);
      all.add(0f);
    }
    pieces.addAll(List.of("<custom>", "<<"));
    kinds.addAll(List.of(Kind.USER_DEFINED, Kind.USER_DEFINED));
    all.addAll(List.of(0f, 0f));
    scores.keySet().removeAll(pieces);
    scores.forEach(
        (piece, score) -> {
          pieces.add(piece);
          kinds.add(Kind.NORMAL);
          all.add(score);
        });
    return new Vocabulary(
        pieces, kinds, all, List.of(), special(1, 2, OptionalInt.of(0), spaceFirst));
  }
}
