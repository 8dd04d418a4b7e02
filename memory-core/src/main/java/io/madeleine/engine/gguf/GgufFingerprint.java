package io.madeleine.engine.gguf;

import io.madeleine.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Tells models apart without reading them whole. */
final class GgufFingerprint {
  private static final long SAMPLE_BYTES = 4_096;

  private GgufFingerprint() {}

  static String of(List<GgufPart> parts) {
    MessageDigest digest = sha256();
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

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256: should not happen", e);
    }
  }
}
