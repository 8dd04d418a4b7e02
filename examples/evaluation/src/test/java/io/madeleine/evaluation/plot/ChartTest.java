package io.madeleine.evaluation.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

class ChartTest {

  private static final Axis SHARES = new Axis(true, 0.1, 1, List.of(new Axis.Tick(0.1, "1/10")));
  private static final Axis TENTHS = new Axis(false, 0, 1, List.of(new Axis.Tick(0.5, "0.5")));

  @Test
  void place_onALogarithmicAxis_setsEqualFactorsEquallyFarApart() {
    assertThat(SHARES.place(0.1)).isZero();
    assertThat(SHARES.place(Math.sqrt(0.1))).isCloseTo(0.5, within(1e-12));
    assertThat(SHARES.place(1)).isCloseTo(1, within(1e-12));
    assertThat(TENTHS.place(0.25)).isEqualTo(0.25);
  }

  @Test
  void axis_thatReachesNowhere_isRefused() {
    assertThatThrownBy(() -> new Axis(false, 1, 1, List.of())).hasMessageContaining("1.0..1.0");
    assertThatThrownBy(() -> new Axis(true, 0, 1, List.of())).hasMessageContaining("low > 0");
  }

  @Test
  void svg_ofTwoCharts_isXmlWithTheirLinesBelowEachOther() throws Exception {
    var line =
        new Chart.Line("a < b", "#000", List.of(new Chart.Point(0.1, 0), new Chart.Point(1, 1)));
    var chart = new Chart("one & two", SHARES, TENTHS, List.of(line));
    Document svg =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(Chart.svg(List.of(chart, chart)))));
    assertThat(svg.getDocumentElement().getAttribute("viewBox")).isEqualTo("0 0 760 760");
    var lines = svg.getElementsByTagName("polyline");
    assertThat(lines.getLength()).isEqualTo(2);
    assertThat(((Element) lines.item(0)).getAttribute("points")).isEqualTo("70.0,320.0 570.0,40.0");
    assertThat(svg.getDocumentElement().getTextContent()).contains("one & two", "a < b", "1/10");
  }
}
