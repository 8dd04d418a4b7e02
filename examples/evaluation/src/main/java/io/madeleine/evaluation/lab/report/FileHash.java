// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab.report;

import io.madeleine.engine.digest.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.HexFormat;

/** Which file it was. */
final class FileHash {

  private FileHash() {}

  /** {@return the SHA-256 of a file in hexadecimal} */
  static String sha256(Path file) throws IOException {
    try (var in = new DigestInputStream(Files.newInputStream(file), Sha256.digest())) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest());
    }
  }
}
