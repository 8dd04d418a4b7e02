package io.madeleine.memory.pause;

import io.madeleine.memory.identity.ConversationKey;
import java.util.List;
import java.util.OptionalDouble;

/**
 * An answer that called tools, as it ended.
 *
 * @param program whose it is
 * @param callIds ids of the calls; whoever brings the result of one of them continues the program
 * @param tools names of the tools, at least one
 * @param hintSeconds what the slowest is expected to take, if its author said so
 * @param bytes what the cache occupies in memory
 * @param reloadSeconds what it costs to have it back from disk; empty if there is no disk
 * @param prefillSeconds what it costs to read it all again
 */
public record ToolPause(
    ConversationKey program,
    List<String> callIds,
    List<String> tools,
    OptionalDouble hintSeconds,
    long bytes,
    OptionalDouble reloadSeconds,
    double prefillSeconds) {

  public ToolPause {
    callIds = List.copyOf(callIds);
    tools = List.copyOf(tools);
  }
}
