package io.madeleine.memory.index;

import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;

/** How Lucene lays the index out in files. */
final class Layout {

  private static final int CONNECTIONS = 16;
  private static final int BEAM = 100;

  private Layout() {}

  static IndexWriterConfig config(IndexOptions options, org.apache.lucene.analysis.Analyzer words) {
    var merges = new TieredMergePolicy();
    merges.setForceMergeDeletesPctAllowed(0);
    return new IndexWriterConfig(words)
        .setMergePolicy(merges)
        .setUseCompoundFile(true)
        .setCodec(codec(options.vectors()))
        .setOpenMode(IndexWriterConfig.OpenMode.CREATE_OR_APPEND)
        .setCommitOnClose(false);
  }

  private static Codec codec(IndexOptions.Vectors layout) {
    KnnVectorsFormat format =
        switch (layout) {
          case FLOAT -> new Lucene99HnswVectorsFormat(CONNECTIONS, BEAM);
          case INT8 ->
              new Lucene104HnswScalarQuantizedVectorsFormat(
                  ScalarEncoding.UNSIGNED_BYTE, CONNECTIONS, BEAM);
          case BINARY ->
              new Lucene104HnswScalarQuantizedVectorsFormat(
                  ScalarEncoding.SINGLE_BIT_QUERY_NIBBLE, CONNECTIONS, BEAM);
        };
    return new Lucene104Codec() {
      @Override
      public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
        return format;
      }
    };
  }
}
