package io.madeleine.conversation.completion;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;

/**
 * The caches that somebody computes with, writes down or reads at this moment: they lie where no
 * search finds them. What is forgotten meanwhile is marked, and not kept when it arrives.
 * Thread-safe.
 */
final class OnTheirWay {

  /** One of them, until it is closed. */
  final class Trip implements AutoCloseable {
    private final Tenant tenant;
    private Optional<ConversationKey> program;
    private boolean forgotten;

    private Trip(Tenant tenant, Optional<ConversationKey> program) {
      this.tenant = tenant;
      this.program = program;
    }

    /** Says whose it is. Until then it is taken for any program's of its tenant. */
    void of(ConversationKey known) {
      synchronized (trips) {
        program = Optional.of(known);
      }
    }

    /** {@return whether it was forgotten since it began} */
    boolean isForgotten() {
      synchronized (trips) {
        return forgotten;
      }
    }

    /** It has arrived. Twice does nothing. */
    @Override
    public void close() {
      synchronized (trips) {
        trips.remove(this);
      }
    }
  }

  private final Set<Trip> trips = Collections.newSetFromMap(new IdentityHashMap<>());

  /** {@return the trip of a cache whose program is not known yet} */
  Trip begin(Tenant tenant) {
    return begin(new Trip(tenant, Optional.empty()));
  }

  /** {@return the trip of a program's cache} */
  Trip begin(ConversationKey program) {
    return begin(new Trip(program.tenant(), Optional.of(program)));
  }

  private Trip begin(Trip trip) {
    synchronized (trips) {
      trips.add(trip);
      return trip;
    }
  }

  /** Marks what is on its way of a program. */
  void forget(ConversationKey program) {
    synchronized (trips) {
      for (Trip trip : trips) {
        trip.forgotten |=
            trip.tenant.equals(program.tenant()) && trip.program.orElse(program).equals(program);
      }
    }
  }

  /** Marks what is on its way of a tenant. */
  void forget(Tenant tenant) {
    synchronized (trips) {
      for (Trip trip : trips) {
        trip.forgotten |= trip.tenant.equals(tenant);
      }
    }
  }
}
