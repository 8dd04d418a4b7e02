package io.madeleine.conversation;

import io.madeleine.conversation.Turn.Finish;
import io.madeleine.engine.chat.AnswerPart;
import io.madeleine.engine.chat.AnswerReader;
import io.madeleine.engine.chat.CallIds;
import io.madeleine.engine.chat.ToolDialect;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Gathers the text of an answer, tells its parts apart, and tells the listener what is spoken. */
final class AnswerWriter {

  private final TurnListener listener;
  private final AnswerReader reader;
  private final StringBuilder raw = new StringBuilder();
  private final StringBuilder text = new StringBuilder();
  private final StringBuilder thinking = new StringBuilder();
  private final List<ToolCall> calls = new ArrayList<>();
  private final List<AnswerPart.MalformedCall> malformed = new ArrayList<>();

  AnswerWriter(ToolDialect dialect, TurnOptions options, String prompt, TurnListener listener) {
    this.listener = listener;
    this.reader =
        new AnswerReader(dialect, options.tools(), new CallIds(new SplittableRandom())::next);
    this.reader.continuing(prompt);
  }

  /** {@return the text as the model wrote it} */
  String raw() {
    return raw.toString();
  }

  void push(String spelled) {
    raw.append(spelled);
    take(reader.push(spelled));
  }

  Answer finish(Finish finish) {
    take(reader.finish());
    var message =
        new ChatMessage.Assistant(text.toString().strip(), thinking.toString().strip(), calls);
    return new Answer(message, malformed, finish);
  }

  private void take(List<AnswerPart> parts) {
    for (AnswerPart part : parts) {
      switch (part) {
        case AnswerPart.Text(String more) -> say(text.isEmpty() ? more.stripLeading() : more);
        case AnswerPart.Thinking(String more) -> thinking.append(more);
        case AnswerPart.Call(ToolCall call) -> calls.add(call);
        case AnswerPart.MalformedCall wrong -> malformed.add(wrong);
      }
    }
  }

  private void say(String more) {
    text.append(more);
    if (!more.isEmpty()) {
      listener.wrote(more);
    }
  }
}
