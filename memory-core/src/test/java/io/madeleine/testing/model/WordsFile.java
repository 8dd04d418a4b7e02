package io.madeleine.testing.model;

import io.madeleine.engine.gguf.GgufWriter;
import io.madeleine.engine.token.Vocabulary;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/** A model file for its words: any vocabulary, and as little of a model as llama.cpp will load. */
public final class WordsFile {
  private WordsFile() {}

  /** Writes the file and {@return its path}. */
  public static Path write(Path path, Vocabulary vocabulary, String model, String pre) {
    return write(path, vocabulary, model, pre, "tiny");
  }

  /** Writes the file of a model that calls itself {@code name}, and {@return its path}. */
  public static Path write(
      Path path, Vocabulary vocabulary, String model, String pre, String name) {
    TinyModel tiny = TinyModel.GROUPED.withLayers(1);
    var writer = new GgufWriter();
    tiny.family().writeKeys(writer, tiny);
    writer
        .string("general.name", name)
        .string("tokenizer.ggml.model", model)
        .string("tokenizer.ggml.pre", pre)
        .strings("tokenizer.ggml.tokens", vocabulary.pieces())
        .integers(
            "tokenizer.ggml.token_type",
            vocabulary.kinds().stream()
                .map(kind -> 1 + List.of(Vocabulary.Kind.values()).indexOf(kind))
                .toList())
        .flag("tokenizer.ggml.add_bos_token", vocabulary.special().addBegin())
        .flag("tokenizer.ggml.add_space_prefix", vocabulary.special().addSpacePrefix())
        .integer(tiny.family().architecture() + ".vocab_size", vocabulary.size());
    if (model.equals("gpt2")) {
      writer.strings("tokenizer.ggml.merges", vocabulary.merges());
    } else {
      writer.numbers("tokenizer.ggml.scores", vocabulary.scores());
    }
    vocabulary.special().begin().ifPresent(id -> writer.integer("tokenizer.ggml.bos_token_id", id));
    vocabulary.special().end().ifPresent(id -> writer.integer("tokenizer.ggml.eos_token_id", id));
    vocabulary
        .special()
        .unknown()
        .ifPresent(id -> writer.integer("tokenizer.ggml.unknown_token_id", id));
    new TinyModel.TinyWeights(writer, tiny, new SplittableRandom(1)).write(vocabulary.size());
    writer.writeTo(path);
    return path;
  }
}
