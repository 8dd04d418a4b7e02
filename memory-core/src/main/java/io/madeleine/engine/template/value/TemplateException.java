package io.madeleine.engine.template.value;

/** Thrown when a template cannot be read or rendered. Names the construct, line and column. */
public final class TemplateException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public TemplateException(String problem) {
    super(problem);
  }

  /** {@return the problem, with the line and column of {@code position} in {@code source}} */
  public static TemplateException at(String source, int position, String problem) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < Math.min(position, source.length()); i++) {
      boolean newLine = source.charAt(i) == '\n';
      line += newLine ? 1 : 0;
      column = newLine ? 1 : column + 1;
    }
    return new TemplateException(
        "template line %d, column %d: %s".formatted(line, column, problem));
  }
}
