package io.madeleine.conversation.mind.topic;

import io.madeleine.memory.index.Embedder;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * An embedder that is asked on a thread of its own and waited for so long and no longer: it is
 * somebody else's model and may never answer, while a turn waits, and behind it whoever wants to
 * erase the conversation. Where it failed once it is asked no more. Not thread-safe.
 */
final class PatientEmbedder {

  private static final System.Logger LOG = System.getLogger(PatientEmbedder.class.getName());
  private static final long BETWEEN_LOOKS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Embedder embedder;
  private final Duration patience;
  private boolean failed;

  /**
   * @param patience for one answer
   */
  PatientEmbedder(Embedder embedder, Duration patience) {
    this.embedder = embedder;
    this.patience = patience;
  }

  /**
   * {@return the vector of a text that is stored; empty where the embedder fails or failed before}
   *
   * @param meanwhile runs while it is waited for, and ends that by what it throws
   */
  Optional<float[]> text(String text, Runnable meanwhile) {
    return asked(() -> embedder.embed(List.of(text)).getFirst(), meanwhile);
  }

  /** The same for a question. */
  Optional<float[]> question(String text, Runnable meanwhile) {
    return asked(() -> embedder.embedQuery(text), meanwhile);
  }

  private Optional<float[]> asked(Callable<float[]> question, Runnable meanwhile) {
    if (failed) {
      return Optional.empty();
    }
    // A thread of the system: one that hangs must not take one that carries virtual threads.
    FutureTask<float[]> answer =
        new FutureTask<>(() -> Objects.requireNonNull(question.call(), "no vector"));
    Thread.ofPlatform().daemon().name("madeleine-topics").start(answer);
    try {
      return Optional.of(awaited(answer, meanwhile));
    } catch (ExecutionException e) {
      return failed(String.valueOf(e.getCause()));
    } catch (TimeoutException e) {
      return failed("it took longer than " + patience);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      answer.cancel(/* mayInterruptIfRunning= */ true);
    }
  }

  private float[] awaited(FutureTask<float[]> answer, Runnable meanwhile)
      throws ExecutionException, InterruptedException, TimeoutException {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      meanwhile.run();
      long left = end - System.nanoTime();
      try {
        return answer.get(Math.min(BETWEEN_LOOKS, left), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        if (left <= BETWEEN_LOOKS) {
          throw e;
        }
      }
    }
  }

  private Optional<float[]> failed(String why) {
    failed = true;
    LOG.log(
        Level.WARNING,
        "the embedder failed, so what is new has no topic before the conversation is opened again: {0}",
        why);
    return Optional.empty();
  }
}
