package io.madeleine.evaluation.lab.policy.observed;

import io.madeleine.engine.token.Tokenizer;
import io.madeleine.evaluation.lab.LabCase;
import io.madeleine.memory.compression.scorer.KvScorer;
import io.madeleine.memory.compression.scorer.ProbeScorer;
import io.madeleine.memory.compression.signal.QueryWindow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;

/** The prompts that probing policies run behind a dialogue. */
public final class Prompts {

  private static final int PART = 192;
  private static final String REPEAT = " Repeat what was said.";
  private static final String SUMMARY =
      " Tell me about everyone: where they live, what they like, their pets, plans and dates.";

  private final Tokenizer tokenizer;

  public Prompts(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  public List<BiFunction<Integer, Integer, QueryWindow>> of(
      KvScorer scorer, LabCase lab, ObservedDialogue dialogue) {
    return switch (scorer) {
      case ProbeScorer.Replay() -> replay(lab, dialogue);
      case ProbeScorer.Summary() -> List.of(dialogue.probe(asked(SUMMARY))::besidesItself);
      case ProbeScorer.Question() ->
          List.of(dialogue.probe(lab.questions().getFirst().prompt())::besidesItself);
      case ProbeScorer.PatchedPrompt() ->
          throw new IllegalStateException("a patched prompt needs a topic; use the topics policy");
      default -> List.of();
    };
  }

  private int[] asked(String text) {
    return joined(
        tokenizer.encode("<|user|>", true),
        tokenizer.encode(text, false),
        tokenizer.encode("<|assistant|>", true));
  }

  private List<BiFunction<Integer, Integer, QueryWindow>> replay(
      LabCase lab, ObservedDialogue dialogue) {
    List<BiFunction<Integer, Integer, QueryWindow>> parts = new ArrayList<>();
    int[] tokens = lab.reading().tokens();
    for (int from = 0; from < tokens.length; from += PART) {
      int start = from;
      int end = Math.min(tokens.length, from + PART);
      int[] part = Arrays.copyOfRange(tokens, start, end);
      ProbeQueries queries = dialogue.probe(repeated(part));
      parts.add((layer, head) -> queries.besidesItself(layer, head).seeing(start, end));
    }
    return parts;
  }

  /** {@return KVzip's prompt for a part of the dialogue} */
  public int[] repeated(int[] part) {
    return joined(asked(REPEAT), part);
  }

  private static int[] joined(int[]... parts) {
    return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
  }
}
