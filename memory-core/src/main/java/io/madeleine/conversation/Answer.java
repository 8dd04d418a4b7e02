package io.madeleine.conversation;

import io.madeleine.conversation.Turn.Finish;
import io.madeleine.engine.chat.AnswerPart;
import io.madeleine.engine.token.ChatMessage;
import java.util.List;

/**
 * What the model wrote in one go. A turn has several of them where tools are called.
 *
 * @param message text, reasoning and tool calls
 * @param malformed calls that the model got wrong
 * @param finish why it stopped
 */
public record Answer(
    ChatMessage.Assistant message, List<AnswerPart.MalformedCall> malformed, Finish finish) {

  public Answer {
    malformed = List.copyOf(malformed);
  }
}
