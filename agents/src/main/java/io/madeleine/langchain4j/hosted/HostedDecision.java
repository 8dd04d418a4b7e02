package io.madeleine.langchain4j.hosted;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What a provider is told, and what each choice was expected to cost.
 *
 * @param setting the cheapest
 * @param choices all that were weighed, the cheapest first
 */
public record HostedDecision(HostedSetting setting, List<Choice> choices) {

  /**
   * One choice.
   *
   * @param setting what the provider would be told
   * @param cost of this request and of the next one's prefix together, in tokens of plain input
   */
  public record Choice(HostedSetting setting, double cost) {}

  public HostedDecision {
    choices = List.copyOf(choices);
  }

  /** {@return the decision as a sentence} */
  public String why() {
    return choices.stream()
        .map(
            choice -> String.format(Locale.ROOT, "%s costs %,.0f", choice.setting(), choice.cost()))
        .collect(Collectors.joining(", ", "tokens of plain input: ", ""));
  }
}
