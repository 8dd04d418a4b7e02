package io.madeleine.evaluation.cost;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.schema.IndexedTurn;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Turns of eighteen Zipf-distributed words of 50,000, in conversations of 500; nine tenths of them
 * are one tenant's. The same number gives the same turns.
 */
final class SyntheticTurns {

  static final Tenant TENANT = new Tenant("t0");

  private static final int CONVERSATION = 500;
  private static final int TURNS_OF_ANOTHER_TENANT = 100_000;
  private static final int VOCABULARY = 50_000;
  private static final int WORDS = 18;
  private static final int ASKED = 6;
  private static final int BATCH = 256;

  private final int size;

  SyntheticTurns(int size) {
    this.size = size;
  }

  void addTo(TurnIndex index) {
    var random = new Random(7);
    List<IndexedTurn> batch = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      batch.add(turn(i, random));
      if (batch.size() == BATCH || i == size - 1) {
        index.addAll(batch);
        batch.clear();
      }
    }
    index.commit();
  }

  /** {@return six words, drawn as the turns' are} */
  String question(Random random) {
    return words(ASKED, random);
  }

  /** {@return any conversation} */
  ConversationKey conversation(Random random) {
    return key(random.nextInt(Math.max(1, size / CONVERSATION)));
  }

  private static IndexedTurn turn(int i, Random random) {
    int place = i % CONVERSATION;
    return new IndexedTurn(
        key(i / CONVERSATION),
        i + 1,
        place,
        "t" + i,
        Instant.EPOCH.plusSeconds(60L * place),
        place % 2 == 0 ? "Ann" : "Bob",
        "talk",
        "",
        words(WORDS, random));
  }

  private static ConversationKey key(int conversation) {
    boolean other = conversation % 10 == 9;
    int tenant = other ? 1 + conversation * CONVERSATION / TURNS_OF_ANOTHER_TENANT : 0;
    return ConversationKey.of("t" + tenant, "c" + conversation);
  }

  private static String words(int count, Random random) {
    var text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      int word = (int) Math.pow(VOCABULARY, random.nextDouble()) - 1;
      text.append(i == 0 ? "w" : " w").append(Integer.toString(word, 36)).append('x');
    }
    return text.toString();
  }
}
