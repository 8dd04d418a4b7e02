/**
 * The forward pass: token ids in, logits out, and whatever else the caller asked to observe.
 *
 * <pre>{@code
 * try (var file = GgufFile.open(path);
 *     var model = Transformer.load(file, EngineOptions.defaults());
 *     var pool = new PagePool(1L << 30);
 *     var cache = new KvCache(model.kvShape(), KvType.F16, pool)) {
 *   Forward read = model.prefill(cache, promptIds, Observe.lastLogits());
 *   float[] logits = read.logits();
 *   while (going) {
 *     logits = model.decode(cache, pick(logits));
 *   }
 * }
 * }</pre>
 *
 * <p>One transformer serves many sequences: {@link io.madeleine.engine.model.Transformer#forward}
 * takes steps of several caches, prefill and decode mixed, in one pass over the weights.
 */
@NullMarked
package io.madeleine.engine.model;

import org.jspecify.annotations.NullMarked;
