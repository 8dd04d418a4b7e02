// SPDX-License-Identifier: Apache-2.0
/** What the laboratory found, in tables and files, with intervals; and the command that asks it. */
@NullMarked
package io.madeleine.evaluation.lab.report;

import org.jspecify.annotations.NullMarked;
