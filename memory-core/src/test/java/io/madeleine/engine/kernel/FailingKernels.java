package io.madeleine.engine.kernel;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Plain kernels that fail once, as for want of heap, when they are told to. They add in a fixed
 * order, so two runs give the same bits.
 */
public final class FailingKernels extends ScalarKernels {

  /** Where a layer fails. */
  public enum Place {
    /** Before it appends its keys and values, while it turns them. */
    BEFORE_IT_APPENDS,
    /** Behind that, while its feed-forward half gates. */
    BEHIND_THAT
  }

  private final AtomicInteger turns = new AtomicInteger();
  private final AtomicInteger gates = new AtomicInteger();

  /** {@return kernels that fail where this is told to} */
  public Kernels kernels() {
    return new Kernels(this);
  }

  /**
   * Fails at an operation, once.
   *
   * @param call which one from now on, from 1: heads of tokens are turned, tokens are gated
   */
  public void failAt(Place place, int call) {
    (place == Place.BEFORE_IT_APPENDS ? turns : gates).set(call);
  }

  private static void count(AtomicInteger left) {
    if (left.getAndDecrement() == 1) {
      throw new OutOfMemoryError("planted");
    }
  }

  @Override
  public void rotateAdjacent(long vector, long cos, long sin, int pairs) {
    count(turns);
    super.rotateAdjacent(vector, cos, sin, pairs);
  }

  @Override
  public void swiGlu(long gate, long up, int count) {
    count(gates);
    super.swiGlu(gate, up, count);
  }
}
