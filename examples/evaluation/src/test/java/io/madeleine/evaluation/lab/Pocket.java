// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.text.ModelText;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.evaluation.lab.reader.PocketReader;
import io.madeleine.evaluation.world.World;
import io.madeleine.pocket.PocketModel;
import java.nio.file.Path;
import java.time.Clock;

/** The shipped model, opened, with a laboratory around it. */
record Pocket(
    GgufFile file, Transformer model, PagePool pool, Tokenizer tokenizer, PocketReader reader)
    implements AutoCloseable {

  static Pocket open(Path directory) {
    GgufFile file = GgufFile.open(PocketModel.installTo(directory));
    Transformer model = Transformer.load(file, new EngineOptions(1, false));
    ModelText text = ModelText.of(file, Clock.systemUTC());
    PocketReader reader = new PocketReader(World.load(), text.tokenizer());
    return new Pocket(file, model, new PagePool(128L << 20), text.tokenizer(), reader);
  }

  Laboratory laboratory() {
    return new Laboratory(model, reader, pool, KvType.F32);
  }

  @Override
  public void close() {
    pool.close();
    model.close();
    file.close();
  }
}
