package io.madeleine.conversation;

import io.madeleine.conversation.Turn.Finish;
import io.madeleine.conversation.context.Prompt;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.conversation.scheduling.Job;
import io.madeleine.conversation.scheduling.Scheduler;
import io.madeleine.conversation.scheduling.Ticket;
import io.madeleine.engine.generation.Advance;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.generation.Generation;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.model.Observe;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Reads a prompt and writes an answer, together with whatever else the scheduler runs. The model's
 * thread only picks tokens; the listener hears of them on the thread that runs the turn, which may
 * lag behind. What was picked after the listener had enough is dropped.
 */
final class ModelRun {

  private static final long LOOK_MILLIS = 50;

  /** What the model's thread says to the one that runs the turn. */
  private sealed interface News {
    /** Tokens read so far. */
    record Read(int done) implements News {}

    /** A token, or the end; {@code full} if there is no room for the token after this one. */
    record Wrote(Advance step, int tokens, boolean full) implements News {}

    /** Nothing more will come. */
    record Over() implements News {}
  }

  /**
   * How an answer went.
   *
   * @param finish why it ended
   * @param read tokens that were read
   * @param written tokens that the listener heard of
   * @param readingNanos until the first token
   */
  record Outcome(Finish finish, int read, int written, long readingNanos) {}

  private final ReadyModel model;
  private final int context;
  private final Scheduler scheduler;
  private final TurnListener listener;
  private final long arrival;
  private final BlockingQueue<News> news = new LinkedBlockingQueue<>();
  private final long began = System.nanoTime();
  private Finish finish = Finish.CANCELLED;
  private long readingNanos;
  private int written;

  /**
   * @param context tokens that the cache can hold
   * @param arrival when this conversation came for its turn: who came first is served first
   */
  ModelRun(
      ReadyModel model, int context, Scheduler scheduler, TurnListener listener, long arrival) {
    this.model = model;
    this.context = context;
    this.scheduler = scheduler;
    this.listener = listener;
    this.arrival = arrival;
  }

  /** {@return how an answer to this prompt is chosen} */
  Generation generation(Prompt prompt, TurnOptions options) {
    var stop = new StopRule(model.stopIds(), options.stopTexts(), options.maxTokens());
    return new Generation(
        model.words().tokenizer(),
        prompt.tokens(),
        new GenerationOptions(
            options.sampling(),
            stop,
            options.mask(),
            -1,
            model.spoken(options.tools()),
            model.never(options.tools())),
        new CancelToken());
  }

  /**
   * Appends what the cache lacks of a prompt, whose beginning it holds, then writes until the model
   * ends, a limit is reached or the listener stops it. Afterwards the cache holds nothing that the
   * listener did not hear of; where that was in the middle of reading, it may hold less than
   * before.
   */
  Outcome answer(KvCache cache, int[] prompt, Generation generation, AnswerWriter answer) {
    int before = cache.length();
    int all = prompt.length;
    if (!listener.cancelled()) {
      Ticket ticket = submit(cache, prompt, before, generation);
      try {
        hear(ticket, all - before, answer);
      } finally {
        settle(ticket);
      }
      if (cache.length() > all + written) {
        cache.truncate(all + written);
      }
    }
    int read = Math.max(0, Math.min(cache.length(), all) - before);
    return new Outcome(
        finish, read, written, readingNanos == 0 ? System.nanoTime() - began : readingNanos);
  }

  private Ticket submit(KvCache cache, int[] prompt, int before, Generation generation) {
    Ticket ticket =
        scheduler.submit(
            new Job(
                cache,
                Arrays.copyOf(prompt, before),
                Arrays.copyOfRange(prompt, before, prompt.length),
                arrival,
                logits -> pick(cache, generation, logits),
                Observe.nothing(),
                (first, forward) -> news.add(new News.Read(cache.length() - before))));
    CompletableFuture<?> unused =
        ticket.done().whenComplete((outcome, failure) -> news.add(new News.Over()));
    return ticket;
  }

  private OptionalInt pick(KvCache cache, Generation generation, float[] logits) {
    Advance step = generation.accept(logits);
    boolean full = step.next().isPresent() && cache.length() >= context;
    news.add(new News.Wrote(step, generation.usage(0).answerTokens(), full));
    return full ? OptionalInt.empty() : step.next();
  }

  private void hear(Ticket ticket, int toRead, AnswerWriter answer) {
    while (true) {
      switch (next(ticket)) {
        case News.Read(int done) -> {
          listener.reading(done, toRead);
          if (done < toRead && listener.cancelled()) {
            return;
          }
        }
        case News.Wrote(Advance step, int tokens, boolean full) -> {
          if (readingNanos == 0) {
            readingNanos = System.nanoTime() - began;
          }
          if (listener.cancelled()) {
            return;
          }
          answer.push(step.text());
          written = tokens;
          if (full) {
            finish = Finish.LENGTH;
          } else if (step.finished().isPresent()) {
            finish = finish(step.finished().get());
          }
        }
        case News.Over() -> {
          return;
        }
      }
    }
  }

  /** {@return what comes next; a listener that has enough is heard also while others compute} */
  private News next(Ticket ticket) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          News next = news.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
          if (next != null) {
            return next;
          }
          if (listener.cancelled()) {
            ticket.cancel();
          }
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The cache is ours again only when the job is over. */
  private static void settle(Ticket ticket) {
    ticket.cancel();
    try {
      ticket.await();
    } catch (CancellationException e) {
      // It was we who cancelled it, if it was not over already.
    }
  }

  private static Finish finish(FinishReason reason) {
    return switch (reason) {
      case END, STOP_TEXT -> Finish.STOP;
      case LENGTH -> Finish.LENGTH;
      case CANCELLED -> Finish.CANCELLED;
    };
  }
}
