package io.madeleine.conversation.completion;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.memory.identity.Tenant;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * The caches of answers that are over, by tenant and tokens. At most {@value #MOST}; the one not
 * used for the longest time goes first, or whenever memory is short. Thread-safe.
 */
final class PrefixCaches implements AutoCloseable {

  private static final int MOST = 1024;

  /** A prefix that is shorter is not worth a fork. */
  private static final int WORTH_SHARING = 16;

  @SuppressWarnings("ArrayRecordComponent") // stays in this class, never changed
  private record Resident(Tenant tenant, int[] tokens, KvCache cache) {
    int commonWith(int[] other) {
      int difference = Arrays.mismatch(tokens, other);
      return difference < 0 ? tokens.length : difference;
    }
  }

  private final KvShape shape;
  private final KvType type;
  private final PagePool pool;
  private final ArrayDeque<Resident> residents = new ArrayDeque<>();

  PrefixCaches(KvShape shape, KvType type, PagePool pool) {
    this.shape = shape;
    this.type = type;
    this.pool = pool;
  }

  /**
   * {@return a cache of the longest known prefix of {@code tokens}, at most all but the last of
   * them} The caller owns it. A cache that is a prefix as a whole is handed over; of another, the
   * common part is forked, its pages shared.
   */
  synchronized KvCache take(Tenant tenant, int[] tokens) {
    Resident best = null;
    int common = 0;
    for (Resident resident : residents) {
      int length = resident.tenant.equals(tenant) ? resident.commonWith(tokens) : 0;
      if (length > common) {
        common = length;
        best = resident;
      }
    }
    // The last token is read in any case: the answer begins with what the model makes of it.
    int usable = Math.min(common, tokens.length - 1);
    if (best == null || usable < 1) {
      return new KvCache(shape, type, pool);
    }
    if (common == best.tokens.length) {
      residents.remove(best);
      best.cache.truncate(usable);
      return best.cache;
    }
    if (usable < WORTH_SHARING) {
      return new KvCache(shape, type, pool);
    }
    KvCache fork = best.cache.fork();
    fork.truncate(usable);
    return fork;
  }

  /** Keeps the cache of an answer that is over. */
  synchronized void give(Tenant tenant, int[] tokens, KvCache cache) {
    if (tokens.length == 0) {
      cache.close();
      return;
    }
    residents.addLast(new Resident(tenant, tokens, cache));
    if (residents.size() > MOST) {
      dropOldest();
    }
  }

  /** Gives the memory of the oldest back. {@return whether there was one} */
  synchronized boolean dropOldest() {
    Resident oldest = residents.pollFirst();
    if (oldest == null) {
      return false;
    }
    oldest.cache.close();
    return true;
  }

  /** Forgets all of a tenant. */
  synchronized void forget(Tenant tenant) {
    residents.removeIf(
        resident -> {
          boolean theirs = resident.tenant.equals(tenant);
          if (theirs) {
            resident.cache.close();
          }
          return theirs;
        });
  }

  @Override
  public synchronized void close() {
    while (dropOldest()) {}
  }
}
