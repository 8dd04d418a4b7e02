package io.madeleine.conversation.completion;

import io.madeleine.conversation.scheduling.Decoder;
import io.madeleine.engine.chat.AnswerPart;
import io.madeleine.engine.chat.AnswerReader;
import io.madeleine.engine.generation.Advance;
import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.generation.Generation;
import io.madeleine.engine.generation.TokenChance;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Writes one answer: draws tokens, and tells text, reasoning and calls apart. */
final class Answering implements Decoder {

  private final Generation generation;
  private final AnswerReader reader;
  private final CompletionListener listener;
  private final StringBuilder text = new StringBuilder();
  private final StringBuilder thinking = new StringBuilder();
  private final List<ToolCall> calls = new ArrayList<>();
  private final List<AnswerPart.MalformedCall> malformed = new ArrayList<>();
  private final List<TokenChance> chances = new ArrayList<>();
  private int chancesTold;

  Answering(Generation generation, AnswerReader reader, CompletionListener listener) {
    this.generation = generation;
    this.reader = reader;
    this.listener = listener;
  }

  @Override
  public OptionalInt next(float[] logits) {
    Advance advance = generation.accept(logits);
    chances.addAll(advance.chances());
    take(reader.push(advance.text()));
    if (advance.finished().isPresent()) {
      take(reader.finish());
    }
    return advance.next();
  }

  int[] tokens() {
    return generation.tokens();
  }

  FinishReason finish() {
    return generation.finished().orElse(FinishReason.CANCELLED);
  }

  ChatMessage.Assistant message() {
    return new ChatMessage.Assistant(text.toString().strip(), thinking.toString().strip(), calls);
  }

  List<AnswerPart.MalformedCall> malformed() {
    return malformed;
  }

  List<TokenChance> chances() {
    return chances;
  }

  private void take(List<AnswerPart> parts) {
    for (AnswerPart part : parts) {
      AnswerPart heard = note(part);
      listener.wrote(heard, List.copyOf(chances.subList(chancesTold, chances.size())));
      chancesTold = chances.size();
    }
  }

  private AnswerPart note(AnswerPart part) {
    switch (part) {
      case AnswerPart.Text(String more) -> text.append(more);
      case AnswerPart.Thinking(String more) -> thinking.append(more);
      case AnswerPart.Call(ToolCall call) -> calls.add(call);
      case AnswerPart.MalformedCall wrong -> malformed.add(wrong);
    }
    return part;
  }
}
