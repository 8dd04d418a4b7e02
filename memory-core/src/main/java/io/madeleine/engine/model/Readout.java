package io.madeleine.engine.model;

import io.madeleine.engine.kernel.Kernels;
import io.madeleine.engine.kernel.WorkerPool;
import io.madeleine.engine.model.Observe.Signal;
import java.util.ArrayList;
import java.util.List;

/** From hidden states to logits, only for the tokens whose logits somebody asked for. */
final class Readout {

  private final Kernels kernels;
  private final ModelConfig config;
  private final Weights weights;
  private final WorkerPool pool;
  private final Workspace work;
  private final List<Wanted> wanted = new ArrayList<>();

  private record Wanted(Part part, int token) {}

  Readout(Kernels kernels, ModelConfig config, Weights weights, WorkerPool pool, Workspace work) {
    this.kernels = kernels;
    this.config = config;
    this.weights = weights;
    this.pool = pool;
    this.work = work;
  }

  void run(List<Part> parts) {
    wanted.clear();
    for (Part part : parts) {
      prepare(part);
      meanHidden(part);
      for (int t = 0; t < part.tokens(); t++) {
        if (wants(part, part.from() + t)) {
          wanted.add(new Wanted(part, t));
        }
      }
    }
    for (int from = 0; from < wanted.size(); from += work.logits.rows()) {
      int to = Math.min(wanted.size(), from + work.logits.rows());
      readOut(wanted.subList(from, to));
    }
  }

  private void prepare(Part part) {
    Forward forward = part.forward();
    Observe observe = part.step().observe();
    if (part.from() == 0) {
      int vocabulary = work.logits.columns();
      forward.surprisal = new float[observe.wants(Signal.SURPRISAL) ? forward.tokens() : 0];
      forward.allLogits =
          new float[observe.wants(Signal.ALL_LOGITS) ? forward.tokens() : 0][vocabulary];
      forward.meanHidden =
          new float[observe.wants(Signal.MEAN_HIDDEN) ? config.embeddingLength() : 0];
      if (observe.wants(Signal.LAST_LOGITS) && forward.logits.length == 0) {
        forward.logits = new float[vocabulary];
      }
    }
  }

  private static boolean wants(Part part, int token) {
    Observe observe = part.step().observe();
    boolean last = token == part.forward().tokens() - 1;
    return observe.wants(Signal.ALL_LOGITS)
        || (last ? observe.wants(Signal.LAST_LOGITS) : observe.wants(Signal.SURPRISAL));
  }

  private void readOut(List<Wanted> rows) {
    for (int r = 0; r < rows.size(); r++) {
      norm(rows.get(r).part, rows.get(r).token, r);
    }
    kernels.multiply(pool, work.scratch, work.selected, rows.size(), work.output);
    for (int r = 0; r < rows.size(); r++) {
      hand(rows.get(r).part, rows.get(r).token, r);
    }
  }

  private void norm(Part part, int token, int to) {
    kernels.rmsNorm(
        weights.outputNorm(),
        config.normEpsilon(),
        work.hidden,
        part.row() + token,
        0,
        work.selected,
        to);
  }

  private void hand(Part part, int token, int row) {
    Forward forward = part.forward();
    Observe observe = part.step().observe();
    int vocabulary = work.logits.columns();
    int inStep = part.from() + token;
    boolean last = inStep == forward.tokens() - 1;
    if (observe.wants(Signal.ALL_LOGITS)) {
      work.logits.read(row, 0, vocabulary, forward.allLogits[inStep], 0);
    }
    if (last && observe.wants(Signal.LAST_LOGITS)) {
      work.logits.read(row, 0, vocabulary, forward.logits, 0);
    }
    if (!last && observe.wants(Signal.SURPRISAL)) {
      int next = part.step().tokens()[inStep + 1];
      double normaliser = kernels.logSumExp(work.logits, row, vocabulary);
      forward.surprisal[inStep + 1] = (float) (normaliser - work.logits.get(row, next));
    }
  }

  private void meanHidden(Part part) {
    Forward forward = part.forward();
    if (part.step().observe().wants(Signal.MEAN_HIDDEN)) {
      for (int t = 0; t < part.tokens(); t++) {
        norm(part, t, 0);
        for (int i = 0; i < forward.meanHidden.length; i++) {
          forward.meanHidden[i] += work.selected.get(0, i) / forward.tokens();
        }
      }
    }
  }
}
