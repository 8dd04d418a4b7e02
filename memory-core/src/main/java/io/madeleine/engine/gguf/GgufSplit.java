package io.madeleine.engine.gguf;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Models in several files: how the parts are named, and whether all of them are there. */
final class GgufSplit {
  private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");
  private static final String COUNT_KEY = "split.count";
  private static final String NUMBER_KEY = "split.no";
  private static final String TENSORS_KEY = "split.tensors.count";
  private static final int MOST_PARTS = 99_999;

  private GgufSplit() {}

  /** {@return the files that belong to {@code first} besides itself, in order} */
  static List<Path> otherParts(GgufPart first) {
    int count = count(first);
    if (count <= 1) {
      return List.of();
    }
    Matcher name = NAME.matcher(String.valueOf(first.path().getFileName()));
    if (!name.matches() || Integer.parseInt(name.group(3)) != count) {
      throw GgufException.file(
          first.path(),
          "is one of %d parts, but is not called …-00001-of-%05d.gguf. Give it its name back."
              .formatted(count, count));
    }
    if (number(first) != 0) {
      throw GgufException.file(
          first.path(),
          "is not the first of %d parts. Open %s instead."
              .formatted(count, part(name.group(1), 1, count)));
    }
    return IntStream.rangeClosed(2, count)
        .mapToObj(i -> first.path().resolveSibling(part(name.group(1), i, count)))
        .toList();
  }

  static void requireComplete(List<GgufPart> parts) {
    if (parts.size() == 1) {
      return;
    }
    for (int i = 0; i < parts.size(); i++) {
      GgufPart part = parts.get(i);
      if (number(part) != i || count(part) != parts.size()) {
        throw GgufException.file(
            part.path(),
            "calls itself part %d of %d, but stands in place of part %d of %d."
                .formatted(number(part) + 1, count(part), i + 1, parts.size()));
      }
    }
    requireAllTensors(parts);
  }

  private static void requireAllTensors(List<GgufPart> parts) {
    int found = parts.stream().mapToInt(part -> part.layout().size()).sum();
    int claimed = parts.getFirst().metadata().findInteger(TENSORS_KEY).orElse(found);
    if (claimed != found) {
      throw GgufException.key(
          parts.getFirst().path(),
          TENSORS_KEY,
          "says %,d tensors, but the parts have %,d. Fetch all parts again."
              .formatted(claimed, found));
    }
  }

  private static int count(GgufPart part) {
    int count = part.metadata().findInteger(COUNT_KEY).orElse(1);
    if (count < 0 || count > MOST_PARTS) {
      throw GgufException.key(
          part.path(), COUNT_KEY, "must be at most %,d, but is %,d.".formatted(MOST_PARTS, count));
    }
    return count;
  }

  private static int number(GgufPart part) {
    return part.metadata().findInteger(NUMBER_KEY).orElse(0);
  }

  private static String part(String stem, int number, int count) {
    return String.format(Locale.ROOT, "%s-%05d-of-%05d.gguf", stem, number, count);
  }
}
