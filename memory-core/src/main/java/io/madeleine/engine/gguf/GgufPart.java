package io.madeleine.engine.gguf;

import io.madeleine.engine.tensor.ElementType;
import io.madeleine.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * One mapped file of a model, checked; most models have just one.
 *
 * @param path where it lies
 * @param bytes all of it, mapped
 * @param metadata what it says about the model
 * @param layout where its tensors lie
 * @param headerBytes where the header ends
 * @param dataStart where the first tensor may start, aligned
 */
record GgufPart(
    Path path,
    MemorySegment bytes,
    GgufMetadata metadata,
    List<TensorInfo> layout,
    long headerBytes,
    long dataStart) {

  /**
   * What a file says about one tensor.
   *
   * @param offset where it starts, counted from the start of the data
   * @param bytes its size, computed from type and shape
   */
  record TensorInfo(
      String name, ElementType type, long rows, long columns, long offset, long bytes) {}

  List<Tensor> tensors() {
    return layout.stream().map(this::tensor).toList();
  }

  private Tensor tensor(TensorInfo info) {
    return new Tensor(
        info.name(),
        info.type(),
        info.rows(),
        info.columns(),
        bytes.asSlice(dataStart + info.offset(), info.bytes()));
  }
}
