package io.madeleine.conversation;

import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.text.Thinking;
import java.nio.file.Path;
import java.time.Clock;

/**
 * Where conversations live and what they may take.
 *
 * @param data directory of the history and the snapshots; one process at a time
 * @param clock tells when things are said
 * @param engine how the model runs
 * @param kvType how keys and values are stored while a conversation runs
 * @param kvBytes the most that keys and values may take in memory, of all conversations together
 * @param snapshotBytes the most that they may take on disk
 * @param memoryBytes what the machine has; a model that does not fit is refused
 * @param thinking whether the model reasons before it answers
 */
public record ConversationConfig(
    Path data,
    Clock clock,
    EngineOptions engine,
    KvType kvType,
    long kvBytes,
    long snapshotBytes,
    long memoryBytes,
    Thinking thinking) {

  /**
   * @throws IllegalArgumentException if a budget is below 1
   */
  public ConversationConfig {
    if (kvBytes < 1 || snapshotBytes < 0 || memoryBytes < 1) {
      throw new IllegalArgumentException(
          "kvBytes and memoryBytes must be at least 1 and snapshotBytes at least 0, but were %,d, %,d and %,d"
              .formatted(kvBytes, memoryBytes, snapshotBytes));
    }
  }

  /** {@return a config to change where the defaults do not fit} */
  public static Builder builder(Path data) {
    return new Builder(data);
  }

  /** Starts from the system's clock, all cores, F16, 1 GiB in memory and 4 GiB on disk. */
  public static final class Builder {
    private final Path data;
    private Clock clock = Clock.systemUTC();
    private EngineOptions engine = EngineOptions.defaults();
    private KvType kvType = KvType.F16;
    private long kvBytes = 1L << 30;
    private long snapshotBytes = 4L << 30;
    private long memoryBytes = Long.MAX_VALUE;
    private Thinking thinking = Thinking.AUTO;

    private Builder(Path data) {
      this.data = data;
    }

    /** Tells when things are said. */
    public Builder clock(Clock value) {
      clock = value;
      return this;
    }

    /** How the model runs. */
    public Builder engine(EngineOptions value) {
      engine = value;
      return this;
    }

    /** How keys and values are stored while a conversation runs. */
    public Builder kvType(KvType value) {
      kvType = value;
      return this;
    }

    /** The most that keys and values may take in memory. */
    public Builder kvBytes(long value) {
      kvBytes = value;
      return this;
    }

    /** The most that keys and values may take on disk. */
    public Builder snapshotBytes(long value) {
      snapshotBytes = value;
      return this;
    }

    /** What the machine has. */
    public Builder memoryBytes(long value) {
      memoryBytes = value;
      return this;
    }

    /** Whether the model reasons before it answers. */
    public Builder thinking(Thinking value) {
      thinking = value;
      return this;
    }

    /** {@return the config} */
    public ConversationConfig build() {
      return new ConversationConfig(
          data, clock, engine, kvType, kvBytes, snapshotBytes, memoryBytes, thinking);
    }
  }
}
