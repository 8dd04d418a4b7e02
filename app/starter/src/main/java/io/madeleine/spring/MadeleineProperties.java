package io.madeleine.spring;

import io.madeleine.conversation.episodic.closing.EpisodeCompression;
import io.madeleine.conversation.mind.RecallMode;
import io.madeleine.conversation.ready.HomePath;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.text.Thinking;
import io.madeleine.langchain4j.memory.Window;
import java.io.FileNotFoundException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.ResourceUtils;
import org.springframework.util.unit.DataSize;

/**
 * What an application may set under {@code madeleine.}.
 *
 * @param data folder of the history and of everything derived from it, where ~ is the home
 *     directory; one process at a time
 * @param tenant whose memories these are, where the application itself is the tenant
 * @param model path of a GGUF file, the name of one in the folder "models" of madeleine.data, or
 *     "pocket" for the toy model if its jar is there; none for a memory beside another model
 * @param kv keys and values of the model's conversations
 * @param engine how the model runs
 * @param window how much of the history a LangChain4j model sees
 * @param embedding what gives an index that the starter opens its vectors, where the application
 *     has an embedding model; one of a Memory bean has those that it was opened with
 * @param endpoint the Actuator endpoint
 */
@ConfigurationProperties("madeleine")
public record MadeleineProperties(
    @Nullable String data,
    @Nullable String tenant,
    @Nullable String model,
    @DefaultValue Kv kv,
    @DefaultValue Engine engine,
    @DefaultValue WindowProperties window,
    @DefaultValue Embedding embedding,
    @DefaultValue Endpoint endpoint) {

  /**
   * {@return {@code data}, a path as of {@link HomePath} or a {@code file:} URI, as this machine's
   * files have it; null where it is not set or blank} Spring makes paths of what lies on the class
   * path first, even of {@code /data}.
   *
   * @throws IllegalArgumentException if it is a URL of something else than a file
   */
  public @Nullable Path folder() {
    if (data == null || data.isBlank()) {
      return null;
    }
    try {
      return HomePath.of(ResourceUtils.isUrl(data) ? ResourceUtils.getFile(data).getPath() : data);
    } catch (FileNotFoundException e) {
      throw new IllegalArgumentException(
          "madeleine.data is '%s', which is no folder of this machine: give a path, or file: and a path"
              .formatted(data),
          e);
    }
  }

  // Spring's processor takes the first tag that begins with a component's name: recall's stands
  // before that of recalledTokens.
  /**
   * Keys and values.
   *
   * @param memory the most that keys and values may take in memory, all together
   * @param disk the most that keys and values may take on disk
   * @param type how completions store keys and values: F32, F16 or INT8
   * @param recentTokens tokens of a conversation that stay from turn to turn
   * @param recall how a turn gets back what it needs: EVENTS, TOPICS, TEXT or AUTO
   * @param recalledTokens the most that recalled episodes may occupy together; 0 turns recall off
   * @param lease how long the cache of an answer that called a tool is pinned in memory; left out,
   *     it is computed from how long the tool usually takes
   * @param episodes what is kept of an episode when it closes
   */
  public record Kv(
      @DefaultValue("1GB") DataSize memory,
      @DefaultValue("4GB") DataSize disk,
      @DefaultValue("F16") KvType type,
      @DefaultValue("256") int recentTokens,
      @DefaultValue("1024") int recalledTokens,
      @Nullable Duration lease,
      @DefaultValue("EVENTS") RecallMode recall,
      @DefaultValue Episodes episodes) {

    public Kv {
      require(!memory.isNegative(), "kv.memory", "at least 0", memory);
      require(!disk.isNegative(), "kv.disk", "at least 0", disk);
      require(recentTokens >= 0, "kv.recent-tokens", "at least 0", recentTokens);
      require(recalledTokens >= 0, "kv.recalled-tokens", "at least 0", recalledTokens);
      if (lease != null) {
        require(!lease.isNegative(), "kv.lease", "at least 0, or left out", lease);
      }
    }
  }

  /**
   * What is kept of an episode when it closes.
   *
   * @param policy a policy's name, such as keydiff, or none
   * @param kept share of an episode's tokens that each head keeps on average, above 0, at most 1
   * @param wholeUpTo episodes of at most so many tokens stay whole
   */
  public record Episodes(
      @DefaultValue("none") String policy,
      @DefaultValue("1") double kept,
      @DefaultValue("0") int wholeUpTo) {

    public Episodes {
      require(kept > 0 && kept <= 1, "kv.episodes.kept", "a share above 0 and of at most 1", kept);
      require(wholeUpTo >= 0, "kv.episodes.whole-up-to", "at least 0", wholeUpTo);
      try {
        var unused = new EpisodeCompression(policy, kept, wholeUpTo);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "madeleine.kv.episodes.policy is none or names a policy: " + e.getMessage(), e);
      }
    }

    EpisodeCompression toCompression() {
      return new EpisodeCompression(policy, kept, wholeUpTo);
    }
  }

  /**
   * How the model runs.
   *
   * @param threads how many threads compute; 0 for one a core
   * @param warmUp whether to run a few synthetic tokens at start, so that the first answer is not
   *     slow
   * @param contextTokens the most tokens that the model sees at once; 0 for as many as it was
   *     trained for. Phi 3.5 and Phi 4 mini answer better within 4096, if they are told so here
   * @param running how many answers from messages alone are computed together
   * @param waiting how many answers from messages alone may wait; more are refused until one ends
   * @param thinking whether the model reasons before it answers: ON, OFF, or AUTO, as its chat
   *     template has it
   */
  public record Engine(
      @DefaultValue("0") int threads,
      @DefaultValue("true") boolean warmUp,
      @DefaultValue("0") int contextTokens,
      @DefaultValue("16") int running,
      @DefaultValue("256") int waiting,
      @DefaultValue("AUTO") Thinking thinking) {

    public Engine {
      require(threads >= 0, "engine.threads", "at least 0", threads);
      require(contextTokens >= 0, "engine.context-tokens", "at least 0", contextTokens);
      require(running >= 1, "engine.running", "at least 1", running);
      require(waiting >= 0, "engine.waiting", "at least 0", waiting);
    }
  }

  /**
   * The window of a LangChain4j chat memory.
   *
   * @param turns how many of the newest whole turns a model sees
   * @param patience how long a turn may hold up the next one of its conversation
   * @param recalledTokens the most that recalled older turns may take together, in tokens; 0 turns
   *     recall off
   */
  public record WindowProperties(
      @DefaultValue("20") int turns,
      @DefaultValue("2m") Duration patience,
      @DefaultValue("1024") int recalledTokens) {

    public WindowProperties {
      require(turns >= 0, "window.turns", "at least 0", turns);
      require(!patience.isNegative(), "window.patience", "at least 0", patience);
      require(recalledTokens >= 0, "window.recalled-tokens", "at least 0", recalledTokens);
    }

    Window toWindow() {
      return new Window.Turns(turns);
    }
  }

  /**
   * The application's embedding model, as the index knows it.
   *
   * @param name name of the model and its version; when it changes, the index is built again. Left
   *     out, the model's own name
   * @param queryPrefix what the model wants before a question; nothing by default
   * @param dimension how many numbers the model's vectors have; 0 asks the model at start, and one
   *     that LangChain4j does not know by name is then asked for a vector
   */
  public record Embedding(
      @Nullable String name,
      @DefaultValue("") String queryPrefix,
      @DefaultValue("0") int dimension) {

    public Embedding {
      require(dimension >= 0, "embedding.dimension", "at least 0", dimension);
    }
  }

  /**
   * The Actuator endpoint {@code madeleine}.
   *
   * @param delete whether the endpoint may erase conversations
   */
  public record Endpoint(@DefaultValue("false") boolean delete) {}

  private static void require(boolean holds, String property, String bound, Object value) {
    if (!holds) {
      throw new IllegalArgumentException(
          "madeleine.%s must be %s, but was %s".formatted(property, bound, value));
    }
  }
}
