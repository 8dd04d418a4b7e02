package io.madeleine.server.openai;

import io.madeleine.conversation.completion.Completing;
import io.madeleine.conversation.completion.Completion;
import io.madeleine.conversation.completion.CompletionListener;
import io.madeleine.engine.chat.AnswerPart;
import io.madeleine.engine.generation.TokenChance;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiConsumer;

/**
 * The parts of one answer, on their way from the model's thread, which must wait for nobody, to the
 * request's, which waits for its client. A client that does not read lets them pile up here, as
 * many as the answer has, and holds nobody else up.
 */
final class AnswerParts implements CompletionListener {

  private sealed interface News {
    record Wrote(AnswerPart part, List<TokenChance> chances) implements News {}

    /** Nothing more will come. */
    record Over() implements News {}
  }

  private final BlockingQueue<News> news = new LinkedBlockingQueue<>();

  /** Takes the next part; returns at once. */
  @Override
  public void wrote(AnswerPart part, List<TokenChance> chances) {
    news.add(new News.Wrote(part, chances));
  }

  /**
   * Hands the parts on as they come, on the calling thread, until the answer is over.
   *
   * @param answer ended early if {@code client} throws
   * @param client may be slow
   * @return the answer
   * @throws java.util.concurrent.CompletionException what the answer failed with
   * @throws RuntimeException what {@code client} threw
   */
  Completion tell(Completing answer, BiConsumer<AnswerPart, List<TokenChance>> client) {
    CompletableFuture<?> unused =
        answer.done().whenComplete((completion, failure) -> news.add(new News.Over()));
    boolean told = false;
    try {
      while (news.take() instanceof News.Wrote(AnswerPart part, List<TokenChance> chances)) {
        client.accept(part, chances);
      }
      told = true;
      return answer.done().join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while an answer was written", e);
    } finally {
      if (!told) {
        answer.cancel();
      }
    }
  }
}
