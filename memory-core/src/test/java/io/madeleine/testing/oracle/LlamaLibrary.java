package io.madeleine.testing.oracle;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * The C functions of llama.cpp (b4916), called through the foreign function interface: the library
 * inside {@code de.kherud:llama} exports all of them. Loaded once; thread-safe.
 */
@SuppressWarnings("restricted") // calling C is what this class is for
public final class LlamaLibrary {
  private static final String RESOURCE = "de/kherud/llama/Linux/x86_64/libjllama.so";
  private static final int LAST_LINES = 20;
  private static final AddressLayout POINTER = ValueLayout.ADDRESS;

  /** {@code llama_model_params}, {@code llama_context_params} and {@code llama_batch} by size. */
  static final MemoryLayout MODEL_PARAMETERS = words(8);

  static final MemoryLayout CONTEXT_PARAMETERS = words(15);
  static final MemoryLayout BATCH = words(7);

  private final Linker linker = Linker.nativeLinker();
  private final SymbolLookup symbols;
  private final Deque<String> log = new ArrayDeque<>();

  private LlamaLibrary(Path file) {
    symbols = SymbolLookup.libraryLookup(file, Arena.global());
    captureLog();
    LlamaLibrary.call(() -> function("llama_backend_init", FunctionDescriptor.ofVoid()).invoke());
  }

  private static MemoryLayout words(int count) {
    return MemoryLayout.structLayout(MemoryLayout.sequenceLayout(count, ValueLayout.JAVA_LONG));
  }

  /** {@return why this machine has no llama.cpp to compare with, or empty if it has} */
  public static Optional<String> missing() {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!system.equals("Linux amd64")) {
      return Optional.of(
          "llama.cpp, the oracle, is at hand for Linux x86-64 only, but this is " + system);
    }
    return Holder.LIBRARY instanceof Loaded.Failed failed
        ? Optional.of("llama.cpp, the oracle, cannot be loaded: " + failed.reason())
        : Optional.empty();
  }

  /**
   * {@return the library}
   *
   * @throws IllegalStateException if there is none, with the reason
   */
  public static LlamaLibrary get() {
    Optional<String> reason = missing();
    if (reason.isEmpty() && Holder.LIBRARY instanceof Loaded.Ready(LlamaLibrary library)) {
      return library;
    }
    throw new IllegalStateException(reason.orElse("should not happen: nothing is missing"));
  }

  private sealed interface Loaded {
    record Ready(LlamaLibrary library) implements Loaded {}

    record Failed(String reason) implements Loaded {}
  }

  private static final class Holder {
    static final Loaded LIBRARY = load();

    private static Loaded load() {
      try (InputStream in = LlamaLibrary.class.getClassLoader().getResourceAsStream(RESOURCE)) {
        if (in == null) {
          return new Loaded.Failed("the class path has no " + RESOURCE);
        }
        Path file = Files.createTempFile("madeleine-oracle", ".so");
        file.toFile().deleteOnExit();
        Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
        return new Loaded.Ready(new LlamaLibrary(file));
      } catch (IOException | IllegalArgumentException | UnsatisfiedLinkError e) {
        return new Loaded.Failed(e + " (does the machine have libgomp.so.1?)");
      }
    }
  }

  /** {@return a handle on an exported function} */
  MethodHandle function(String name, FunctionDescriptor descriptor) {
    return linker.downcallHandle(symbols.findOrThrow(name), descriptor);
  }

  /** Reads one row in ggml's own way: {@code dequantize_row_…(blocks, out, count)}. */
  public float[] dequantiseRow(String function, MemorySegment blocks, int count) {
    MethodHandle handle =
        function(function, FunctionDescriptor.ofVoid(POINTER, POINTER, ValueLayout.JAVA_LONG));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment in = arena.allocate(Math.max(1, blocks.byteSize()), 64).copyFrom(blocks);
      MemorySegment out = arena.allocate(ValueLayout.JAVA_FLOAT, count);
      call(() -> handle.invoke(in, out, (long) count));
      return out.toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  /** Writes one row in ggml's own way: {@code quantize_row_…_ref(numbers, out, count)}. */
  public byte[] quantiseRow(String function, float[] numbers, int bytes) {
    MethodHandle handle =
        function(function, FunctionDescriptor.ofVoid(POINTER, POINTER, ValueLayout.JAVA_LONG));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment in = arena.allocateFrom(ValueLayout.JAVA_FLOAT, numbers);
      MemorySegment out = arena.allocate(bytes, 64);
      call(() -> handle.invoke(in, out, (long) numbers.length));
      return out.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /** {@return the last lines that llama.cpp logged, for the message of an exception} */
  synchronized String lastLines() {
    return String.join("", log);
  }

  @SuppressWarnings("UnusedMethod") // called from C
  private synchronized void onLog(int level, MemorySegment text, MemorySegment ignored) {
    log.add(text.reinterpret(Long.MAX_VALUE).getString(0));
    if (log.size() > LAST_LINES) {
      log.remove();
    }
  }

  private void captureLog() {
    FunctionDescriptor callback = FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT, POINTER, POINTER);
    try {
      MethodHandle onLog =
          MethodHandles.lookup()
              .findVirtual(
                  LlamaLibrary.class,
                  "onLog",
                  MethodType.methodType(
                      void.class, int.class, MemorySegment.class, MemorySegment.class))
              .bindTo(this);
      MemorySegment stub = linker.upcallStub(onLog, callback, Arena.global());
      call(
          () ->
              function("llama_log_set", FunctionDescriptor.ofVoid(POINTER, POINTER))
                  .invoke(stub, MemorySegment.NULL));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("onLog is above: should not happen", e);
    }
  }

  /** A call that may throw anything, as method handles do. */
  interface NativeCall<T> {
    T run() throws Throwable;
  }

  static <T> T call(NativeCall<T> nativeCall) {
    try {
      return nativeCall.run();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a call into llama.cpp failed", e);
    }
  }
}
