package io.madeleine.testing.oracle;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Somebody else's word: a model loaded by llama.cpp, with token ids, and the logits of any
 * position, to compare ours with. One thread at a time; close it after use.
 */
@SuppressWarnings("restricted") // logits lie in memory of C
public final class LlamaCpp implements AutoCloseable {
  private final LlamaLibrary library = LlamaLibrary.get();
  private final Arena arena = Arena.ofConfined();
  private final Calls calls = new Calls(library);
  private final Options options;
  private final MemorySegment model;
  private final MemorySegment context;
  private final MemorySegment vocabulary;
  private final int vocabularySize;

  /**
   * How to run a model.
   *
   * @param contextTokens tokens of all sequences together
   * @param sequences independent sequences at most
   * @param threads for prefill and decode
   * @param cache how keys and values are stored: {@code F32} for parity, {@code F16} as its users
   *     run it
   */
  public record Options(int contextTokens, int sequences, int threads, Cache cache) {

    /** One sequence, one thread, full precision: for tests. */
    public static Options exact(int contextTokens) {
      return new Options(contextTokens, 1, 1, Cache.F32);
    }
  }

  /** Storage of keys and values, under ggml's numbers. */
  public enum Cache {
    F32(0),
    F16(1);

    private final int ggmlType;

    Cache(int ggmlType) {
      this.ggmlType = ggmlType;
    }
  }

  /**
   * One token of a batch.
   *
   * @param token its id
   * @param position in its sequence
   * @param sequence which one
   * @param logits whether to compute what may follow
   */
  public record Entry(int token, int position, int sequence, boolean logits) {}

  private LlamaCpp(Path file, Options options) {
    this.options = options;
    MemorySegment parameters =
        LlamaLibrary.call(() -> (MemorySegment) calls.modelDefaults.invoke(allocator()));
    MemorySegment name = arena.allocateFrom(file.toString());
    model = LlamaLibrary.call(() -> (MemorySegment) calls.load.invoke(name, parameters));
    if (model.equals(MemorySegment.NULL)) {
      throw new IllegalArgumentException(
          "llama.cpp cannot load %s: %s".formatted(file, library.lastLines()));
    }
    context = LlamaLibrary.call(() -> (MemorySegment) calls.newContext.invoke(model, parameters()));
    if (context.equals(MemorySegment.NULL)) {
      throw new IllegalArgumentException(
          "llama.cpp cannot make a context for %s: %s".formatted(file, library.lastLines()));
    }
    vocabulary = LlamaLibrary.call(() -> (MemorySegment) calls.vocabulary.invoke(model));
    vocabularySize = LlamaLibrary.call(() -> (int) calls.vocabularySize.invoke(vocabulary));
  }

  /**
   * Loads a model.
   *
   * @throws IllegalArgumentException with llama.cpp's own words if it refuses
   */
  public static LlamaCpp load(Path file, Options options) {
    return new LlamaCpp(file, options);
  }

  private SegmentAllocator allocator() {
    return SegmentAllocator.slicingAllocator(arena.allocate(256, 16));
  }

  /** Offsets of {@code llama_context_params} in build b4916. */
  private MemorySegment parameters() {
    MemorySegment p =
        LlamaLibrary.call(() -> (MemorySegment) calls.contextDefaults.invoke(allocator()));
    p.set(JAVA_INT, 0, options.contextTokens());
    p.set(JAVA_INT, 4, options.contextTokens());
    p.set(JAVA_INT, 8, Math.min(512, options.contextTokens()));
    p.set(JAVA_INT, 12, options.sequences());
    p.set(JAVA_INT, 16, options.threads());
    p.set(JAVA_INT, 20, options.threads());
    p.set(JAVA_INT, 88, options.cache().ggmlType);
    p.set(JAVA_INT, 92, options.cache().ggmlType);
    return p;
  }

  /** {@return the number of token ids} */
  public int vocabularySize() {
    return vocabularySize;
  }

  /** {@return the ids of {@code text}} */
  public int[] tokenize(String text, boolean addSpecial, boolean parseSpecial) {
    return tokenize(text.getBytes(StandardCharsets.UTF_8), addSpecial, parseSpecial);
  }

  /** {@return the ids of {@code utf8}, which may be no valid UTF-8} */
  public int[] tokenize(byte[] utf8, boolean addSpecial, boolean parseSpecial) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment text = scratch.allocate(utf8.length + 1L);
      MemorySegment.copy(utf8, 0, text, JAVA_BYTE, 0, utf8.length);
      int room = 2 * utf8.length + 16;
      MemorySegment ids = scratch.allocate(JAVA_INT, room);
      int count =
          LlamaLibrary.call(
              () ->
                  (int)
                      calls.tokenize.invoke(
                          vocabulary, text, utf8.length, ids, room, addSpecial, parseSpecial));
      if (count < 0) {
        throw new IllegalStateException(
            "%d bytes became %d tokens: should not happen".formatted(utf8.length, -count));
      }
      return ids.asSlice(0, (long) count * Integer.BYTES).toArray(JAVA_INT);
    }
  }

  /** {@return the bytes that {@code id} stands for} */
  public byte[] piece(int id) {
    try (Arena scratch = Arena.ofConfined()) {
      int room = 1024;
      MemorySegment out = scratch.allocate(room);
      int length =
          LlamaLibrary.call(
              () -> (int) calls.piece.invoke(vocabulary, id, out, room, 0, /* special= */ true));
      return out.asSlice(0, Math.max(0, length)).toArray(JAVA_BYTE);
    }
  }

  /**
   * {@return logits {@code [tokens][vocabulary]} after each of {@code tokens}, in a new sequence}
   */
  public float[][] logits(int[] tokens) {
    clear();
    decode(
        IntStream.range(0, tokens.length)
            .mapToObj(i -> new Entry(tokens[i], i, 0, true))
            .toArray(Entry[]::new));
    return IntStream.range(0, tokens.length).mapToObj(this::logitsAt).toArray(float[][]::new);
  }

  /**
   * Computes one batch.
   *
   * @throws IllegalStateException if llama.cpp has no room for it
   */
  public void decode(Entry... entries) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment batch = batch(scratch, entries);
      int status = LlamaLibrary.call(() -> (int) calls.decode.invoke(context, batch));
      if (status != 0) {
        throw new IllegalStateException(
            "llama_decode says %d for %d tokens: %s"
                .formatted(status, entries.length, library.lastLines()));
      }
    }
  }

  /** Fields of {@code llama_batch}: count, tokens, embeddings, positions, counts, ids, logits. */
  private static MemorySegment batch(Arena scratch, Entry[] entries) {
    int n = entries.length;
    MemorySegment ids = scratch.allocateFrom(JAVA_INT, ints(entries, Entry::sequence));
    MemorySegment idPointers = scratch.allocate(ADDRESS, n);
    MemorySegment logits = scratch.allocate(n);
    for (int i = 0; i < n; i++) {
      idPointers.setAtIndex(ADDRESS, i, ids.asSlice((long) i * Integer.BYTES));
      logits.set(JAVA_BYTE, i, (byte) (entries[i].logits() ? 1 : 0));
    }
    MemorySegment batch = scratch.allocate(LlamaLibrary.BATCH.byteSize(), 8);
    batch.set(JAVA_INT, 0, n);
    batch.set(ADDRESS, 8, scratch.allocateFrom(JAVA_INT, ints(entries, Entry::token)));
    batch.set(ADDRESS, 24, scratch.allocateFrom(JAVA_INT, ints(entries, Entry::position)));
    batch.set(ADDRESS, 32, scratch.allocateFrom(JAVA_INT, ints(entries, entry -> 1)));
    batch.set(ADDRESS, 40, idPointers);
    batch.set(ADDRESS, 48, logits);
    return batch;
  }

  private static int[] ints(Entry[] entries, java.util.function.ToIntFunction<Entry> field) {
    return Arrays.stream(entries).mapToInt(field).toArray();
  }

  /** {@return the logits after entry {@code index} of the last batch} */
  public float[] logitsAt(int index) {
    MemorySegment row =
        LlamaLibrary.call(() -> (MemorySegment) calls.logits.invoke(context, index));
    if (row.equals(MemorySegment.NULL)) {
      throw new IllegalArgumentException("no logits were asked for at entry " + index);
    }
    return row.reinterpret((long) vocabularySize * Float.BYTES).toArray(JAVA_FLOAT);
  }

  /** Forgets all sequences. */
  public void clear() {
    LlamaLibrary.call(() -> calls.clear.invoke(context));
  }

  /** Forgets positions {@code from} to {@code to} (not included) of a sequence. */
  public void remove(int sequence, int from, int to) {
    boolean done =
        LlamaLibrary.call(() -> (boolean) calls.remove.invoke(context, sequence, from, to));
    if (!done) {
      throw new IllegalStateException("llama.cpp would not remove %d to %d".formatted(from, to));
    }
  }

  /** Moves positions {@code from} to {@code to} (not included) of a sequence by {@code delta}. */
  public void shift(int sequence, int from, int to, int delta) {
    LlamaLibrary.call(() -> calls.shift.invoke(context, sequence, from, to, delta));
  }

  @Override
  public void close() {
    LlamaLibrary.call(() -> calls.free.invoke(context));
    LlamaLibrary.call(() -> calls.freeModel.invoke(model));
    arena.close();
  }

  /** The functions by name and type. */
  private static final class Calls {
    final MethodHandle modelDefaults;
    final MethodHandle contextDefaults;
    final MethodHandle load;
    final MethodHandle newContext;
    final MethodHandle vocabulary;
    final MethodHandle vocabularySize;
    final MethodHandle tokenize;
    final MethodHandle piece;
    final MethodHandle decode;
    final MethodHandle logits;
    final MethodHandle clear;
    final MethodHandle remove;
    final MethodHandle shift;
    final MethodHandle free;
    final MethodHandle freeModel;

    Calls(LlamaLibrary library) {
      MemoryLayout modelParameters = LlamaLibrary.MODEL_PARAMETERS;
      MemoryLayout contextParameters = LlamaLibrary.CONTEXT_PARAMETERS;
      ValueLayout pointer = ADDRESS;
      modelDefaults =
          library.function("llama_model_default_params", FunctionDescriptor.of(modelParameters));
      contextDefaults =
          library.function(
              "llama_context_default_params", FunctionDescriptor.of(contextParameters));
      load =
          library.function(
              "llama_model_load_from_file",
              FunctionDescriptor.of(pointer, pointer, modelParameters));
      newContext =
          library.function(
              "llama_init_from_model", FunctionDescriptor.of(pointer, pointer, contextParameters));
      vocabulary =
          library.function("llama_model_get_vocab", FunctionDescriptor.of(pointer, pointer));
      vocabularySize =
          library.function("llama_vocab_n_tokens", FunctionDescriptor.of(JAVA_INT, pointer));
      tokenize =
          library.function(
              "llama_tokenize",
              FunctionDescriptor.of(
                  JAVA_INT,
                  pointer,
                  pointer,
                  JAVA_INT,
                  pointer,
                  JAVA_INT,
                  JAVA_BOOLEAN,
                  JAVA_BOOLEAN));
      piece =
          library.function(
              "llama_token_to_piece",
              FunctionDescriptor.of(
                  JAVA_INT, pointer, JAVA_INT, pointer, JAVA_INT, JAVA_INT, JAVA_BOOLEAN));
      decode =
          library.function(
              "llama_decode", FunctionDescriptor.of(JAVA_INT, pointer, LlamaLibrary.BATCH));
      logits =
          library.function(
              "llama_get_logits_ith", FunctionDescriptor.of(pointer, pointer, JAVA_INT));
      clear = library.function("llama_kv_self_clear", FunctionDescriptor.ofVoid(pointer));
      remove =
          library.function(
              "llama_kv_self_seq_rm",
              FunctionDescriptor.of(JAVA_BOOLEAN, pointer, JAVA_INT, JAVA_INT, JAVA_INT));
      shift =
          library.function(
              "llama_kv_self_seq_add",
              FunctionDescriptor.ofVoid(pointer, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
      free = library.function("llama_free", FunctionDescriptor.ofVoid(pointer));
      freeModel = library.function("llama_model_free", FunctionDescriptor.ofVoid(pointer));
    }
  }
}
