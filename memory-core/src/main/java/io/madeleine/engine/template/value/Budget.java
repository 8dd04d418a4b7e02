package io.madeleine.engine.template.value;

/** What rendering one template may cost. Not thread-safe. */
public final class Budget {
  private static final long STEPS = 20_000_000;
  private static final long CHARACTERS = 100_000_000;
  private static final int CHARACTERS_PER_ITEM = 8;

  /** Characters that are compared in about the time of one computation. */
  private static final long READ_PER_STEP = 1_000;

  private static final int CALLS = 60;
  private static final int LEVELS = 500;

  private long steps;
  private long read;
  private long characters;
  private int calls;
  private int levels;

  /** Pays for one computation. */
  public void step() {
    steps++;
    checkSteps();
  }

  /** Pays for {@code count} characters that are about to be read or compared, and not kept. */
  void read(long count) {
    read += count;
    checkSteps();
  }

  private void checkSteps() {
    if (steps + read / READ_PER_STEP > STEPS) {
      throw new TemplateException("the template takes more than %,d steps".formatted(STEPS));
    }
  }

  /**
   * Pays for looking {@code part} up in {@code text}. Java may compare each character of one with
   * each of the other: texts of one letter over and over are searched that way.
   */
  void search(String text, String part) {
    read(Math.max(0L, text.length() - part.length() + 1L) * part.length());
  }

  /**
   * Pays for one computation inside another; {@link #leave} gives the level back. What is read in a
   * loop, as the operands of a long sum, nests in what was read.
   */
  public void enter() {
    if (++levels > LEVELS) {
      throw new TemplateException(
          "the template nests computations more than %d deep: a sum or chain of so many parts needs"
                  .formatted(LEVELS)
              + " a loop or several sets");
    }
  }

  /** Gives a level back. */
  public void leave() {
    levels--;
  }

  /** Pays for going through {@code value}: the letters of a text become items of a list. */
  public void makeLetters(Value value) {
    makeItems(value instanceof Value.Text(String text) ? text.length() : 0);
  }

  /** Pays for {@code count} items of lists that are about to be made. */
  public void makeItems(long count) {
    make(CHARACTERS_PER_ITEM * count);
  }

  /** Pays for {@code count} characters that are about to be made. */
  public void make(long count) {
    characters += Math.max(0, count);
    if (characters > CHARACTERS) {
      throw new TemplateException(
          "the template makes more than %,d characters".formatted(CHARACTERS));
    }
  }

  /** Pays for one level of macros calling macros; {@link #leaveCall} gives it back. */
  public void enterCall() {
    if (++calls > CALLS) {
      throw new TemplateException("macros call each other more than %d deep".formatted(CALLS));
    }
  }

  /** Gives a level back. */
  public void leaveCall() {
    calls--;
  }
}
