package io.madeleine.conversation;

import io.madeleine.conversation.context.ContextAssembler;
import io.madeleine.engine.token.ChatMessage;
import java.util.List;

/**
 * What holds for a whole conversation.
 *
 * @param instruction what the operator tells the model; one message or none
 * @param assembler decides what the model reads
 */
public record ConversationSetup(List<ChatMessage> instruction, ContextAssembler assembler) {

  /** No instruction, and the recent turns. */
  public static final ConversationSetup PLAIN =
      new ConversationSetup(List.of(), ContextAssembler.RECENT);

  public ConversationSetup {
    instruction = List.copyOf(instruction);
  }

  /** {@return the recent turns behind an instruction} */
  public static ConversationSetup instructed(String text) {
    return new ConversationSetup(List.of(new ChatMessage.System(text)), ContextAssembler.RECENT);
  }
}
