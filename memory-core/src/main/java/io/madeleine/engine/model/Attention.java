package io.madeleine.engine.model;

import static io.madeleine.engine.kernel.Kernels.ATTENTION_ROWS;
import static io.madeleine.engine.kv.KvType.PAGE_TOKENS;

import io.madeleine.engine.kernel.Kernels;
import io.madeleine.engine.kernel.Matrix;
import io.madeleine.engine.kernel.WorkerPool;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.KvView;
import io.madeleine.engine.model.Observe.Signal;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Attention of one layer over the slots of every sequence of a pass. A task takes up to {@link
 * Kernels#ATTENTION_ROWS} queries that share a KV head, scores them page by page, and mixes the
 * values; each head goes by its own slots, so heads may differ in length.
 */
final class Attention implements AutoCloseable {

  private static final int FIRST_CAPACITY = 1024;

  private final Kernels kernels;
  private final ModelConfig config;
  private final WorkerPool pool;
  private final AtomicInteger nextTask = new AtomicInteger();
  private final Matrix[] queries;
  private final Matrix[] results;
  private final Matrix[] scores;
  private final float scale;
  private Arena scoresArena = Arena.ofShared();

  Attention(Kernels kernels, ModelConfig config, WorkerPool pool, Arena arena) {
    this.kernels = kernels;
    this.config = config;
    this.pool = pool;
    this.scale = scale(config);
    queries = new Matrix[pool.threads()];
    results = new Matrix[pool.threads()];
    scores = new Matrix[pool.threads()];
    for (int w = 0; w < queries.length; w++) {
      queries[w] = new Matrix(arena, ATTENTION_ROWS, config.keyLength());
      results[w] = new Matrix(arena, ATTENTION_ROWS, config.keyLength());
    }
    allocateScores(FIRST_CAPACITY);
  }

  private static float scale(ModelConfig config) {
    // The 27B of Gemma 3, the only one of 62 layers, divides by the mean share of a head instead.
    boolean byShare = config.architecture().equals("gemma3") && config.blockCount() == 62;
    int divisor = byShare ? config.embeddingLength() / config.headCount() : config.keyLength();
    return (float) (1 / Math.sqrt(divisor));
  }

  private void allocateScores(int capacity) {
    for (int w = 0; w < scores.length; w++) {
      scores[w] = new Matrix(scoresArena, ATTENTION_ROWS, capacity);
    }
  }

  private void ensureCapacity(int slots) {
    if (slots > scores[0].columns()) {
      scoresArena.close();
      scoresArena = Arena.ofShared();
      allocateScores(Math.max(slots, 2 * scores[0].columns()));
    }
  }

  /**
   * Attends; keys and values of the pass are in the caches already.
   *
   * @param window positions that a query of this layer sees
   * @param recalled for each part, what the view returned
   */
  void run(
      int layer,
      int window,
      List<Part> parts,
      List<List<KvView.Slots>> recalled,
      Matrix queryKeyValue,
      Matrix attended) {
    int tasks = 0;
    int capacity = 0;
    for (int p = 0; p < parts.size(); p++) {
      tasks += tasks(parts.get(p));
      capacity = Math.max(capacity, columns(layer, parts.get(p), recalled.get(p)));
    }
    ensureCapacity(capacity);
    nextTask.set(0);
    int all = tasks;
    long operations = 2L * tasks * ATTENTION_ROWS * capacity * config.keyLength();
    pool.run(
        operations,
        (worker, workers) -> {
          for (int task = nextTask.getAndIncrement();
              task < all;
              task = nextTask.getAndIncrement()) {
            int inPart = task;
            int p = 0;
            while (inPart >= tasks(parts.get(p))) {
              inPart -= tasks(parts.get(p++));
            }
            attend(
                worker,
                new Task(layer, window, parts.get(p), recalled.get(p)),
                inPart,
                queryKeyValue,
                attended);
          }
        });
  }

  private record Task(int layer, int window, Part part, List<KvView.Slots> recalled) {}

  private int groups(Part part) {
    int rows = part.tokens() * config.headsPerKvHead();
    return (rows + ATTENTION_ROWS - 1) / ATTENTION_ROWS;
  }

  private int tasks(Part part) {
    return groups(part) * config.headCountKv();
  }

  private int columns(int layer, Part part, List<KvView.Slots> recalled) {
    int own = 0;
    for (int head = 0; head < config.headCountKv(); head++) {
      own = Math.max(own, KvType.pages(part.cache().slots(layer, head)) * PAGE_TOKENS);
    }
    for (KvView.Slots slots : recalled) {
      own += pageSpan(slots) * PAGE_TOKENS;
    }
    return own;
  }

  private static int pageSpan(KvView.Slots slots) {
    return KvType.pages(slots.toSlot()) - slots.fromSlot() / PAGE_TOKENS;
  }

  private void attend(int worker, Task task, int index, Matrix queryKeyValue, Matrix attended) {
    Part part = task.part;
    int kvHead = index / groups(part);
    int firstRow = index % groups(part) * ATTENTION_ROWS;
    int perHead = config.headsPerKvHead();
    int rows = Math.min(ATTENTION_ROWS, part.tokens() * perHead - firstRow);
    var block = new Block(kvHead, firstRow, rows);
    gather(worker, task, block, queryKeyValue);
    int column = scoreRecalled(worker, task, block);
    int firstToken = firstRow / perHead;
    int lastToken = (firstRow + rows - 1) / perHead;
    KvCache cache = part.cache();
    int before = cache.slots(task.layer, kvHead) - part.tokens();
    int fromPage = firstVisible(task, kvHead, firstToken, before) / PAGE_TOKENS;
    int toPage = KvType.pages(before + lastToken + 1);
    kernels.scores(
        cache,
        task.layer,
        kvHead,
        fromPage,
        toPage,
        queries[worker],
        0,
        0,
        queries[worker].stride(),
        rows,
        scale,
        scores[worker],
        0,
        column);
    int end = column + (toPage - fromPage) * PAGE_TOKENS;
    for (int r = 0; r < rows; r++) {
      int token = (firstRow + r) / perHead;
      int from = firstVisible(task, kvHead, token, before);
      int shift = column - fromPage * PAGE_TOKENS;
      hide(worker, r, column, from + shift);
      hide(worker, r, before + token + 1 + shift, end);
      kernels.softmax(scores[worker], r, 0, end, end);
      observe(worker, task, block, r, from, before + token + 1, shift);
    }
    mix(worker, task, block, fromPage, toPage, column);
    scatter(worker, task, block, attended);
  }

  private record Block(int kvHead, int firstRow, int rows) {}

  private int firstVisible(Task task, int kvHead, int token, int before) {
    if (task.window == Integer.MAX_VALUE) {
      return 0;
    }
    int oldest = task.part.position(token) - task.window + 1;
    int low = 0;
    int high = before + token;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (task.part.cache().position(task.layer, kvHead, middle) < oldest) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void gather(int worker, Task task, Block block, Matrix queryKeyValue) {
    for (int r = 0; r < block.rows; r++) {
      kernels.copy(
          queryKeyValue,
          row(task, block, r),
          queryColumn(block, r),
          queries[worker],
          r,
          0,
          config.keyLength());
    }
  }

  private int row(Task task, Block block, int r) {
    return task.part.row() + (block.firstRow + r) / config.headsPerKvHead();
  }

  private int queryColumn(Block block, int r) {
    int head = head(block, r);
    return head * config.keyLength();
  }

  private int head(Block block, int r) {
    int perHead = config.headsPerKvHead();
    return block.kvHead * perHead + (block.firstRow + r) % perHead;
  }

  /** {@return the first column behind the scores of what was recalled} */
  private int scoreRecalled(int worker, Task task, Block block) {
    int column = 0;
    for (KvView.Slots slots : task.recalled) {
      int fromPage = slots.fromSlot() / PAGE_TOKENS;
      int toPage = KvType.pages(slots.toSlot());
      kernels.scores(
          slots.cache(),
          task.layer,
          block.kvHead,
          fromPage,
          toPage,
          queries[worker],
          0,
          0,
          queries[worker].stride(),
          block.rows,
          scale,
          scores[worker],
          0,
          column);
      int shift = column - fromPage * PAGE_TOKENS;
      int end = column + (toPage - fromPage) * PAGE_TOKENS;
      for (int r = 0; r < block.rows; r++) {
        hide(worker, r, column, slots.fromSlot() + shift);
        hide(worker, r, slots.toSlot() + shift, end);
      }
      column = end;
    }
    return column;
  }

  private void hide(int worker, int row, int fromColumn, int toColumn) {
    for (int c = fromColumn; c < toColumn; c++) {
      scores[worker].set(row, c, Float.NEGATIVE_INFINITY);
    }
  }

  private void mix(int worker, Task task, Block block, int fromPage, int toPage, int ownColumn) {
    Matrix out = results[worker];
    for (int r = 0; r < block.rows; r++) {
      kernels.scale(out, r, 0);
    }
    int column = 0;
    for (KvView.Slots slots : task.recalled) {
      int from = slots.fromSlot() / PAGE_TOKENS;
      int to = KvType.pages(slots.toSlot());
      kernels.weigh(
          slots.cache(),
          task.layer,
          block.kvHead,
          from,
          to,
          scores[worker],
          0,
          column,
          block.rows,
          out,
          0,
          0,
          out.stride());
      column += (to - from) * PAGE_TOKENS;
    }
    kernels.weigh(
        task.part.cache(),
        task.layer,
        block.kvHead,
        fromPage,
        toPage,
        scores[worker],
        0,
        ownColumn,
        block.rows,
        out,
        0,
        0,
        out.stride());
  }

  private void scatter(int worker, Task task, Block block, Matrix attended) {
    for (int r = 0; r < block.rows; r++) {
      kernels.copy(
          results[worker],
          r,
          0,
          attended,
          row(task, block, r),
          queryColumn(block, r),
          config.keyLength());
    }
  }

  private void observe(
      int worker, Task task, Block block, int r, int fromSlot, int toSlot, int shift) {
    int token = (block.firstRow + r) / config.headsPerKvHead();
    int inWindow = task.part.inWindow(token);
    Observe observe = task.part.step().observe();
    if (inWindow < 0 || !observe.wantsAttention()) {
      return;
    }
    Forward forward = task.part.forward();
    int head = head(block, r);
    int count = toSlot - fromSlot;
    if (observe.wants(Signal.WINDOW_ATTENTION)) {
      float[] to = forward.attention[task.layer][head][inWindow];
      scores[worker].read(r, fromSlot + shift, count, to, fromSlot);
    }
    if (observe.wants(Signal.SUMMED_ATTENTION)) {
      float[] sum = forward.summedAttention[task.layer][head];
      synchronized (sum) { // tokens of one head may be shared out over workers
        for (int slot = fromSlot; slot < toSlot; slot++) {
          sum[slot] += scores[worker].get(r, slot + shift);
        }
      }
    }
  }

  @Override
  public void close() {
    scoresArena.close();
  }
}
