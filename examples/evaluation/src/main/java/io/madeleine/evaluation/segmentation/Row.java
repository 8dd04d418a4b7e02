package io.madeleine.evaluation.segmentation;

import java.util.LinkedHashMap;
import java.util.Map;

/** One line of the report. */
record Row(String method, int lookAhead, int dialogues, Metrics metrics) {

  Map<String, Object> json() {
    var json = new LinkedHashMap<String, Object>();
    json.put("method", method);
    json.put("lookAhead", lookAhead);
    json.put("pk", rounded(metrics.pk()));
    json.put("windowDiff", rounded(metrics.windowDiff()));
    json.put("f1", rounded(metrics.f1()));
    json.put("segments", rounded(metrics.segments()));
    json.put("dialogues", dialogues);
    return json;
  }

  private static double rounded(double value) {
    return Math.round(value * 10_000) / 10_000.0;
  }
}
