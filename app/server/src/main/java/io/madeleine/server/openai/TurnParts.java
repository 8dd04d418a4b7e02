package io.madeleine.server.openai;

import io.madeleine.conversation.mind.EpisodicTurn;
import io.madeleine.conversation.mind.MindListener;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * What a remembered turn tells on its way. The turn holds its conversation and the memory that it
 * works in, so it neither waits for its client nor fails with it: one that goes away in mid-answer
 * ends the turn there, with what was said by then.
 */
final class TurnParts implements MindListener {

  private final Handover<Consumer<AnswerWriter>> parts;
  private boolean gone;

  TurnParts() {
    this(new Handover<>());
  }

  TurnParts(Handover<Consumer<AnswerWriter>> parts) {
    this.parts = parts;
  }

  /** Takes how much is read; returns at once. */
  @Override
  public void reading(int read, int all) {
    parts.add(client -> client.reading(read, all));
  }

  /** Takes the next words; returns at once. */
  @Override
  public void wrote(String text) {
    parts.add(client -> client.text(text));
  }

  /**
   * Hands the parts on as they come, on the calling thread, until the turn is over. One whose
   * client has gone is waited for all the same.
   *
   * @param turn ends early when {@code client} is {@linkplain AnswerWriter#cancel cancelled}
   * @param client may be slow
   */
  void tell(CompletableFuture<EpisodicTurn> turn, AnswerWriter client) {
    boolean told = false;
    try {
      parts.tell(turn, () -> hand(AnswerWriter::waiting, client), part -> hand(part, client));
      told = true;
    } finally {
      if (!told) {
        client.cancel().cancel();
      }
    }
  }

  private void hand(Consumer<AnswerWriter> part, AnswerWriter client) {
    if (gone) {
      return;
    }
    try {
      part.accept(client);
    } catch (UncheckedIOException e) {
      gone = true; // and the writer has cancelled the turn
    }
  }
}
