package io.madeleine.memory.store;

import io.madeleine.memory.identity.Tenant;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** A tenant's id as a file name: hexadecimal, so that no id can leave its directory. */
final class TenantNames {

  private static final int LONGEST = 60;

  private TenantNames() {}

  static String of(Tenant tenant) {
    String hex = HexFormat.of().formatHex(tenant.id().getBytes(StandardCharsets.UTF_8));
    if (hex.length() <= LONGEST) {
      return hex;
    }
    return hex.substring(0, LONGEST) + "-" + SpanId.of(tenant.id()).hex();
  }
}
