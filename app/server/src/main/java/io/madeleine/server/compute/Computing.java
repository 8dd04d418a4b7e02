package io.madeleine.server.compute;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/**
 * Runs what reads and writes with the model on threads of the system's own. Requests are served by
 * virtual threads, which give way to each other only where they wait: there are as many at a time
 * as processors, and one that computes for seconds would stop everybody else on a machine that has
 * one.
 */
@Component
public class Computing {

  private final ThreadFactory threads =
      Thread.ofPlatform().daemon().name("computing-", 0).factory();

  /** {@return what {@code work} returns, or throws what it throws; waits for it} */
  public <T> T call(Supplier<T> work) {
    return result(start(work));
  }

  /** {@return what {@code work} will return, or will have thrown} */
  public <T> CompletableFuture<T> start(Supplier<T> work) {
    var result = new CompletableFuture<T>();
    threads.newThread(() -> complete(result, work)).start();
    return result;
  }

  /** {@return what started work returned, or throws what it threw; waits for it} */
  public static <T> T result(CompletableFuture<T> work) {
    try {
      return work.join();
    } catch (CompletionException e) {
      throw thrown(e);
    }
  }

  private static <T> void complete(CompletableFuture<T> result, Supplier<T> work) {
    try {
      result.complete(work.get());
    } catch (RuntimeException | Error e) {
      result.completeExceptionally(e);
    }
  }

  private static RuntimeException thrown(CompletionException e) {
    if (e.getCause() instanceof Error error) {
      throw error;
    }
    return e.getCause() instanceof RuntimeException failure ? failure : e;
  }
}
