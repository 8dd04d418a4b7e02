package io.madeleine.conversation.completion;

import io.madeleine.engine.chat.AnswerPart;
import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.generation.TokenChance;
import io.madeleine.engine.generation.Usage;
import io.madeleine.engine.token.ChatMessage;
import java.time.Duration;
import java.util.List;

/**
 * An answer.
 *
 * @param message text, reasoning and tool calls
 * @param malformed calls that the model got wrong
 * @param finish why it ended
 * @param usage tokens of the prompt, those of them that were cached, and those of the answer
 * @param chances how likely each token was; empty if nobody asked
 * @param toFirstToken from the request to the first token
 */
public record Completion(
    ChatMessage.Assistant message,
    List<AnswerPart.MalformedCall> malformed,
    FinishReason finish,
    Usage usage,
    List<TokenChance> chances,
    Duration toFirstToken) {

  public Completion {
    malformed = List.copyOf(malformed);
    chances = List.copyOf(chances);
  }
}
