package io.madeleine.evaluation.lab.policy.living;

import io.madeleine.conversation.episodic.EpisodicCache;
import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.conversation.episodic.Givers;
import io.madeleine.conversation.episodic.Past;
import io.madeleine.conversation.episodic.Progress;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.evaluation.lab.LabCase;
import io.madeleine.evaluation.scratch.Scratch;
import io.madeleine.memory.codec.KvCodec;
import io.madeleine.memory.episode.EpisodeList;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.store.DiskSpans;
import io.madeleine.memory.store.KvOrigin;
import io.madeleine.memory.store.SpanFormat;
import io.madeleine.memory.store.TenantKeys;
import io.madeleine.memory.tier.SpanTiers;
import io.madeleine.memory.tier.TierLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * One dialogue's episodic cache with everything below it, in a folder that goes with it. Nothing
 * stays unpacked in memory, so that every question pays for the codec.
 */
record LivingDialogue(EpisodicCache cache, SpanTiers tiers, PagePool pool, Scratch scratch)
    implements AutoCloseable {

  static LivingDialogue open(LabCase lab, EpisodicOptions options, KvCodec codec)
      throws IOException {
    Scratch scratch = Scratch.named("madeleine-living");
    Path directory = scratch.directory();
    var origin = new KvOrigin(new Tenant("laboratory"), "lab", "lab", lab.model().kvShape());
    var keys = new TenantKeys(directory.resolve("keys"), new SecureRandom());
    var disk = new DiskSpans(directory.resolve("spans"), keys, 1L << 28);
    var tiers =
        new SpanTiers(
            new SpanFormat(origin, codec, SpanFormat.Packing.NONE),
            disk,
            new TierLimits(0, 64L << 20, 8L << 20));
    var pool = new PagePool(256L << 20);
    int first = lab.reading().turns().getFirst().start();
    var cache =
        new EpisodicCache(
            lab.model(),
            options,
            tiers,
            EpisodeList.open(directory.resolve("episodes.tsv"), first),
            pool,
            Givers.NONE,
            Arrays.copyOf(lab.reading().tokens(), first),
            Past.none(),
            Progress.UNSEEN);
    return new LivingDialogue(cache, tiers, pool, scratch);
  }

  @Override
  public void close() {
    cache.close();
    tiers.close();
    pool.close();
    scratch.close();
  }
}
