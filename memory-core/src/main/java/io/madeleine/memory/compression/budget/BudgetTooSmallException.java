package io.madeleine.memory.compression.budget;

/** A budget does not hold what must stay. Raise it, or protect less. */
public final class BudgetTooSmallException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  /** {@code where} names the layer or head, {@code needed} and {@code budget} are slots. */
  public BudgetTooSmallException(String where, long needed, long budget) {
    super(
        "%s must keep %,d slots (sinks, recent and pinned tokens, floors), but its budget is %,d: "
                .formatted(where, needed, budget)
            + "raise the budget or protect less");
  }
}
