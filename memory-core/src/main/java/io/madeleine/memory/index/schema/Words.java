package io.madeleine.memory.index.schema;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.StopFilter;
import org.apache.lucene.analysis.TokenFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.miscellaneous.PerFieldAnalyzerWrapper;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/**
 * How text becomes words: once stemmed as English, and once cut to its first letters, which joins
 * what a stemmer keeps apart ({@code paint, painter, painting}), forgives misspelled endings and
 * knows no language. Whatever has a digit in it stays whole in both. A question passes through here
 * and never through a query parser.
 */
public final class Words {

  public static final String STEMS = "stems";
  public static final String HEADS = "heads";

  private static final int HEAD = 5;

  /** Words that ask rather than name; without them a question's heads are what it is about. */
  private static final Set<String> ASKING =
      Set.of(
          ("what when where who whom whose which why how do did does is are was were has have had"
                  + " would could should can might will in on at of the a an to for with by from"
                  + " and or that this his her their they he she it its about during some any been"
                  + " be being as into if so not")
              .split(" "));

  private final Analyzer stems = new EnglishAnalyzer();
  private final Analyzer heads = new Heads();
  private final Analyzer both = new PerFieldAnalyzerWrapper(stems, Map.of(HEADS, heads));

  /** {@return what cuts text into either field's terms} */
  public Analyzer analyzer() {
    return both;
  }

  /**
   * {@return {@code question} without the words that it is asked with; all of it if it has no
   * other}
   */
  public String telling(String question) {
    String telling = Everyday.without(question);
    return terms(HEADS, telling).isEmpty() ? question : telling;
  }

  /** {@return the distinct terms of {@code text} in {@code field}, in order} */
  public List<String> terms(String field, String text) {
    Set<String> terms = new LinkedHashSet<>();
    try (TokenStream stream = both.tokenStream(field, text)) {
      CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
      stream.reset();
      while (stream.incrementToken()) {
        terms.add(term.toString());
      }
      stream.end();
    } catch (IOException e) {
      throw new UncheckedIOException("a string cannot fail to be read", e);
    }
    return new ArrayList<>(terms);
  }

  private static final class Heads extends Analyzer {
    private static final CharArraySet STOPS = new CharArraySet(ASKING, true);

    @Override
    protected TokenStreamComponents createComponents(String fieldName) {
      var words = new StandardTokenizer();
      var named = new EnglishPossessiveFilter(new LowerCaseFilter(words));
      TokenStream kept = new StopFilter(named, STOPS);
      return new TokenStreamComponents(words, new FirstLetters(kept));
    }

    @Override
    protected TokenStream normalize(String fieldName, TokenStream in) {
      return new LowerCaseFilter(in);
    }
  }

  /** Cuts words, and leaves numbers and codes whole: what they begin with says nothing. */
  private static final class FirstLetters extends TokenFilter {
    private final CharTermAttribute term = addAttribute(CharTermAttribute.class);

    FirstLetters(TokenStream in) {
      super(in);
    }

    @Override
    public boolean incrementToken() throws IOException {
      if (!input.incrementToken()) {
        return false;
      }
      if (term.length() > HEAD && term.chars().noneMatch(Character::isDigit)) {
        int points = Character.codePointCount(term.buffer(), 0, term.length());
        term.setLength(
            Character.offsetByCodePoints(
                term.buffer(), 0, term.length(), 0, Math.min(HEAD, points)));
      }
      return true;
    }
  }
}
