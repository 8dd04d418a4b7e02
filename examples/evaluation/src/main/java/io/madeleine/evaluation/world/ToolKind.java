// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.world;

import java.util.List;

/**
 * A tool that the user has looked something up with, and how its result is recalled later.
 *
 * @param attribute the questions about the result
 * @param values what the result is made of
 * @param call how it is called
 * @param result what it returns, with {@code {0}}, {@code {1}} for the values
 * @param said the value in the words in which it is recalled
 * @param request ways to ask for it
 * @param reply ways to report it
 */
public record ToolKind(
    Attribute attribute,
    List<ValueKind> values,
    String call,
    String result,
    String said,
    List<String> request,
    List<String> reply) {

  /**
   * One value of a result.
   *
   * @param kind the kind of value
   * @param low the smallest number, where the kind is a range
   * @param high the largest, 0 where it is no range
   */
  public record ValueKind(String kind, int low, int high) {}
}
