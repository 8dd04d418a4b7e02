package io.madeleine.memory.index.vector;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.DoublePoint;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.util.BytesRef;

/** What an entry looks like as a Lucene document. */
final class Fields {

  /** Grows whenever a store written before can no longer be read. */
  static final String FORMAT = "1";

  static final String VECTOR = "vector";

  /** Longest vectors that are taken; Lucene's own limit of 1,024 is a convention. */
  static final int MOST_DIMENSIONS = 4_096;

  private static final String ID = "id";
  private static final String TEXT = "text";
  private static final String METADATA = "metadata";
  private static final int CONNECTIONS = 16;
  private static final int BEAM = 100;

  private Fields() {}

  static String text(String key) {
    return "t:" + key;
  }

  static String whole(String key) {
    return "l:" + key;
  }

  static String floating(String key) {
    return "d:" + key;
  }

  static Term id(String id) {
    return new Term(ID, id);
  }

  static Document document(VectorEntry entry) {
    var document = new Document();
    document.add(new StringField(ID, entry.id(), Field.Store.YES));
    document.add(new KnnFloatVectorField(VECTOR, entry.vector(), VectorSimilarityFunction.COSINE));
    entry.text().ifPresent(text -> document.add(new StoredField(TEXT, text)));
    entry.metadata().forEach((key, value) -> addComparable(document, key, value));
    document.add(new StoredField(METADATA, encode(entry.metadata())));
    return document;
  }

  private static void addComparable(Document document, String key, Object value) {
    if (!(value instanceof Number number)) {
      BytesRef term = Conditions.utf16(value.toString());
      document.add(new StringField(text(key), term, Field.Store.NO));
    } else if (Decimals.isWhole(number)) {
      document.add(new LongPoint(whole(key), number.longValue()));
    } else if (!Decimals.isNaN(number)) {
      document.add(new DoublePoint(floating(key), Decimals.toDouble(number)));
    }
  }

  static VectorEntry entry(Document stored, float[] vector) {
    return new VectorEntry(
        stored.get(ID),
        vector,
        Optional.ofNullable(stored.get(TEXT)),
        decode(stored.getBinaryValue(METADATA)));
  }

  private static byte[] encode(Map<String, Object> metadata) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.writeInt(metadata.size());
      for (var value : metadata.entrySet()) {
        out.writeUTF(value.getKey());
        encode(out, value.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("metadata could not be written", e);
    }
    return bytes.toByteArray();
  }

  private static void encode(DataOutputStream out, Object value) throws IOException {
    switch (value) {
      case String text -> {
        out.writeByte('S');
        out.writeUTF(text);
      }
      case UUID uuid -> {
        out.writeByte('U');
        out.writeLong(uuid.getMostSignificantBits());
        out.writeLong(uuid.getLeastSignificantBits());
      }
      case Integer number -> {
        out.writeByte('I');
        out.writeInt(number);
      }
      case Long number -> {
        out.writeByte('L');
        out.writeLong(number);
      }
      case Float number -> {
        out.writeByte('F');
        out.writeFloat(number);
      }
      case Double number -> {
        out.writeByte('D');
        out.writeDouble(number);
      }
      default -> throw new IllegalStateException("no entry holds a " + value.getClass());
    }
  }

  private static Map<String, Object> decode(BytesRef bytes) {
    try (var in =
        new DataInputStream(new ByteArrayInputStream(bytes.bytes, bytes.offset, bytes.length))) {
      var metadata = new HashMap<String, Object>();
      for (int left = in.readInt(); left > 0; left--) {
        metadata.put(in.readUTF(), value(in));
      }
      return metadata;
    } catch (IOException e) {
      throw new UncheckedIOException("metadata could not be read", e);
    }
  }

  private static Object value(DataInputStream in) throws IOException {
    byte type = in.readByte();
    return switch (type) {
      case 'S' -> in.readUTF();
      case 'U' -> new UUID(in.readLong(), in.readLong());
      case 'I' -> in.readInt();
      case 'L' -> in.readLong();
      case 'F' -> in.readFloat();
      case 'D' -> in.readDouble();
      default -> throw new IOException("metadata of type %c is not known".formatted(type));
    };
  }

  static Codec codec() {
    var format = new LongVectors(new Lucene99HnswVectorsFormat(CONNECTIONS, BEAM));
    return new Lucene104Codec() {
      @Override
      public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
        return format;
      }
    };
  }

  /** Lucene's format under its own name, so that Lucene reads it, for longer vectors. */
  private static final class LongVectors extends KnnVectorsFormat {
    private final KnnVectorsFormat format;

    LongVectors(KnnVectorsFormat format) {
      super(format.getName());
      this.format = format;
    }

    @Override
    public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
      return format.fieldsWriter(state);
    }

    @Override
    public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
      return format.fieldsReader(state);
    }

    @Override
    public int getMaxDimensions(String field) {
      return MOST_DIMENSIONS;
    }
  }
}
