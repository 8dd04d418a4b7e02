package io.madeleine.langchain4j.store;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.store.embedding.filter.Filter;
import dev.langchain4j.store.embedding.filter.comparison.ContainsString;
import dev.langchain4j.store.embedding.filter.comparison.IsEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsGreaterThan;
import dev.langchain4j.store.embedding.filter.comparison.IsGreaterThanOrEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsIn;
import dev.langchain4j.store.embedding.filter.comparison.IsLessThan;
import dev.langchain4j.store.embedding.filter.comparison.IsLessThanOrEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsNotEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsNotIn;
import dev.langchain4j.store.embedding.filter.logical.And;
import dev.langchain4j.store.embedding.filter.logical.Not;
import dev.langchain4j.store.embedding.filter.logical.Or;
import io.madeleine.memory.index.vector.Condition;
import io.madeleine.memory.index.vector.Condition.Order;
import java.util.Collection;
import java.util.List;

/** LangChain4j's filters as conditions. */
final class Filters {

  private Filters() {}

  static Condition condition(Filter filter) {
    return switch (filter) {
      case IsEqualTo is -> compares(is.key(), Order.EQUAL, is.comparisonValue());
      case IsNotEqualTo is -> not(compares(is.key(), Order.EQUAL, is.comparisonValue()));
      case IsGreaterThan is -> compares(is.key(), Order.ABOVE, is.comparisonValue());
      case IsGreaterThanOrEqualTo is -> compares(is.key(), Order.AT_LEAST, is.comparisonValue());
      case IsLessThan is -> compares(is.key(), Order.BELOW, is.comparisonValue());
      case IsLessThanOrEqualTo is -> compares(is.key(), Order.AT_MOST, is.comparisonValue());
      case IsIn is -> in(is.key(), is.comparisonValues());
      case IsNotIn is -> not(in(is.key(), is.comparisonValues()));
      case ContainsString is -> new Condition.Contains(is.key(), is.comparisonValue());
      case And and -> new Condition.All(List.of(condition(and.left()), condition(and.right())));
      case Or or -> new Condition.Any(List.of(condition(or.left()), condition(or.right())));
      case Not not -> not(condition(not.expression()));
      default ->
          throw new UnsupportedFeatureException(
              "a filter of %s cannot be asked of Lucene: build it from LangChain4j's own"
                  .formatted(filter.getClass().getName()));
    };
  }

  private static Condition compares(String key, Order order, Object value) {
    return new Condition.Compares(key, order, value);
  }

  private static Condition in(String key, Collection<?> values) {
    return new Condition.Any(
        values.stream().map(value -> compares(key, Order.EQUAL, value)).toList());
  }

  private static Condition not(Condition condition) {
    return new Condition.Not(condition);
  }
}
