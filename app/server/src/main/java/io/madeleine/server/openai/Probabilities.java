package io.madeleine.server.openai;

import io.madeleine.engine.generation.TokenChance;
import io.madeleine.engine.token.Tokenizer.TokenStream;
import io.madeleine.server.openai.protocol.Wire.TokenProbability;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * How likely the tokens of one answer were, in the protocol's words. A token may spell a part of a
 * character, so that only the bytes of all of them, joined, are the answer. Takes them in order;
 * not thread-safe.
 */
final class Probabilities {

  private static final byte[] NOTHING = {};

  private final TokenStream text;
  private final Set<Integer> stopIds;
  private final int run;

  /**
   * @param text at the answer's beginning
   * @param stopIds what ends an answer and is no part of its text
   * @param likeliest how many are told besides each token; −1 if none is asked for
   */
  Probabilities(TokenStream text, Set<Integer> stopIds, int likeliest) {
    this.text = text;
    this.stopIds = stopIds;
    this.run = likeliest + 1;
  }

  /**
   * {@return one for each token}
   *
   * @param chances in runs: the chosen token, then the likeliest at its place
   */
  List<TokenProbability> of(List<TokenChance> chances) {
    var tokens = new ArrayList<TokenProbability>();
    for (int from = 0; run > 0 && from + run <= chances.size(); from += run) {
      TokenChance chosen = chances.get(from);
      var likeliest =
          chances.subList(from + 1, from + run).stream()
              .map(each -> here(each, List.of()))
              .toList();
      tokens.add(here(chosen, likeliest));
      text.next(chosen.token());
    }
    return tokens;
  }

  private TokenProbability here(TokenChance chance, List<TokenProbability> likeliest) {
    byte[] bytes = stopIds.contains(chance.token()) ? NOTHING : text.bytes(chance.token());
    return new TokenProbability(
        new String(bytes, StandardCharsets.UTF_8),
        chance.logProbability(),
        IntStream.range(0, bytes.length).mapToObj(i -> bytes[i] & 0xff).toList(),
        likeliest);
  }
}
