package io.madeleine.engine.tokenizer;

import java.util.List;
import java.util.SplittableRandom;

/** Seeded texts that are hard to cut: scripts, emoji, code, white space, contractions, markers. */
public final class Texts {
  private Texts() {}

  private static final List<String> PLAIN =
      List.of(
          "Hello",
          "world",
          " the",
          " quick",
          "brown",
          "I'm",
          "WE'LL",
          "don't",
          "they'Ve",
          "'s",
          "'",
          "''",
          "CamelCase",
          "snake_case",
          "HTTPServer",
          "x",
          "A",
          " a",
          "é",
          "naïve",
          "straße",
          "Ünïcödé",
          "12",
          "1234567",
          " 42",
          "3.14",
          "½",
          "²",
          "①",
          "٣٤٥",
          "Ⅻ",
          "привет",
          "Мир",
          "γειά",
          "שלום",
          "مرحبا",
          "नमस्ते",
          "สวัสดี",
          "ภาษาไทย",
          "你好世界",
          "漢字",
          "かな",
          "カタカナ",
          "한국어",
          "tiếng Việt",
          "e\u0301",
          "\u0301",
          "👍",
          "👩‍👩‍👧",
          "🇩🇪",
          "🏳️‍🌈",
          "❤️",
          "\u200B",
          "\uFEFF",
          "𝔘𝔫𝔦",
          "𐍈",
          "ʼ",
          "ª",
          "ǅ",
          "ſ");
  private static final List<String> CODE =
      List.of(
          "for (int i = 0; i < n; i++) {",
          "}\n",
          "\treturn x;\n",
          "def f(a, b):\n    pass\n",
          "//comment",
          "/* */",
          "a/b",
          "/\n",
          "==",
          "!=",
          "->",
          "=>",
          "$x",
          "#!",
          "\"str\"",
          "`q`",
          "<div>",
          "</p>",
          "&amp;",
          "...",
          "…",
          "—",
          "«»",
          "。",
          "、",
          "!?!",
          "~|^",
          "+-*%",
          "@a",
          "\\n",
          "{}",
          "[]",
          "0x1F",
          "1e-5",
          "v1.2.3",
          "http://a.b/c?d=e&f");
  private static final List<String> SPACE =
      List.of(
          " ",
          "  ",
          "   ",
          "        ",
          "\n",
          "\n\n",
          "\r\n",
          "\r",
          "\t",
          "\t\t",
          " \n",
          "\n ",
          "  \n  ",
          "\u00A0",
          "\u3000",
          "\u2003",
          "\u2028",
          "\u0085",
          "\u1680",
          "\u000B",
          "\f",
          "\u202F",
          "\u180E");
  private static final List<String> MARKERS =
      List.of(
          "<|im_start|>",
          "<|im_end|>",
          "<s>",
          "</s>",
          "<|im_",
          "<|",
          "|>",
          "<custom>",
          "<<custom>>",
          "<unk>",
          "<0x0A>",
          "[INST]",
          "[/INST]");

  /** {@return up to {@code parts} fragments of every kind, one after the other} */
  public static String mixed(SplittableRandom random, int parts) {
    var text = new StringBuilder();
    int count = random.nextInt(parts + 1);
    for (int i = 0; i < count; i++) {
      text.append(part(random));
    }
    return text.toString();
  }

  private static String part(SplittableRandom random) {
    return switch (random.nextInt(10)) {
      case 0, 1, 2, 3 -> pick(random, PLAIN);
      case 4, 5 -> pick(random, SPACE);
      case 6 -> pick(random, CODE);
      case 7 -> pick(random, MARKERS);
      case 8 -> Character.toString(anyCharacter(random));
      default -> " ";
    };
  }

  private static int anyCharacter(SplittableRandom random) {
    while (true) {
      int bits = random.nextInt(7, 21);
      int point = random.nextInt(1, Math.min(1 << bits, 0x10FFFF));
      boolean assigned =
          Character.isDefined(point) && Character.getType(point) != Character.SURROGATE;
      if (assigned) {
        return point;
      }
    }
  }

  private static String pick(SplittableRandom random, List<String> list) {
    return list.get(random.nextInt(list.size()));
  }
}
