package io.madeleine.memory.retrieval;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.schema.TurnFilter;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TimesTest {

  /** A Wednesday. */
  private static final LocalDate TODAY = LocalDate.of(2023, 5, 17);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "What happened on 7 May 2023? | 2023-05-07",
        "What happened on May 7th, 2023? | 2023-05-07",
        "What happened on 2023-05-07? | 2023-05-07",
        "What happened on May 7? | 2022-05-07",
        "What did she buy in May? | 2021-05-30",
        "What did she buy in Aug 2022? | 2022-08-01",
        "Where was she in June? | 2021-06-30",
        "Where was she last June? | 2022-06-01",
        "What did June buy in March? | 2023-03-01",
        "What did she buy in mid-August? | 2022-08-15",
        "Where was she at the end of April? | 2023-04-30",
        "June 2023, what happened? | 2023-06-01",
        "What happened between April and June? | 2023-06-30",
        "What happened from March to May? | 2023-03-01",
        "What happened from March to May? | 2023-05-31",
        "What happened in April or May? | 2023-05-01",
        "What were we planning around March? | 2023-03-01",
        "Who was here through April? | 2023-04-30",
        "Who was here throughout August? | 2022-08-01",
        "Where was she over May? | 2023-05-01",
        "Where did she live as of June? | 2022-06-01",
        "What happened in April, May and June? | 2023-04-01",
        "What happened in April, May and June? | 2023-05-01",
        "What happened in April, May, and June? | 2022-06-01",
        "What happened in March, April, May or August? | 2022-08-31",
        "What happened in March/April? | 2023-03-01",
        "What happened in March/April? | 2023-04-30",
        "What happened in March\u2013May? | 2023-05-31",
        "What happened from March through May? | 2023-05-31",
        "April till June, what happened? | 2023-06-30",
        "Jan. 2023, what happened? | 2023-01-31",
        "Jan. and Mar. 2023, what happened? | 2023-01-31",
        "Where was she between January and June? | 2022-06-30",
        "What did she do in 2022? | 2022-12-31",
        "What did I say yesterday? | 2023-05-16",
        "What did I say last week? | 2023-05-08",
        "What did I say last weekend? | 2023-05-13",
        "What did I say last month? | 2023-04-30",
        "What did I say 3 days ago? | 2023-05-14",
        "What did I say last year? | 2022-01-01",
      })
  void fit_dayThatIsMeant_isWhole(String question, LocalDate said) {
    assertThat(Times.of(question, TODAY).fit(said)).isCloseTo(1, within(1e-9));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "What did I say yesterday? | 2023-05-16 2023-05-17",
        "What did I say last week? | 2023-05-08 2023-05-15",
        "What happened on 7 May 2023? | 2023-05-07 2023-05-08",
        "What happened on 7 May? | 2023-05-07 2023-05-08, 2022-05-07 2022-05-08",
        "What happened on 18 May? | 2022-05-18 2022-05-19, 2021-05-18 2021-05-19",
        "What happened on 29 February? | 2020-02-29 2020-03-01, 2016-02-29 2016-03-01",
        "What did she buy in June? | 2022-06-01 2022-07-01, 2021-06-01 2021-07-01",
        "What did she do in 2022? | 2022-01-01 2023-01-01",
        "What did I say yesterday, on 16 May 2023? | 2023-05-16 2023-05-17",
        "What happened on 31 February 2023? | ''",
        "What did she buy? | ''",
      })
  void intervals_timesNamed_areTheirDays(String question, String days) {
    var zone = ZoneId.of("Asia/Tokyo");
    Instant now = TODAY.atTime(1, 0).atZone(zone).toInstant();

    assertThat(Times.intervals(asked(question, now), zone))
        .extracting(
            time ->
                LocalDate.ofInstant(time.from(), zone)
                    + " "
                    + LocalDate.ofInstant(time.until(), zone))
        .containsExactly(days.isEmpty() ? new String[0] : days.split(", "));
  }

  @Test
  void intervals_pastedCalendar_areNoMoreThanCanBeSearched() {
    String calendar =
        IntStream.rangeClosed(1, 31).mapToObj(day -> day + " May 2023").collect(joining(", "));

    assertThat(Times.intervals(asked(calendar, Instant.EPOCH), ZoneOffset.UTC)).hasSize(8);
  }

  private static RecallRequest asked(String question, Instant now) {
    return new RecallRequest(TurnFilter.of(new Tenant("ann")), question, now);
  }

  @Test
  void fit_daysAfter_fades() {
    Times times = Times.of("What happened on 7 May 2023?", TODAY);

    assertThat(times.fit(LocalDate.of(2023, 5, 8))).isBetween(0.7, 0.8);
    assertThat(times.fit(LocalDate.of(2023, 6, 8))).isLessThan(0.01);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "What does April like to eat?",
        "Where does my daughter June go to school?",
        "What did Jan say about the boat?",
        "What do you think of June and of May?",
        "What did I tell April, May and June?",
        "What did I buy for April and about June/Jan?",
        "What may she march for? She may say.",
        "Is August coming?",
        "¿Qué decía Ana?",
      })
  void named_nameOrVerb_isNoMonth(String question) {
    assertThat(Times.of(question, TODAY).named()).isFalse();
  }

  @Test
  void fit_personBehindAMonthAndAComma_isNoMonth() {
    Times times =
        Times.of("In March, June told me of a boat. And in May, April and I saw it?", TODAY);

    assertThat(times.fit(LocalDate.of(2023, 3, 1))).isEqualTo(1);
    assertThat(times.fit(LocalDate.of(2023, 5, 31))).isEqualTo(1);
    assertThat(times.fit(LocalDate.of(2022, 7, 1))).isLessThan(0.1);
    assertThat(times.fit(LocalDate.of(2023, 4, 15))).isLessThan(0.3);
  }

  @Test
  void of_moreThanAQuestion_readsAsMuchAsTheSearchDoes() {
    String pasted = "word ".repeat(1_600);

    assertThat(Times.of("In June? " + pasted, TODAY).named()).isTrue();
    assertThat(Times.of(pasted + "in June?", TODAY).named()).isFalse();
  }

  @Test
  void fit_monthAtTheTurnOfTheYear_fadesInTheNextOne() {
    Times times = Times.of("What happened in December?", TODAY);

    assertThat(times.fit(LocalDate.of(2023, 1, 2))).isBetween(0.8, 0.9);
    assertThat(times.fit(LocalDate.of(2023, 5, 2))).isLessThan(0.01);
  }

  @Test
  void fit_noTimeNamed_isNothing() {
    assertThat(Times.of("When did it happen?", TODAY).named()).isFalse();
    assertThat(Times.of("When did it happen?", TODAY).asksWhen()).isTrue();
    assertThat(Times.of("on 31 February 2023?", TODAY).fit(TODAY)).isZero();
  }
}
