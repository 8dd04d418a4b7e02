package io.madeleine.evaluation.lab.reader;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.model.Forward;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Step;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.text.ModelText;
import java.util.ArrayList;
import java.util.List;

/** An answer while it is spoken, greedily. */
final class Speech {

  private static final int ANSWER_TOKENS = 64;

  private final KvCache cache;
  private final List<Integer> ids = new ArrayList<>();
  private int[] next;

  private Speech(KvCache cache, int[] prompt) {
    this.cache = cache;
    this.next = prompt;
  }

  /**
   * {@return what the model says to each question, cut after 64 tokens}
   *
   * @param caches one for each question; they grow
   */
  static List<String> answers(
      Transformer model, ModelText text, List<KvCache> caches, List<Reading.Asked> questions) {
    List<Speech> all = new ArrayList<>();
    for (int i = 0; i < caches.size(); i++) {
      all.add(new Speech(caches.get(i), questions.get(i).prompt()));
    }
    List<Speech> active = all;
    for (int i = 0; i < ANSWER_TOKENS && !active.isEmpty(); i++) {
      List<Forward> forwards = model.forward(active.stream().map(Speech::step).toList());
      List<Speech> going = new ArrayList<>();
      for (int j = 0; j < forwards.size(); j++) {
        int token = Best.of(forwards.get(j).logits());
        if (!text.stopIds().contains(token)) {
          active.get(j).said(token);
          going.add(active.get(j));
        }
      }
      active = going;
    }
    return all.stream().map(one -> text.tokenizer().decode(Readings.array(one.ids))).toList();
  }

  private Step step() {
    return Step.next(cache, next, Observe.lastLogits());
  }

  private void said(int token) {
    ids.add(token);
    next = new int[] {token};
  }
}
