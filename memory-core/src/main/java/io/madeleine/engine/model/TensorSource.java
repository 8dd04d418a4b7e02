package io.madeleine.engine.model;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kernel.Kernels;
import io.madeleine.engine.kernel.Matrix;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Hands out a file's tensors, and remembers which: one that nobody wanted is part of a computation
 * that nobody does.
 */
final class TensorSource {

  /** What the rotation reads for itself. */
  private static final Set<String> ROTATION =
      Set.of("rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight");

  /** What some exports carry along for pictures, which text does not pass through. */
  private static final List<String> PICTURES = List.of("v.", "mm.");

  private final GgufFile file;
  private final Kernels kernels;
  private final Arena arena;
  private final Set<String> taken = new HashSet<>();

  TensorSource(GgufFile file, Kernels kernels, Arena arena) {
    this.file = file;
    this.kernels = kernels;
    this.arena = arena;
  }

  boolean has(String name) {
    return file.findTensor(name).isPresent();
  }

  Tensor matrix(String name, int columns) {
    Tensor tensor = take(name);
    requireShape(tensor, tensor.rows(), columns);
    return tensor;
  }

  Tensor matrix(String name, int rows, int columns) {
    Tensor tensor = take(name);
    requireShape(tensor, rows, columns);
    return tensor;
  }

  /** {@return the weight of that name, and its bias if the file has one} */
  Weights.Projection projection(String name, int rows, int columns) {
    return new Weights.Projection(
        matrix(name + ".weight", rows, columns), findVector(name + ".bias", rows));
  }

  /** {@return a vector, in F32 however the file stores it} */
  Tensor vector(String name, int columns) {
    Tensor tensor = take(name);
    requireShape(tensor, 1, columns);
    return tensor.type() == ElementType.F32 ? tensor : decoded(tensor);
  }

  Optional<Tensor> findVector(String name, int columns) {
    return has(name) ? Optional.of(vector(name, columns)) : Optional.empty();
  }

  /**
   * @throws IllegalArgumentException if the file has a tensor that was not asked for
   */
  void requireNothingLeft(String architecture) {
    List<String> left =
        file.tensorNames().stream()
            .filter(name -> !taken.contains(name) && !ROTATION.contains(name))
            .filter(name -> PICTURES.stream().noneMatch(name::startsWith))
            .toList();
    if (!left.isEmpty()) {
      throw new IllegalArgumentException(
          """
          %s has the tensor '%s', one of %,d that this engine does not use in a model of the \
          architecture '%s': its answers would be wrong. Take another export of the model, or \
          another model: ./madeleine models shows some.\
          """
              .formatted(file.path(), left.getFirst(), left.size(), architecture));
    }
  }

  private Tensor take(String name) {
    taken.add(name);
    return file.tensor(name);
  }

  private Tensor decoded(Tensor tensor) {
    int columns = (int) tensor.columns();
    var out = new Matrix(arena, 1, columns);
    kernels.dequantise(tensor, 0, out, 0);
    return new Tensor(
        tensor.name(), ElementType.F32, 1, columns, out.data().asSlice(0, 4L * columns));
  }

  private void requireShape(Tensor tensor, long rows, long columns) {
    if (tensor.rows() != rows || tensor.columns() != columns) {
      throw new IllegalArgumentException(
          "tensor '%s' of %s should be %d × %d by the file's metadata, but is %d × %d"
              .formatted(
                  tensor.name(), file.path(), rows, columns, tensor.rows(), tensor.columns()));
    }
  }
}
