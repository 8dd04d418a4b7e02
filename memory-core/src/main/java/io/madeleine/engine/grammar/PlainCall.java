package io.madeleine.engine.grammar;

import java.util.List;

/**
 * A tool that is called as {@code name(first, second)}.
 *
 * @param name of the tool
 * @param types JSON schema's names of its arguments' types, in order
 */
public record PlainCall(String name, List<String> types) {
  public PlainCall {
    types = List.copyOf(types);
  }
}
