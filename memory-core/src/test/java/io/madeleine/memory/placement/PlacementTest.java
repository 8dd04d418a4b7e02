package io.madeleine.memory.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class PlacementTest {

  private static final List<int[]> PIECES = List.of(new int[] {20, 21, 22}, new int[] {8, 9});
  private static final int[] RECENT = {40, 41};

  @Test
  void place_original_keepsPositionsAndGaps() {
    PlacedPieces placed = Placement.ORIGINAL.place(4, PIECES, RECENT);
    assertThat(placed.piece(0)).containsExactly(20, 21, 22);
    assertThat(placed.piece(1)).containsExactly(8, 9);
    assertThat(placed.recent()).containsExactly(40, 41);
    assertThat(placed.next()).isEqualTo(42);
  }

  @Test
  void place_compact_closesGapsInTheOrderOfTime() {
    PlacedPieces placed = Placement.COMPACT.place(4, PIECES, RECENT);
    assertThat(placed.piece(1)).containsExactly(4, 5);
    assertThat(placed.piece(0)).containsExactly(6, 7, 8);
    assertThat(placed.recent()).containsExactly(9, 10);
    assertThat(placed.next()).isEqualTo(11);
  }

  @Test
  void place_constant_putsAllAtOnePosition() {
    PlacedPieces placed = Placement.CONSTANT.place(4, PIECES, RECENT);
    assertThat(placed.piece(0)).containsOnly(4);
    assertThat(placed.piece(1)).containsOnly(4);
    assertThat(placed.recent()).containsExactly(5, 6);
  }

  @Test
  void place_parallel_startsAllBehindThePrefix() {
    PlacedPieces placed = Placement.PARALLEL.place(4, PIECES, RECENT);
    assertThat(placed.piece(0)).containsExactly(4, 5, 6);
    assertThat(placed.piece(1)).containsExactly(4, 5);
    assertThat(placed.recent()).containsExactly(7, 8);
  }

  @Test
  void place_sharedTokens_areThereOnce() {
    List<int[]> overlapping = List.of(new int[] {2, 3, 8, 9}, new int[] {8, 9, 10, 40});
    PlacedPieces placed = Placement.ORIGINAL.place(4, overlapping, RECENT);
    assertThat(placed.piece(0)).containsExactly(-1, -1, 8, 9);
    assertThat(placed.piece(1)).containsExactly(-1, -1, 10, -1);
    assertThat(placed.tokens()).isEqualTo(3);
  }

  @Test
  void place_nothing_continuesBehindThePrefix() {
    assertThat(Placement.COMPACT.place(4, List.of(), new int[0]).next()).isEqualTo(4);
    assertThat(Placement.ORIGINAL.place(0, List.of(), new int[0]).next()).isZero();
  }
}
