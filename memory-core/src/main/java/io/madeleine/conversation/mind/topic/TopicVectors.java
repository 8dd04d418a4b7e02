package io.madeleine.conversation.mind.topic;

import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.index.CheckedEmbedder;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.topic.TopicSettings;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
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
  private final Optional<VectorFile> file;
  private final Map<String, float[]> known;

  private TopicVectors(
      Optional<PatientEmbedder> embedder, Optional<VectorFile> file, Map<String, float[]> known) {
    this.embedder = embedder;
    this.file = file;
    this.known = known;
  }

  /** By words, see {@link WordVectors}. */
  public static TopicVectors byWords() {
    return new TopicVectors(Optional.empty(), Optional.empty(), new HashMap<>());
  }

  /**
   * {@return vectors by an embedder, if there is one}
   *
   * @param file of the vectors that are known; need not exist. It is written to when the embedder
   *     has said something new, and not before; those of another embedder go then. One that cannot
   *     be read is left as it is, and its vectors are made again
   */
  public static TopicVectors open(Optional<Embedder> embedder, Path file) {
    return embedder.isEmpty() ? byWords() : open(embedder.get(), file, PATIENCE);
  }

  /**
   * {@return vectors by an embedder}
   *
   * @param patience for one of its answers
   */
  static TopicVectors open(Embedder embedder, Path file, Duration patience) {
    // The file has vectors of one length behind one another: another one must not get in.
    var checked = new CheckedEmbedder(embedder);
    var patient = Optional.of(new PatientEmbedder(checked, patience));
    try {
      var stored = new VectorFile(file, checked);
      return new TopicVectors(patient, Optional.of(stored), stored.read());
    } catch (IOException e) {
      LOG.log(
          Level.WARNING,
          () ->
              "the vectors of topics in %s cannot be read: they are made again, and written down when the file can be read or is gone"
                  .formatted(file),
          e);
      return new TopicVectors(patient, Optional.empty(), new HashMap<>());
    }
  }

  /**
   * Drops from a file the vectors of all episodes but some. A crash meanwhile leaves all or those.
   *
   * @param embedder of the vectors that stay; without one none does
   * @param file need not exist
   * @param episodes ids of those whose vectors stay
   * @throws IOException if the file cannot be read or written
   */
  public static void keepOnly(Optional<Embedder> embedder, Path file, Set<String> episodes)
      throws IOException {
    if (embedder.isEmpty()) {
      VectorFile.delete(file);
    } else {
      new VectorFile(file, embedder.get()).keepOnly(episodes);
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
    if (file.isPresent()) {
      try {
        file.get().append(id, vector);
      } catch (IOException e) {
        LOG.log(Level.WARNING, "a topic's vector could not be written and will be made again", e);
      }
    }
  }
}
