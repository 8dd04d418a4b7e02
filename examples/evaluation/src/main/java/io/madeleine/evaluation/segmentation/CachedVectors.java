package io.madeleine.evaluation.segmentation;

import io.madeleine.engine.digest.Sha256;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.segmentation.Utterance;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Vectors of texts, each computed once. With a file they are kept between runs: records of a
 * 16-byte digest of embedder and text and the vector's floats, little-endian, appended as they
 * come.
 */
final class CachedVectors {

  private static final int BATCH = 64;
  private static final int KEY = 16;

  private final Embedder embedder;
  private final Optional<Path> file;
  private final PrintWriter progress;
  private final Map<ByteBuffer, float[]> known = new HashMap<>();

  CachedVectors(Embedder embedder, Optional<Path> file, PrintWriter progress) throws IOException {
    this.embedder = embedder;
    this.file = file;
    this.progress = progress;
    if (file.isPresent() && Files.exists(file.get())) {
      load(ByteBuffer.wrap(Files.readAllBytes(file.get())).order(ByteOrder.LITTLE_ENDIAN));
    }
  }

  private void load(ByteBuffer records) {
    while (records.remaining() >= KEY + embedder.dimension() * Float.BYTES) {
      byte[] key = new byte[KEY];
      records.get(key);
      float[] vector = new float[embedder.dimension()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = records.getFloat();
      }
      known.put(ByteBuffer.wrap(key), vector);
    }
  }

  /** {@return the dialogues with a vector at every turn} */
  List<SegmentedDialogue> addTo(List<SegmentedDialogue> dialogues) throws IOException {
    Map<ByteBuffer, String> missing = new LinkedHashMap<>();
    for (SegmentedDialogue dialogue : dialogues) {
      for (Utterance turn : dialogue.turns()) {
        ByteBuffer key = key(oneLine(turn.text()));
        if (!known.containsKey(key)) {
          missing.put(key, oneLine(turn.text()));
        }
      }
    }
    embed(List.copyOf(missing.entrySet()));
    List<SegmentedDialogue> with = new ArrayList<>();
    for (SegmentedDialogue dialogue : dialogues) {
      var turns = dialogue.turns().stream().map(t -> t.withVector(vector(t.text()))).toList();
      with.add(new SegmentedDialogue(dialogue.id(), turns, dialogue.boundaries()));
    }
    return with;
  }

  private float[] vector(String text) {
    return known.getOrDefault(key(oneLine(text)), new float[0]);
  }

  private void embed(List<Map.Entry<ByteBuffer, String>> missing) throws IOException {
    for (int from = 0; from < missing.size(); from += BATCH) {
      var batch = missing.subList(from, Math.min(from + BATCH, missing.size()));
      List<float[]> vectors = embedder.embed(batch.stream().map(Map.Entry::getValue).toList());
      for (int i = 0; i < batch.size(); i++) {
        known.put(batch.get(i).getKey(), vectors.get(i));
      }
      append(batch, vectors);
      progress.printf("\rembedding %,d of %,d turns", from + batch.size(), missing.size());
      progress.flush();
    }
    if (!missing.isEmpty()) {
      progress.println();
    }
  }

  private void append(List<Map.Entry<ByteBuffer, String>> batch, List<float[]> vectors)
      throws IOException {
    if (file.isEmpty()) {
      return;
    }
    var records =
        ByteBuffer.allocate(batch.size() * (KEY + embedder.dimension() * Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < batch.size(); i++) {
      records.put(batch.get(i).getKey().array());
      for (float x : vectors.get(i)) {
        records.putFloat(x);
      }
    }
    Files.write(file.get(), records.array(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s+", " ");
  }

  private ByteBuffer key(String text) {
    byte[] named = (embedder.fingerprint() + "\n" + text).getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.wrap(Arrays.copyOf(Sha256.of(named), KEY));
  }
}
