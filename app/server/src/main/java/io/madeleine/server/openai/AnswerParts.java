package io.madeleine.server.openai;

import io.madeleine.conversation.completion.Completing;
import io.madeleine.conversation.completion.Completion;
import io.madeleine.conversation.completion.CompletionListener;
import io.madeleine.engine.chat.AnswerPart;
import io.madeleine.engine.generation.TokenChance;
import java.util.List;
import java.util.function.BiConsumer;

/** The parts of an answer from messages alone, on their way from the model's thread. */
final class AnswerParts implements CompletionListener {

  private record Wrote(AnswerPart part, List<TokenChance> chances) {}

  private final Handover<Wrote> parts = new Handover<>();

  /** Takes the next part; returns at once. */
  @Override
  public void wrote(AnswerPart part, List<TokenChance> chances) {
    parts.add(new Wrote(part, chances));
  }

  /**
   * Hands the parts on as they come, on the calling thread, until the answer is over.
   *
   * @param answer ended early if {@code client} or {@code waiting} throws
   * @param waiting tells the client that nothing has come for a while
   * @param client may be slow
   * @return the answer
   * @throws java.util.concurrent.CompletionException what the answer failed with
   * @throws RuntimeException what they threw
   */
  Completion tell(
      Completing answer, Runnable waiting, BiConsumer<AnswerPart, List<TokenChance>> client) {
    boolean told = false;
    try {
      parts.tell(answer.done(), waiting, wrote -> client.accept(wrote.part(), wrote.chances()));
      told = true;
      return answer.done().join();
    } finally {
      if (!told) {
        answer.cancel();
      }
    }
  }
}
