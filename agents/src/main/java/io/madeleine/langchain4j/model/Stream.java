package io.madeleine.langchain4j.model;

import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.withLoggingExceptions;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import io.madeleine.conversation.completion.CompletionRequest;
import io.madeleine.engine.chat.AnswerPart;
import io.madeleine.langchain4j.call.Call;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;

/**
 * Tells a handler one answer. Two threads: one waits for the answer, the other calls the handler
 * with what is queued, in order; the model's own thread only queues. The queue holds at most an
 * answer, which has the context's length at most.
 */
final class Stream implements StreamingHandle {

  /** What the handler is told. */
  private sealed interface Event {
    record Wrote(AnswerPart part) implements Event {}

    record Finished(ChatResponse response) implements Event {}

    record Failed(Throwable why) implements Event {}
  }

  private final StreamingChatResponseHandler handler;
  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final Answer answer;
  private final Optional<Call> call;
  private final Runnable cancelled;

  /**
   * @param call that ends when this is cancelled, or the service throws what it is answered; nobody
   *     waits for it when this fails
   * @param cancelled run when it is cancelled, each time
   */
  Stream(
      ModelSettings settings,
      StreamingChatResponseHandler handler,
      Optional<Call> call,
      Runnable cancelled) {
    this.call = call;
    this.cancelled = cancelled;
    this.handler = handler;
    this.answer = new Answer(settings, (part, chances) -> events.add(new Event.Wrote(part)));
  }

  @Override
  public void cancel() {
    answer.cancel();
    call.ifPresent(Call::cancel);
    cancelled.run();
  }

  @Override
  public boolean isCancelled() {
    return answer.isCancelled();
  }

  void begin(Supplier<CompletionRequest> request) {
    Thread.ofVirtual().name("madeleine-answer").start(() -> answer(request));
    Thread.ofVirtual().name("madeleine-handler").start(this::tell);
  }

  private void answer(Supplier<CompletionRequest> request) {
    try {
      events.add(new Event.Finished(answer.get(request)));
    } catch (RuntimeException e) {
      events.add(new Event.Failed(e));
    } catch (Error e) { // it is no reason to let somebody wait for ever
      events.add(new Event.Failed(e));
      throw e;
    }
  }

  private void tell() {
    try {
      Event event = events.take();
      while (event instanceof Event.Wrote(AnswerPart part)) {
        if (!isCancelled()) {
          hand(() -> tell(part));
        }
        event = events.take();
      }
      if (!isCancelled()) {
        end(event);
      }
    } catch (InterruptedException e) {
      cancel(); // nobody has this thread but us
      Thread.currentThread().interrupt();
    }
  }

  /** An exception of the handler's is told to it further down; an error is here. */
  private void hand(Runnable telling) {
    try {
      telling.run();
    } catch (Error e) {
      withLoggingExceptions(() -> handler.onError(e));
      cancel();
      throw e;
    }
  }

  private void tell(ChatResponse response) {
    tellCalls(response.aiMessage().toolExecutionRequests());
    try {
      handler.onCompleteResponse(response);
    } catch (Exception e) {
      fail(e);
      // Behind its answer no other model has a turn to answer, and maybe nobody says that it ends.
      call.filter(Call::isAnswered).ifPresent(Call::cancel);
    }
  }

  /** The call is not ended: the handler may be that of a wrapper, which asks another model now. */
  private void fail(Throwable why) {
    call.ifPresent(Call::fail);
    withLoggingExceptions(() -> handler.onError(why));
  }

  private void tell(AnswerPart part) {
    switch (part) {
      case AnswerPart.Text(String text) ->
          InternalStreamingChatResponseHandlerUtils.onPartialResponse(handler, text, this);
      case AnswerPart.Thinking(String text) ->
          InternalStreamingChatResponseHandlerUtils.onPartialThinking(handler, text, this);
      case AnswerPart.Call ignored -> {
        // Told at the end: while a call may have to be asked for again, none of them counts.
      }
      case AnswerPart.MalformedCall ignored -> {
        // It is asked for once more; the outcome says if it stays wrong.
      }
    }
  }

  private void end(Event event) {
    switch (event) {
      case Event.Finished(ChatResponse response) -> hand(() -> tell(response));
      case Event.Failed(Throwable why) -> fail(why);
      case Event.Wrote ignored -> throw new IllegalStateException("a part is not an end");
    }
  }

  private void tellCalls(List<ToolExecutionRequest> calls) {
    for (int i = 0; i < calls.size(); i++) {
      InternalStreamingChatResponseHandlerUtils.onCompleteToolCall(
          handler, new CompleteToolCall(i, calls.get(i)));
    }
  }
}
