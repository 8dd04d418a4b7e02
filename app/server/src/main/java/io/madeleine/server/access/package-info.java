/**
 * Who may ask, and for whom: API keys that carry a tenant, limits per key, headers.
 *
 * <p>In: an HTTP request. Out: a {@link io.madeleine.server.access.Caller}, or a refusal. The
 * tenant comes from the key and from nowhere else.
 */
@NullMarked
package io.madeleine.server.access;

import org.jspecify.annotations.NullMarked;
