package io.madeleine.memory.placement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** New positions of recalled pieces and recent tokens. Immutable. */
public final class PlacedPieces {

  /** Stands for a token that is not placed, because it is there already. */
  public static final int LEFT_OUT = -1;

  private final List<int[]> pieces;
  private final int[] recent;
  private final int next;

  private PlacedPieces(List<int[]> pieces, int[] recent, int next) {
    this.pieces = pieces;
    this.recent = recent;
    this.next = next;
  }

  static PlacedPieces of(Placement mode, int prefix, List<int[]> pieces, int[] recent) {
    List<int[]> wanted = withoutRepeats(prefix, pieces, recent);
    int behind = prefix;
    var placed = new int[pieces.size()][];
    for (int piece : byTime(pieces)) {
      int[] positions = wanted.get(piece).clone();
      int at = mode == Placement.PARALLEL ? prefix : behind;
      for (int i = 0; i < positions.length; i++) {
        if (positions[i] == LEFT_OUT || mode == Placement.ORIGINAL) {
          continue;
        }
        positions[i] = mode == Placement.CONSTANT ? prefix : at++;
      }
      behind = Math.max(behind, mode == Placement.CONSTANT ? prefix + 1 : at);
      placed[piece] = positions;
    }
    int[] newRecent =
        mode == Placement.ORIGINAL
            ? recent.clone()
            : IntStream.range(behind, behind + recent.length).toArray();
    return new PlacedPieces(List.of(placed), newRecent, next(prefix, List.of(placed), newRecent));
  }

  private static List<int[]> withoutRepeats(int prefix, List<int[]> pieces, int[] recent) {
    var taken = new BitSet();
    taken.set(0, prefix);
    Arrays.stream(recent).forEach(taken::set);
    List<int[]> out = new ArrayList<>();
    for (int[] piece : pieces) {
      var positions = new int[piece.length];
      for (int i = 0; i < piece.length; i++) {
        positions[i] = taken.get(piece[i]) ? LEFT_OUT : piece[i];
        taken.set(piece[i]);
      }
      out.add(positions);
    }
    return out;
  }

  private static int[] byTime(List<int[]> pieces) {
    return IntStream.range(0, pieces.size())
        .boxed()
        .sorted(
            Comparator.comparingInt(
                piece -> pieces.get(piece).length == 0 ? 0 : pieces.get(piece)[0]))
        .mapToInt(piece -> piece)
        .toArray();
  }

  private static int next(int prefix, List<int[]> placed, int[] recent) {
    int last = prefix - 1;
    for (int[] positions : placed) {
      last = Math.max(last, Arrays.stream(positions).max().orElse(-1));
    }
    return Math.max(last, Arrays.stream(recent).max().orElse(-1)) + 1;
  }

  /** {@return the new position of each token of a piece, or {@link #LEFT_OUT}; a copy} */
  public int[] piece(int index) {
    return pieces.get(index).clone();
  }

  /** {@return the new position of each recent token; a copy} */
  public int[] recent() {
    return recent.clone();
  }

  /** {@return the position of the next new token} */
  public int next() {
    return next;
  }

  /** {@return recalled tokens that are placed} */
  public int tokens() {
    return (int) pieces.stream().flatMapToInt(Arrays::stream).filter(at -> at != LEFT_OUT).count();
  }
}
