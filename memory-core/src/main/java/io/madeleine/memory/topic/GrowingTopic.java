package io.madeleine.memory.topic;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/** A topic that still grows: its members, and the mean of their vectors. */
final class GrowingTopic {

  /** A squared distance of unit vectors: cosines of 1 but for half a millionth. */
  private static final double SAME = 1e-6;

  /** An episode with its vector, of length 1, and its words. */
  static final class Member {
    private final String episode;
    private final float[] vector;
    private final Map<String, Integer> words;

    Member(String episode, float[] vector, Map<String, Integer> words) {
      this.episode = episode;
      this.vector = vector;
      this.words = words;
    }

    String episode() {
      return episode;
    }

    float[] vector() {
      return vector;
    }

    Map<String, Integer> words() {
      return words;
    }
  }

  private final int id;
  private final List<Member> members = new ArrayList<>();
  private double[] sum = new double[0];
  private Words words = new Words();
  private int forgotten;

  GrowingTopic(int id) {
    this.id = id;
  }

  int id() {
    return id;
  }

  void add(Member member) {
    if (sum.length == 0) {
      sum = new double[member.vector().length];
    }
    requireSameDimension(member.vector());
    members.add(member);
    Vectors.add(sum, member.vector(), 1);
    words.add(member.words());
  }

  /** The vector goes; the episode still counts and its words still name the topic. */
  void forgetOldest() {
    Vectors.add(sum, members.removeFirst().vector(), -1);
    forgotten++;
  }

  /**
   * {@return the members for which {@code leaves} holds, by their place; they are gone from here}
   */
  List<Member> takeWhere(IntPredicate leaves) {
    List<Member> taken = new ArrayList<>();
    List<Member> kept = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      (leaves.test(i) ? taken : kept).add(members.get(i));
    }
    members.clear();
    sum = new double[0];
    words = new Words();
    kept.forEach(this::add);
    return taken;
  }

  double similarity(float[] vector) {
    requireSameDimension(vector);
    return Vectors.cosine(centroid(), vector);
  }

  private void requireSameDimension(float[] vector) {
    if (sum.length != vector.length) {
      throw new IllegalArgumentException(
          "vectors of one stream have one dimension: so far %d, now %d; after a change of embedder add the episodes anew"
              .formatted(sum.length, vector.length));
    }
  }

  float[] centroid() {
    float[] mean = new float[sum.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) (sum[i] / Math.max(1, members.size()));
    }
    return mean;
  }

  /** {@return whether all vectors are one and the same, but for rounding} */
  boolean ofOneVector() {
    float[] centre = centroid();
    return members.stream()
        .allMatch(member -> Vectors.squaredDistance(member.vector(), centre) < SAME);
  }

  List<float[]> vectors() {
    return members.stream().map(Member::vector).toList();
  }

  Words words() {
    return words;
  }

  /** {@return vectors held} */
  int size() {
    return members.size();
  }

  int episodes() {
    return members.size() + forgotten;
  }
}
