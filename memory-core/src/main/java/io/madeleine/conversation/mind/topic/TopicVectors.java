package io.madeleine.conversation.mind.topic;

import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.index.CheckedEmbedder;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.topic.TopicSettings;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UTFDataFormatException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What episodes and questions are about, as directions: by an embedder where the application has
 * one, by their words otherwise. An embedder is asked once for each episode; what it said lies in a
 * file, so that a long conversation opens as fast as one by words. Where it fails, or does not
 * answer in half a minute, it is asked no more until the conversation is opened again, and episodes
 * and questions have no topic until then. Not thread-safe.
 */
public final class TopicVectors {

  private static final System.Logger LOG = System.getLogger(TopicVectors.class.getName());
  private static final TopicSettings BY_WORDS =
      new TopicSettings(/* threshold= */ 0.2, 64, 64, 0.02, 42);

  /** What a model in this process takes for a long episode, with room. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Optional<PatientEmbedder> embedder;
  private final Path file;
  private final Map<String, float[]> known = new HashMap<>();

  private TopicVectors(Optional<PatientEmbedder> embedder, Path file) {
    this.embedder = embedder;
    this.file = file;
  }

  /** By words, see {@link WordVectors}. */
  public static TopicVectors byWords() {
    return new TopicVectors(Optional.empty(), Path.of(""));
  }

  /**
   * {@return vectors by an embedder, if there is one}
   *
   * @param file of the vectors that are known; need not exist. Those of another embedder are
   *     dropped
   */
  public static TopicVectors open(Optional<Embedder> embedder, Path file) throws IOException {
    return embedder.isEmpty() ? byWords() : open(embedder.get(), file, PATIENCE);
  }

  /**
   * {@return vectors by an embedder}
   *
   * @param patience for one of its answers
   */
  static TopicVectors open(Embedder embedder, Path file, Duration patience) throws IOException {
    // The file has vectors of one length behind one another: another one must not get in.
    var checked = new CheckedEmbedder(embedder);
    var vectors = new TopicVectors(Optional.of(new PatientEmbedder(checked, patience)), file);
    vectors.read(checked);
    return vectors;
  }

  /**
   * Drops from a file the vectors of all episodes but some.
   *
   * @param embedder of the vectors that stay; without one none does
   * @param file need not exist
   * @param episodes ids of those whose vectors stay
   * @throws IOException if the file cannot be read or written
   */
  public static void keepOnly(Optional<Embedder> embedder, Path file, Set<String> episodes)
      throws IOException {
    if (embedder.isEmpty()) {
      Files.deleteIfExists(file);
    } else if (Files.exists(file)) {
      TopicVectors vectors = open(embedder.get(), file, PATIENCE);
      vectors.known.keySet().retainAll(episodes);
      vectors.rewrite(embedder.get());
    }
  }

  /** {@return how topics are told apart by vectors of this kind} */
  public TopicSettings settings() {
    return embedder.isPresent() ? TopicSettings.DEFAULT : BY_WORDS;
  }

  /**
   * {@return the direction of an episode; empty where the embedder failed}
   *
   * @param meanwhile runs while an embedder is waited for, and ends that by what it throws
   */
  public Optional<float[]> of(Episode episode, String text, Runnable meanwhile) {
    if (embedder.isEmpty()) {
      return Optional.of(WordVectors.of(text));
    }
    float[] vector = known.get(episode.id());
    if (vector != null) {
      return Optional.of(vector);
    }
    Optional<float[]> fresh = embedder.get().text(text, meanwhile);
    fresh.ifPresent(found -> remember(episode.id(), found));
    return fresh;
  }

  /**
   * {@return the direction of a question; empty where the embedder failed}
   *
   * @param meanwhile runs while an embedder is waited for, and ends that by what it throws
   */
  public Optional<float[]> ofQuestion(String text, Runnable meanwhile) {
    return embedder.isEmpty()
        ? Optional.of(WordVectors.of(text))
        : embedder.get().question(text, meanwhile);
  }

  private void remember(String id, float[] vector) {
    known.put(id, vector);
    try {
      var bytes = new ByteArrayOutputStream();
      try (var out = new DataOutputStream(bytes)) {
        out.writeUTF(id);
        for (float number : vector) {
          out.writeFloat(number);
        }
      }
      Files.write(file, bytes.toByteArray(), StandardOpenOption.APPEND);
    } catch (IOException e) {
      LOG.log(Level.WARNING, "a topic's vector could not be written and will be made again", e);
    }
  }

  private void read(Embedder by) throws IOException {
    if (Files.exists(file)) {
      try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
        if (in.readUTF().equals(by.fingerprint())) {
          while (true) {
            String id = in.readUTF();
            var vector = new float[by.dimension()];
            for (int i = 0; i < vector.length; i++) {
              vector[i] = in.readFloat();
            }
            known.put(id, vector);
          }
        }
      } catch (EOFException | UTFDataFormatException e) {
        // The end, or a vector that a crash cut short: what follows is made again.
      }
    }
    rewrite(by);
  }

  /** So that nothing half written stands before the next vector. */
  private void rewrite(Embedder by) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.writeUTF(by.fingerprint());
      for (Map.Entry<String, float[]> each : known.entrySet()) {
        out.writeUTF(each.getKey());
        for (float number : each.getValue()) {
          out.writeFloat(number);
        }
      }
    }
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, bytes.toByteArray());
  }
}
