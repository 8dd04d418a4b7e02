package io.madeleine.engine.gguf;

import io.madeleine.engine.digest.Sha256;
import io.madeleine.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/** Tells models apart without reading them whole. */
final class GgufFingerprint {
  private static final long SAMPLE_BYTES = 4_096;

  private GgufFingerprint() {}

  static String of(List<GgufPart> parts) {
    MessageDigest digest = Sha256.digest();
    for (GgufPart part : parts) {
      update(digest, part.bytes().asSlice(0, part.headerBytes()));
      for (Tensor tensor : part.tensors()) {
        long sample = Math.min(SAMPLE_BYTES, tensor.data().byteSize());
        update(digest, tensor.data().asSlice(0, sample));
        update(digest, tensor.data().asSlice(tensor.data().byteSize() - sample, sample));
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void update(MessageDigest digest, MemorySegment bytes) {
    digest.update(bytes.asByteBuffer());
  }
}
