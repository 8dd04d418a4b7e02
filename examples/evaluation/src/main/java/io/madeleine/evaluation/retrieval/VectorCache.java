package io.madeleine.evaluation.retrieval;

import io.madeleine.evaluation.dataset.AnnotatedConversation;
import io.madeleine.memory.index.Embedder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * An embedder that computes each text once and, given a directory, once for ever: tuning asks the
 * same thousands of texts again and again.
 */
final class VectorCache implements Embedder {

  private static final int BATCH = 64;

  private final Embedder embedder;
  private final Optional<Path> directory;
  private final Progress progress;
  private final Map<String, float[]> stored = new HashMap<>();
  private final Map<String, float[]> questions = new HashMap<>();

  VectorCache(Embedder embedder, Optional<Path> directory, Progress progress) {
    this.embedder = embedder;
    this.directory = directory;
    this.progress = progress;
  }

  /** Computes or reads the vectors of all turns and of all questions. */
  void warm(List<AnnotatedConversation> conversations) {
    warm(
        conversations.stream()
            .flatMap(one -> one.turns().stream())
            .map(AnnotatedConversation.Turn::text)
            .toList(),
        false);
    warm(
        conversations.stream()
            .flatMap(one -> one.questions().stream())
            .map(AnnotatedConversation.Question::text)
            .toList(),
        true);
  }

  /** Computes or reads the vectors of {@code texts}. */
  void warm(List<String> texts, boolean asQuestions) {
    Map<String, float[]> known = asQuestions ? questions : stored;
    List<String> missing =
        texts.stream().distinct().filter(text -> !known.containsKey(text)).toList();
    Optional<Path> file = directory.map(d -> d.resolve(name(missing, asQuestions)));
    if (file.isPresent() && Files.exists(file.get())) {
      read(file.get(), missing, known);
      return;
    }
    progress.begin("vectors " + embedder.fingerprint(), missing.size());
    for (int i = 0; i < missing.size(); i += BATCH) {
      List<String> batch = missing.subList(i, Math.min(missing.size(), i + BATCH));
      List<float[]> vectors =
          asQuestions ? batch.stream().map(embedder::embedQuery).toList() : embedder.embed(batch);
      for (int j = 0; j < batch.size(); j++) {
        known.put(batch.get(j), vectors.get(j));
      }
      progress.step(batch.size());
    }
    file.ifPresent(f -> write(f, missing, known));
  }

  private String name(List<String> texts, boolean asQuestions) {
    var sum = new CRC32();
    texts.forEach(text -> sum.update(text.getBytes(StandardCharsets.UTF_8)));
    return "%s-%s-%d-%08x.f32"
        .formatted(
            embedder.fingerprint().replace('/', '-'),
            asQuestions ? "questions" : "texts",
            texts.size(),
            sum.getValue());
  }

  private void read(Path file, List<String> texts, Map<String, float[]> into) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      for (String text : texts) {
        var vector = new float[dimension()];
        for (int i = 0; i < vector.length; i++) {
          vector[i] = bytes.getFloat();
        }
        into.put(text, vector);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be read: delete it".formatted(file), e);
    }
  }

  private void write(Path file, List<String> texts, Map<String, float[]> from) {
    ByteBuffer bytes =
        ByteBuffer.allocate(texts.size() * dimension() * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (String text : texts) {
      for (float x : vector(from, text)) {
        bytes.putFloat(x);
      }
    }
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, bytes.array());
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be written".formatted(file), e);
    }
  }

  private static float[] vector(Map<String, float[]> from, String text) {
    float[] vector = from.get(text);
    if (vector == null) {
      throw new IllegalStateException("the vector of '%s' was never made".formatted(text));
    }
    return vector;
  }

  @Override
  public String fingerprint() {
    return embedder.fingerprint();
  }

  @Override
  public int dimension() {
    return embedder.dimension();
  }

  @Override
  public List<float[]> embed(List<String> texts) {
    List<float[]> vectors = new ArrayList<>();
    for (String text : texts) {
      float[] known = stored.get(text);
      vectors.add(known == null ? embedder.embed(List.of(text)).getFirst() : known);
    }
    return vectors;
  }

  @Override
  public float[] embedQuery(String text) {
    float[] known = questions.get(text);
    return known == null ? embedder.embedQuery(text) : known;
  }
}
