import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.TermFrequencyAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;

/** One term per code; what a fact says beyond its code is the term's frequency. One segment, documents in order. */
final class Index {
    static final String FIELD = "f";
    private static final String[] TERMS = {"town", "travel", "available", "work"};

    /** The facts of one candidate. */
    private static final class Facts extends TokenStream {
        private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
        private final TermFrequencyAttribute frequency = addAttribute(TermFrequencyAttribute.class);
        private final Pool pool;
        private final ByteBuffer from;
        private final ByteBuffer codes;
        private final ByteBuffer levels;
        private final ByteBuffer untils;
        private final ByteBuffer useds;
        private int at;
        private int end;

        Facts(Pool pool) throws IOException {
            this.pool = pool;
            from = pool.column("fact_from.u32");
            codes = pool.column("fact_code.u16");
            levels = pool.column("fact_level.u8");
            untils = pool.column("fact_until.i16");
            useds = pool.column("fact_used.i16");
        }

        void of(int candidate) {
            at = from.getInt(4 * candidate);
            end = from.getInt(4 * candidate + 4);
        }

        @Override
        public boolean incrementToken() {
            if (at == end) {
                return false;
            }
            clearAttributes();
            int code = Short.toUnsignedInt(codes.getShort(2 * at));
            term.append(Integer.toString(code));
            frequency.setTermFrequency(pool.isCertificate(code) ? Pool.packDay(untils.getShort(2 * at))
                : Pool.pack(levels.get(at), pool.isStale(useds.getShort(2 * at))));
            at++;
            return true;
        }
    }

    final LeafReader reader;
    final long bytes;

    Index(Pool pool, Path folder) throws IOException {
        Directory directory = new MMapDirectory(folder);
        IndexWriterConfig config = new IndexWriterConfig((Analyzer) null)
            .setRAMBufferSizeMB(512).setMergePolicy(new LogDocMergePolicy()) // keeps documents in order
            .setMergeScheduler(new SerialMergeScheduler());
        FieldType type = new FieldType();
        type.setTokenized(true);
        type.setOmitNorms(true);
        type.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
        type.freeze();
        try (IndexWriter writer = new IndexWriter(directory, config)) {
            Facts facts = new Facts(pool);
            Document document = new Document();
            document.add(new Field(FIELD, facts, type));
            Field[] terms = new Field[pool.byPlace ? 0 : TERMS.length]; // by place they are in arrays
            for (int i = 0; i < terms.length; i++) {
                terms[i] = new NumericDocValuesField(TERMS[i], 0);
                document.add(terms[i]);
            }
            for (int doc = 0; doc < pool.size; doc++) {
                facts.of(pool.candidate[doc]);
                if (!pool.byPlace) {
                    terms[0].setLongValue(pool.town[doc]);
                    terms[1].setLongValue(pool.travel[doc]);
                    terms[2].setLongValue(pool.available[doc]);
                    terms[3].setLongValue(pool.inPlay[doc] ? pool.work[doc] : 0);
                }
                writer.addDocument(document);
            }
            writer.forceMerge(1);
        }
        DirectoryReader opened = DirectoryReader.open(directory);
        if (opened.leaves().size() != 1 || opened.numDocs() != pool.size) {
            throw new IOException("the index is not one segment");
        }
        reader = opened.leaves().get(0).reader();
        long sum = 0;
        for (String name : directory.listAll()) {
            sum += directory.fileLength(name);
        }
        bytes = sum;
    }
}
