package io.madeleine.memory.retrieval;

import io.madeleine.memory.index.match.Search;
import io.madeleine.memory.index.schema.Interval;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The times that a question names ({@code 7 May 2023}, {@code in May}, {@code 2022}, {@code last
 * week}), and how well a day fits them. People tell of a day on that day or soon after, so the fit
 * fades with the distance instead of ending at midnight.
 */
final class Times {

  private static final List<String> MONTHS =
      List.of(
          "january",
          "february",
          "march",
          "april",
          "may",
          "june",
          "july",
          "august",
          "september",
          "october",
          "november",
          "december");

  /** Words that name nothing but a month. */
  private static final String SURELY =
      "january|february|july|september|october|november|december"
          + "|feb|apr|jun|jul|aug|sept|sep|oct|nov|dec";

  /** Months that are verbs or what people are called, too: in each question about June. */
  private static final String PERHAPS = "march|april|may|june|august|jan|mar";

  private static final String MONTH = "(" + SURELY + "|" + PERHAPS + ")";
  private static final Pattern DAY_FIRST =
      pattern("\\b(\\d{1,2})(?:st|nd|rd|th)?(?: of)? " + MONTH + "\\b");
  private static final Pattern MONTH_FIRST =
      pattern("\\b" + MONTH + "\\.? (\\d{1,2})(?:st|nd|rd|th)?\\b(?!\\d)");
  private static final Pattern ISO = pattern("\\b(\\d{4})-(\\d{2})-(\\d{2})\\b");
  private static final Pattern NAME = pattern("\\b" + MONTH + "\\b");

  private static final String ONE = "(?:" + SURELY + "|" + PERHAPS + ")\\b\\.?";
  private static final String RANGE = ONE + " (?:to|through|until|till) " + ONE;

  /** Commas alone are none: who speaks of "in May, June said" means one month. */
  private static final String LIST = ONE + "(?:, " + ONE + "){0,10},? (?:and|or) " + ONE;

  private static final String PAIR = ONE + "[/\u2013-]" + ONE;
  private static final String MONTHS_TOGETHER =
      "(?:" + String.join("|", RANGE, LIST, PAIR, ONE) + ")";
  private static final String BEFORE_A_MONTH =
      "(?:in|during|around|through|throughout|over|since|until|till|by|before|after|between|mid"
          + "|early|late|last|past|this|next|every|(?:as|start|beginning|middle|end|half|rest|first"
          + "|weeks?|weekends?|months?) of)[ -]";
  private static final String YEAR_BEHIND = ",?(?: of)? (?:19|20)\\d\\d\\b";

  /** Months and what says that they are months; a range says so itself. */
  private static final Pattern MEANT =
      pattern(
          "\\b(?:"
              + (BEFORE_A_MONTH + MONTHS_TOGETHER)
              + ("|" + RANGE)
              + ("|" + MONTHS_TOGETHER + YEAR_BEHIND)
              + ("|(?:" + SURELY + ")\\b)"));

  private static final Pattern YEAR = pattern("\\b((?:19|20)\\d\\d)\\b");
  private static final Pattern AGO =
      pattern("\\b(\\d{1,3}|a|an|two|three|few) (day|week|month|year)s? ago\\b");
  private static final Pattern RELATIVE =
      pattern("\\b(today|yesterday|(?:last|this|past) (?:week|weekend|month|year))\\b");
  private static final Pattern ASKS_WHEN =
      pattern("\\b(when|how long|what (date|day|month|year|time)|which (day|month|year))\\b");

  private static final double DAY_FADES_IN_DAYS = 4;
  private static final double MONTH_FADES_IN_DAYS = 10;

  /** More than a question names; a pasted calendar would only cost searches. */
  private static final int MOST_INTERVALS = 8;

  private static final int OPEN_YEARS = 2;

  /** As far as from one 29 February to the next. */
  private static final int YEARS_BACK = 8;

  private final List<Span> spans;
  private final boolean asksWhen;

  private Times(List<Span> spans, boolean asksWhen) {
    this.spans = spans;
    this.asksWhen = asksWhen;
  }

  /** A time of the question: its days in a year that may be open, and how fast the fit fades. */
  private record Span(OptionalInt year, int month, int day, int days, double fades) {

    double fit(LocalDate said) {
      if (month == 0) {
        return year.isPresent() && said.getYear() == year.getAsInt() ? 1 : 0;
      }
      if (year.isPresent()) {
        return fit(said, year.getAsInt());
      }
      double nextYear = fit(said, said.getYear() + 1);
      return Math.max(nextYear, Math.max(fit(said, said.getYear()), fit(said, said.getYear() - 1)));
    }

    private double fit(LocalDate said, int inYear) {
      try {
        LocalDate first = LocalDate.of(inYear, month, Math.max(1, day));
        LocalDate last = first.plusDays((day == 0 ? first.lengthOfMonth() : days) - 1L);
        long apart =
            said.isBefore(first)
                ? ChronoUnit.DAYS.between(said, first)
                : Math.max(0, ChronoUnit.DAYS.between(last, said));
        return Math.exp(-apart / fades);
      } catch (DateTimeException e) {
        // The question names a day that this year does not have.
        return 0;
      }
    }

    Stream<Interval> intervals(LocalDate today, ZoneId zone) {
      if (year.isPresent()) {
        return interval(year.getAsInt(), zone).stream();
      }
      Instant tomorrow = today.plusDays(1).atStartOfDay(zone).toInstant();
      return IntStream.rangeClosed(0, YEARS_BACK)
          .mapToObj(back -> interval(today.getYear() - back, zone))
          .flatMap(Optional::stream)
          .filter(days -> days.from().isBefore(tomorrow))
          .limit(OPEN_YEARS);
    }

    private Optional<Interval> interval(int inYear, ZoneId zone) {
      try {
        LocalDate first = LocalDate.of(inYear, Math.max(1, month), Math.max(1, day));
        LocalDate next =
            month == 0
                ? first.plusYears(1)
                : first.plusDays(day == 0 ? first.lengthOfMonth() : days);
        return Optional.of(
            new Interval(
                first.atStartOfDay(zone).toInstant(), next.atStartOfDay(zone).toInstant()));
      } catch (DateTimeException e) {
        return Optional.empty(); // a day that this year does not have, as above
      }
    }
  }

  /** A word ends where its letters end, of whatever alphabet: there is no December in "decía". */
  private static Pattern pattern(String regex) {
    return Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS);
  }

  static Times of(String question, LocalDate today) {
    String text = Search.cut(question).toLowerCase(Locale.ROOT);
    Matcher yearFound = YEAR.matcher(text);
    OptionalInt year =
        yearFound.find()
            ? OptionalInt.of(Integer.parseInt(yearFound.group(1)))
            : OptionalInt.empty();
    List<Span> spans = new ArrayList<>();
    relative(text, today, spans);
    days(text, year, spans);
    if (spans.isEmpty()) {
      months(text, year, spans);
    }
    if (spans.isEmpty() && year.isPresent()) {
      spans.add(new Span(year, 0, 0, 0, 1));
    }
    return new Times(spans, ASKS_WHEN.matcher(text).find());
  }

  boolean asksWhen() {
    return asksWhen;
  }

  boolean named() {
    return !spans.isEmpty();
  }

  /** {@return how well a day fits, 0 to 1; 0 if the question names no time} */
  double fit(LocalDate said) {
    double best = 0;
    for (Span span : spans) {
      best = Math.max(best, span.fit(said));
    }
    return best;
  }

  /**
   * {@return the days that the question names, as stretches of time in {@code zone}} Of a year that
   * is left open they are those of the last two that have begun; there are at most {@link
   * #MOST_INTERVALS}.
   */
  static List<Interval> intervals(RecallRequest request, ZoneId zone) {
    LocalDate today = LocalDate.ofInstant(request.now(), zone);
    return of(request.question(), today).spans.stream()
        .flatMap(span -> span.intervals(today, zone))
        .distinct()
        .limit(MOST_INTERVALS)
        .toList();
  }

  private static void days(String text, OptionalInt year, List<Span> spans) {
    for (Matcher m = ISO.matcher(text); m.find(); ) {
      spans.add(
          day(
              OptionalInt.of(Integer.parseInt(m.group(1))),
              Integer.parseInt(m.group(2)),
              Integer.parseInt(m.group(3))));
    }
    for (Matcher m = DAY_FIRST.matcher(text); m.find(); ) {
      spans.add(day(year, month(m.group(2)), Integer.parseInt(m.group(1))));
    }
    for (Matcher m = MONTH_FIRST.matcher(text); m.find(); ) {
      spans.add(day(year, month(m.group(1)), Integer.parseInt(m.group(2))));
    }
  }

  private static Span day(OptionalInt year, int month, int day) {
    return new Span(year, month, day, 1, DAY_FADES_IN_DAYS);
  }

  private static void months(String text, OptionalInt year, List<Span> spans) {
    for (Matcher meant = MEANT.matcher(text); meant.find(); ) {
      for (Matcher m = NAME.matcher(meant.group()); m.find(); ) {
        spans.add(new Span(year, month(m.group()), 0, 0, MONTH_FADES_IN_DAYS));
      }
    }
  }

  private static void relative(String text, LocalDate today, List<Span> spans) {
    for (Matcher m = AGO.matcher(text); m.find(); ) {
      int count =
          switch (m.group(1)) {
            case "a", "an" -> 1;
            case "two" -> 2;
            case "three", "few" -> 3;
            default -> Integer.parseInt(m.group(1));
          };
      switch (m.group(2)) {
        case "day" -> spans.add(days(today.minusDays(count), 1));
        case "week" -> spans.add(days(today.minusWeeks(count).minusDays(3), 7));
        case "month" -> spans.add(days(today.minusMonths(count).minusDays(15), 30));
        default -> spans.add(days(today.minusYears(count).minusDays(180), 360));
      }
    }
    LocalDate monday = today.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
    for (Matcher m = RELATIVE.matcher(text); m.find(); ) {
      switch (m.group(1)) {
        case "today" -> spans.add(days(today, 1));
        case "yesterday" -> spans.add(days(today.minusDays(1), 1));
        case "last week", "past week" -> spans.add(days(monday.minusWeeks(1), 7));
        case "this week" -> spans.add(days(monday, 7));
        case "last weekend", "past weekend" -> spans.add(days(monday.minusDays(2), 2));
        case "this weekend" -> spans.add(days(monday.plusDays(5), 2));
        case "last month", "past month" ->
            spans.add(
                days(today.withDayOfMonth(1).minusMonths(1), today.minusMonths(1).lengthOfMonth()));
        case "this month" -> spans.add(days(today.withDayOfMonth(1), today.lengthOfMonth()));
        case "last year", "past year" ->
            spans.add(new Span(OptionalInt.of(today.getYear() - 1), 0, 0, 0, 1));
        default -> spans.add(new Span(OptionalInt.of(today.getYear()), 0, 0, 0, 1));
      }
    }
  }

  private static Span days(LocalDate first, int days) {
    return new Span(
        OptionalInt.of(first.getYear()),
        first.getMonthValue(),
        first.getDayOfMonth(),
        days,
        DAY_FADES_IN_DAYS);
  }

  private static int month(String name) {
    for (int m = 0; m < MONTHS.size(); m++) {
      if (MONTHS.get(m).startsWith(name.substring(0, 3))) {
        return m + 1;
      }
    }
    throw new IllegalArgumentException("'%s' is no month".formatted(name));
  }
}
