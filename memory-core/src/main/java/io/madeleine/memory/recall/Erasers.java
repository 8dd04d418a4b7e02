package io.madeleine.memory.recall;

import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.history.Erasure;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The places that are asked behind the log. It is asked once: the same request made again finds
 * nothing there, and its receipt names no turn. So what a place failed to erase is owed, and the
 * receipt that named it comes back at the next opportunity. Thread-safe.
 */
final class Erasers {

  private static final System.Logger LOG = System.getLogger(Memory.class.getName());

  private final List<Place> places = new CopyOnWriteArrayList<>();

  void add(Eraser eraser) {
    places.add(new Place(eraser));
  }

  /**
   * Asks every place, whichever fails.
   *
   * @param failures takes what kept a place from erasing what this request asks for; what keeps it
   *     from an earlier one is logged, for it may be of another tenant
   * @return what went, of this and of what was owed
   */
  List<ForgetReceipt.Erased> erase(Erasure.Receipt receipt, Failures failures) {
    var erased = new ArrayList<ForgetReceipt.Erased>();
    var earlier = new Failures();
    for (Place place : places) {
      for (Erasure.Receipt due : place.due(receipt)) {
        boolean asked = due.request().equals(receipt.request());
        (asked ? failures : earlier).trying(() -> erased.add(place.erase(due)));
      }
    }
    failures.trying(() -> log(earlier));
    return erased;
  }

  private static void log(Failures earlier) {
    try {
      earlier.throwFirst();
    } catch (RuntimeException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "a place has still not erased what was forgotten before; it is asked again next time",
          e);
    }
  }

  /** One of them, and what it has not erased yet. */
  private static final class Place {
    private final Eraser eraser;
    private List<Erasure.Receipt> owed = new ArrayList<>();

    Place(Eraser eraser) {
      this.eraser = eraser;
    }

    /**
     * {@return what to ask for now, oldest first; nobody else is given what is owed meanwhile} A
     * request made again says nothing new.
     */
    synchronized List<Erasure.Receipt> due(Erasure.Receipt receipt) {
      List<Erasure.Receipt> due = owed;
      owed = new ArrayList<>();
      boolean again =
          receipt.sequences().isEmpty()
              && due.stream().anyMatch(each -> each.request().equals(receipt.request()));
      if (!again) {
        due.add(receipt);
      }
      return due;
    }

    /** Not under its lock: an eraser may take its time, and locks of its own. */
    ForgetReceipt.Erased erase(Erasure.Receipt receipt) {
      boolean erased = false;
      try {
        ForgetReceipt.Erased gone = eraser.erase(receipt);
        erased = true;
        return gone;
      } finally {
        if (!erased) {
          owes(receipt);
        }
      }
    }

    private synchronized void owes(Erasure.Receipt receipt) {
      owed.add(receipt);
    }
  }
}
