import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.ConjunctionDISI;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TwoPhaseIterator;
import org.apache.lucene.search.Weight;

/** An order as a query of Lucene's own kind: musts as a conjunction of postings, terms of the candidate as doc values. */
final class MatchQuery extends Query {
    private final Pool pool;
    private final Order order;
    private final boolean nearMiss;

    MatchQuery(Pool pool, Order order) {
        this.pool = pool;
        this.order = order;
        nearMiss = order.className.equals("near-miss");
    }

    /** A part beside its postings, which are null where nobody has the code. */
    private static final class Clause {
        final Order.Part part;
        final PostingsEnum postings;
        final int count;

        Clause(LeafReader reader, Order.Part part) throws IOException {
            Term term = new Term(Index.FIELD, Integer.toString(part.code));
            this.part = part;
            postings = reader.postings(term, PostingsEnum.FREQS);
            count = postings == null ? 0 : reader.docFreq(term);
        }

        static List<Clause> of(LeafReader reader, List<Order.Part> parts) throws IOException {
            List<Clause> clauses = new ArrayList<>();
            for (Order.Part part : parts) {
                clauses.add(new Clause(reader, part));
            }
            clauses.sort(Comparator.comparingInt(clause -> clause.count));
            return clauses;
        }

        /** The frequency at that document, or 0. */
        int at(int doc) throws IOException {
            if (postings == null || (postings.docID() < doc && postings.advance(doc) != doc) || postings.docID() != doc) {
                return 0;
            }
            return postings.freq();
        }

        boolean metAt(int doc) throws IOException {
            int frequency = at(doc);
            return frequency != 0 && part.metBy(frequency);
        }
    }

    /** Documents that either of two posting lists holds. */
    private static final class Union extends DocIdSetIterator {
        private final DocIdSetIterator one;
        private final DocIdSetIterator other;
        private int doc = -1;

        Union(DocIdSetIterator one, DocIdSetIterator other) {
            this.one = one == null ? DocIdSetIterator.empty() : one;
            this.other = other == null ? DocIdSetIterator.empty() : other;
        }

        @Override
        public int docID() {
            return doc;
        }

        @Override
        public int nextDoc() throws IOException {
            return advance(doc + 1);
        }

        @Override
        public int advance(int target) throws IOException {
            int first = one.docID() < target ? one.advance(target) : one.docID();
            int second = other.docID() < target ? other.advance(target) : other.docID();
            doc = Math.min(first, second);
            return doc;
        }

        @Override
        public long cost() {
            return one.cost() + other.cost();
        }
    }

    private DocIdSetIterator approximation(LeafReader reader, List<Clause> musts) throws IOException {
        if (nearMiss && musts.size() == 1) {
            return DocIdSetIterator.all(reader.maxDoc());
        }
        if (nearMiss) { // who lacks at most one must has one of the two rarest; the clauses keep postings of their own
            return new Union(new Clause(reader, musts.get(0).part).postings, new Clause(reader, musts.get(1).part).postings);
        }
        List<DocIdSetIterator> postings = new ArrayList<>();
        for (Clause must : musts) {
            if (must.postings == null) {
                return DocIdSetIterator.empty();
            }
            postings.add(must.postings);
        }
        return postings.size() == 1 ? postings.get(0) : ConjunctionDISI.intersectIterators(postings);
    }

    private final class Matching extends TwoPhaseIterator {
        private final List<Clause> musts;
        private final NumericDocValues town;
        private final NumericDocValues travel;
        private final NumericDocValues available;
        private final NumericDocValues work;
        int met; // points of the musts that the last match meets

        Matching(LeafReader reader, List<Clause> musts) throws IOException {
            super(MatchQuery.this.approximation(reader, musts));
            this.musts = musts;
            town = reader.getNumericDocValues("town");
            travel = reader.getNumericDocValues("travel");
            available = reader.getNumericDocValues("available");
            work = reader.getNumericDocValues("work");
        }

        @Override
        public boolean matches() throws IOException {
            int doc = approximation.docID();
            int missed = 0;
            met = 0;
            for (Clause must : musts) {
                if (must.metAt(doc)) {
                    met += must.part.share;
                } else if (++missed > (nearMiss ? 1 : 0)) {
                    return false;
                }
            }
            return inTerms(doc);
        }

        /** `work` is 0 for those who are out of play. */
        private boolean inTerms(int doc) throws IOException {
            if (!work.advanceExact(doc) || (work.longValue() & order.work) == 0
                || !available.advanceExact(doc) || available.longValue() > order.start
                || !town.advanceExact(doc) || town.longValue() == pool.towns) {
                return false;
            }
            int kilometres = pool.kilometres(order.town, (int) town.longValue());
            return kilometres <= order.radius && travel.advanceExact(doc) && kilometres <= travel.longValue();
        }

        @Override
        public float matchCost() {
            return 20;
        }
    }

    private final class MatchScorer extends Scorer {
        private final Matching matching;
        private final DocIdSetIterator iterator;
        private final List<Clause> nices;

        MatchScorer(Weight weight, Matching matching, List<Clause> nices) {
            super(weight);
            this.matching = matching;
            this.nices = nices;
            iterator = TwoPhaseIterator.asDocIdSetIterator(matching);
        }

        @Override
        public DocIdSetIterator iterator() {
            return iterator;
        }

        @Override
        public TwoPhaseIterator twoPhaseIterator() {
            return matching;
        }

        @Override
        public float getMaxScore(int upTo) {
            return Float.POSITIVE_INFINITY;
        }

        @Override
        public float score() throws IOException {
            int score = matching.met;
            int doc = docID();
            for (Clause nice : nices) {
                int frequency = nice.at(doc);
                score += frequency == 0 ? 0 : nice.part.pointsFor(frequency);
            }
            return score;
        }

        @Override
        public int docID() {
            return matching.approximation().docID();
        }
    }

    @Override
    public Weight createWeight(IndexSearcher searcher, ScoreMode mode, float boost) {
        return new Weight(this) {
            @Override
            public void extractTerms(Set<Term> terms) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Explanation explain(LeafReaderContext context, int doc) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Scorer scorer(LeafReaderContext context) throws IOException {
                LeafReader reader = context.reader();
                Matching matching = new Matching(reader, Clause.of(reader, order.musts));
                return new MatchScorer(this, matching, Clause.of(reader, order.nices));
            }

            @Override
            public boolean isCacheable(LeafReaderContext context) {
                return false;
            }
        };
    }

    /** The must that the document lacks, or -1. */
    int lackingAt(LeafReader reader, int doc) throws IOException {
        for (Clause must : Clause.of(reader, order.musts)) {
            if (!must.metAt(doc)) {
                return must.part.number;
            }
        }
        return -1;
    }

    @Override
    public String toString(String field) {
        return order.className + " " + order.number;
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
