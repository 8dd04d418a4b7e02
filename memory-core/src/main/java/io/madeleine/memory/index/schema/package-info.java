/**
 * What a turn looks like in the index, and what may be asked of it: typed values in, documents,
 * terms and queries out. User text becomes terms here and never reaches a query parser.
 */
@NullMarked
package io.madeleine.memory.index.schema;

import org.jspecify.annotations.NullMarked;
