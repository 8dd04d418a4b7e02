package io.madeleine.evaluation.bench;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Step;
import io.madeleine.engine.model.Transformer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Madeleine's engine, keys and values in f16. */
final class OurEngine implements Contender {
  private final GgufFile file;
  private final Transformer transformer;
  private final PagePool pool;
  private final List<KvCache> caches = new ArrayList<>();

  OurEngine(Path model, Setting setting) {
    file = GgufFile.open(model);
    transformer = Transformer.load(file, new EngineOptions(setting.threads(), true));
    int tokens = setting.sequences() * (setting.contextTokens() + 16);
    pool = new PagePool(transformer.kvShape().bytes(tokens, KvType.F16) * 2);
    for (int i = 0; i < setting.sequences(); i++) {
      caches.add(new KvCache(transformer.kvShape(), KvType.F16, pool));
    }
  }

  @Override
  public String name() {
    return "madeleine";
  }

  int vocabularySize() {
    return transformer.vocabularySize();
  }

  @Override
  public void clear() {
    caches.forEach(cache -> cache.truncate(0));
  }

  @Override
  public void prefill(int sequence, int[] tokens) {
    transformer.prefill(caches.get(sequence), tokens, Observe.lastLogits());
  }

  @Override
  public void decode(int[] tokens) {
    var steps = new ArrayList<Step>(tokens.length);
    for (int i = 0; i < tokens.length; i++) {
      steps.add(Step.next(caches.get(i), new int[] {tokens[i]}, Observe.lastLogits()));
    }
    transformer.forward(steps);
  }

  @Override
  public void close() {
    caches.forEach(KvCache::close);
    transformer.close();
    pool.close();
    file.close();
  }
}
