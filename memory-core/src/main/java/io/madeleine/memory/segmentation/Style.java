package io.madeleine.memory.segmentation;

/**
 * How the one who opened the dialogue talks, and how the others do: how often of themselves, how
 * often in questions, how long. An assistant answers; equals tell.
 */
final class Style {

  private static final double USUAL_SELF = .5;
  private static final double USUAL_ASKING = .4;
  private static final double USUAL_LENGTH = 2.4;

  private final Side opener = new Side();
  private final Side others = new Side();

  private static final class Side {
    private double self = USUAL_SELF;
    private double asking = USUAL_ASKING;
    private double length = USUAL_LENGTH;
    private int turns = 1;

    void add(ReadTurn turn) {
      self += turn.speaksOfItself ? 1 : 0;
      asking += turn.asks ? 1 : 0;
      length += turn.logLength;
      turns++;
    }
  }

  void add(ReadTurn turn, boolean byOpener) {
    (byOpener ? opener : others).add(turn);
  }

  /** {@return self, asking and length of the opener, of the others, and how far they are apart} */
  double[] numbers() {
    double[] numbers = new double[9];
    fill(numbers, 0, opener);
    fill(numbers, 3, others);
    for (int i = 0; i < 3; i++) {
      numbers[6 + i] = Math.abs(numbers[i] - numbers[3 + i]);
    }
    return numbers;
  }

  private static void fill(double[] numbers, int from, Side side) {
    numbers[from] = side.self / side.turns;
    numbers[from + 1] = side.asking / side.turns;
    numbers[from + 2] = side.length / side.turns;
  }
}
