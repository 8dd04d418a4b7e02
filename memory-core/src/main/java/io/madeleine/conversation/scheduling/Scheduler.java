package io.madeleine.conversation.scheduling;

import io.madeleine.engine.kv.PoolExhaustedException;
import io.madeleine.engine.model.Forward;
import io.madeleine.engine.model.Step;
import io.madeleine.engine.model.Transformer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Runs the jobs of many threads on one model: continuous batching. Each step takes one token of
 * every sequence that writes, and fills up with chunks of those that read. Sequences join and leave
 * between two steps.
 *
 * <p>When pages run out, {@link Pressure} is asked; then the running program that came last gives
 * back what it took here and waits. Where one is left, those that wait give up what they came with,
 * the last one first. A job that does not fit even alone fails with {@link PoolExhaustedException}.
 *
 * <p>Thread-safe. One thread of its own calls the model, and nobody else may.
 */
public final class Scheduler implements AutoCloseable {

  /**
   * What it is doing right now.
   *
   * @param running sequences that compute
   * @param waiting jobs that wait
   * @param steps since the start
   * @param tokens since the start, read and written
   * @param preemptions since the start
   */
  public record Load(int running, int waiting, long steps, long tokens, long preemptions) {}

  private static final Comparator<Sequence> SERVICE =
      Comparator.comparing((Sequence sequence) -> !sequence.resident())
          .thenComparingLong(sequence -> sequence.job.programArrival())
          .thenComparingLong(sequence -> sequence.handedIn);

  private final Transformer model;
  private final SchedulerOptions options;
  private final Pressure pressure;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final List<Sequence> waiting = new ArrayList<>();
  private final List<Sequence> running = new ArrayList<>();
  private final Thread thread;
  private boolean closed;

  /** Somebody had to step back: nobody joins before somebody has left. */
  private boolean crowded;

  private long steps;
  private long tokens;
  private long preemptions;
  private double secondsPerJob = 1;

  /**
   * Starts the model's thread.
   *
   * @param model called by that thread alone; stays the caller's, who closes it afterwards
   * @param options how many sequences share it
   * @param pressure asked for memory before a sequence has to wait
   */
  public Scheduler(Transformer model, SchedulerOptions options, Pressure pressure) {
    this.model = model;
    this.options = options;
    this.pressure = pressure;
    this.thread = Thread.ofPlatform().name("madeleine-model").daemon().start(this::run);
  }

  /**
   * Hands a job in.
   *
   * @throws OverloadedException if as many wait as may
   */
  public Ticket submit(Job job) {
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("this scheduler is closed");
      }
      if (waiting.size() >= options.waiting() + Math.max(0, options.running() - running.size())) {
        throw new OverloadedException(
            "%d jobs run and %d wait, which is all that may"
                .formatted(running.size(), waiting.size()),
            Duration.ofMillis((long) (1000 * secondsPerJob * waiting.size() / options.running())));
      }
      var ticket = new Ticket();
      waiting.add(new Sequence(job, ticket, System.nanoTime()));
      work.signal();
      return ticket;
    } finally {
      lock.unlock();
    }
  }

  /** {@return what it is doing right now} */
  public Load load() {
    lock.lock();
    try {
      return new Load(running.size(), waiting.size(), steps, tokens, preemptions);
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    while (awaitWork()) {
      try {
        step();
      } catch (RuntimeException | Error e) {
        // A decoder, an observer or the model failed: the jobs of this step cannot go on.
        failRunning(e);
      }
    }
    failAll(new IllegalStateException("the scheduler was closed"));
  }

  private boolean awaitWork() {
    lock.lock();
    try {
      while (!closed && waiting.isEmpty() && running.isEmpty()) {
        work.awaitUninterruptibly();
      }
      if (closed) {
        return false;
      }
      dropCancelled(waiting);
      if (dropCancelled(running)) {
        crowded = false;
      }
      waiting.sort(SERVICE);
      crowded = crowded && !running.isEmpty();
      while (!crowded && running.size() < options.running() && !waiting.isEmpty()) {
        running.add(waiting.removeFirst());
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** {@return whether there was one} */
  private static boolean dropCancelled(List<Sequence> sequences) {
    boolean any = false;
    for (Iterator<Sequence> each = sequences.iterator(); each.hasNext(); ) {
      Sequence sequence = each.next();
      if (sequence.ticket.isCancelled()) {
        each.remove();
        sequence.cancel();
        any = true;
      }
    }
    return any;
  }

  private void step() {
    var taking = new ArrayList<Sequence>();
    List<Step> batch = batch(taking);
    if (batch.isEmpty()) {
      return;
    }
    List<Forward> forwards = forward(batch);
    if (forwards.isEmpty()) {
      return;
    }
    long now = System.nanoTime();
    count(batch);
    for (int i = 0; i < taking.size(); i++) {
      advance(taking.get(i), forwards.get(i), now);
    }
  }

  /**
   * Writers first, one token each; what is left of the step goes to readers in order of service.
   */
  private List<Step> batch(List<Sequence> taking) {
    var batch = new ArrayList<Step>();
    long now = System.nanoTime();
    int room = options.stepTokens();
    for (Sequence sequence : running) {
      if (!sequence.reads()) {
        taking.add(sequence);
        batch.add(sequence.step(1, now));
        room--;
      }
    }
    var readers = new ArrayList<>(running.stream().filter(Sequence::reads).toList());
    readers.sort(SERVICE);
    for (Sequence sequence : readers) {
      if (room == 0) {
        break;
      }
      taking.add(sequence);
      Step step = sequence.step(room, now);
      batch.add(step);
      room -= step.tokens().length;
    }
    return batch;
  }

  /** {@return what was seen; empty if memory ran out and somebody had to step back} */
  private List<Forward> forward(List<Step> batch) {
    while (true) {
      try {
        return model.forward(batch);
      } catch (PoolExhaustedException e) {
        if (!pressure.relieve()) {
          stepBack(e);
          return List.of();
        }
      }
    }
  }

  private void stepBack(PoolExhaustedException e) {
    lock.lock();
    try {
      Sequence last = running.stream().max(SERVICE).orElseThrow();
      if (running.size() == 1 && giveUpAllOfOne()) {
        crowded = true;
        return;
      }
      running.remove(last);
      if (running.isEmpty()) {
        last.ticket.fail(e);
        return;
      }
      last.preempt();
      preemptions++;
      crowded = true;
      waiting.add(last);
    } finally {
      lock.unlock();
    }
  }

  /** {@return whether one of those that wait had pages to give} */
  private boolean giveUpAllOfOne() {
    Optional<Sequence> last = waiting.stream().filter(Sequence::canGiveUpAll).max(SERVICE);
    last.ifPresent(Sequence::giveUpAll);
    return last.isPresent();
  }

  private void advance(Sequence sequence, Forward forward, long now) {
    boolean goesOn;
    try {
      goesOn = sequence.took(forward, now);
    } catch (RuntimeException e) {
      remove(sequence);
      sequence.ticket.fail(e);
      return;
    }
    if (!goesOn) {
      remove(sequence);
      secondsPerJob = 0.9 * secondsPerJob + 0.1 * (now - sequence.handedIn) / 1e9;
      sequence.complete(now);
    }
  }

  private void remove(Sequence sequence) {
    lock.lock();
    try {
      running.remove(sequence);
      crowded = false;
    } finally {
      lock.unlock();
    }
  }

  private void count(List<Step> batch) {
    lock.lock();
    try {
      steps++;
      for (Step step : batch) {
        tokens += step.tokens().length;
      }
    } finally {
      lock.unlock();
    }
  }

  private void failRunning(Throwable failure) {
    List<Sequence> failed;
    lock.lock();
    try {
      failed = List.copyOf(running);
      running.clear();
    } finally {
      lock.unlock();
    }
    failed.forEach(sequence -> sequence.ticket.fail(failure));
  }

  private void failAll(Throwable failure) {
    failRunning(failure);
    List<Sequence> failed;
    lock.lock();
    try {
      failed = List.copyOf(waiting);
      waiting.clear();
    } finally {
      lock.unlock();
    }
    failed.forEach(sequence -> sequence.ticket.fail(failure));
  }

  /** Stops the model's thread after its step; jobs that are not over fail. Waits for it. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      work.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive() && thread != Thread.currentThread()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
