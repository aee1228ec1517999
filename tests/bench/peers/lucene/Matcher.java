import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.TermState;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BytesRef;

/** An order asked past Lucene's searcher, by a loop of our own over its postings: terms found in the dictionary beforehand, the circle as
    ranges of documents, candidates' terms in plain arrays. */
final class Matcher implements Asked {
    private static final int NONE = DocIdSetIterator.NO_MORE_DOCS;

    private final Pool pool;
    private final Order order;
    private final TermsEnum terms;
    private final List<Clause> musts = new ArrayList<>(); // the rarest first
    private final List<Clause> nices = new ArrayList<>();
    private final int[] kilometres;
    private final int[] ranges; // begin and end of each, ascending

    /** A part and its term; `postings` is made anew for each question. */
    private final class Clause {
        final Order.Part part;
        final BytesRef term;
        final TermState state; // null: nobody has it
        final int count;
        PostingsEnum postings;

        Clause(Order.Part part) throws IOException {
            this.part = part;
            term = new BytesRef(Integer.toString(part.code));
            boolean found = terms.seekExact(term);
            state = found ? terms.termState() : null;
            count = found ? terms.docFreq() : 0;
        }

        void open() throws IOException {
            if (state != null) {
                terms.seekExact(term, state);
                postings = terms.postings(postings, PostingsEnum.FREQS);
            }
        }

        int advance(int doc) throws IOException {
            return state == null ? NONE : postings.docID() >= doc ? postings.docID() : postings.advance(doc);
        }

        /** The frequency at that document, or 0. */
        int at(int doc) throws IOException {
            return advance(doc) == doc ? postings.freq() : 0;
        }
    }

    Matcher(Pool pool, Index index, Order order) throws IOException {
        this.pool = pool;
        this.order = order;
        terms = index.reader.terms(Index.FIELD).iterator();
        for (Order.Part part : order.musts) {
            musts.add(new Clause(part));
        }
        for (Order.Part part : order.nices) {
            nices.add(new Clause(part));
        }
        musts.sort((a, b) -> Integer.compare(a.count, b.count));
        kilometres = new int[pool.towns];
        List<Integer> edges = new ArrayList<>();
        for (int town = 0; town < pool.towns; town++) {
            kilometres[town] = pool.kilometres(order.town, town);
            if (kilometres[town] > order.radius || pool.townFrom[town] == pool.townFrom[town + 1]) {
                continue;
            }
            if (!edges.isEmpty() && edges.get(edges.size() - 1) == pool.townFrom[town]) {
                edges.set(edges.size() - 1, pool.townFrom[town + 1]);
            } else {
                edges.add(pool.townFrom[town]);
                edges.add(pool.townFrom[town + 1]);
            }
        }
        ranges = edges.stream().mapToInt(Integer::intValue).toArray();
    }

    private boolean inTerms(int doc) {
        return pool.inPlay[doc] && pool.available[doc] <= order.start && (pool.work[doc] & order.work) != 0
            && kilometres[pool.town[doc]] <= pool.travel[doc];
    }

    @Override
    public void ask(Best best) throws IOException {
        for (Clause clause : musts) {
            clause.open();
        }
        for (Clause clause : nices) {
            clause.open();
        }
        boolean nearMiss = order.className.equals("near-miss");
        for (int i = 0; i < ranges.length; i += 2) {
            if (nearMiss) {
                nearMiss(ranges[i], ranges[i + 1], best);
            } else {
                strict(ranges[i], ranges[i + 1], best);
            }
        }
    }

    private void strict(int begin, int end, Best best) throws IOException {
        Clause lead = musts.get(0);
        next:
        for (int doc = lead.advance(begin); doc < end; doc = lead.postings.nextDoc()) {
            if (!inTerms(doc) || !lead.part.metBy(lead.postings.freq())) {
                continue;
            }
            for (int i = 1; i < musts.size(); i++) {
                int frequency = musts.get(i).at(doc);
                if (frequency == 0 || !musts.get(i).part.metBy(frequency)) {
                    continue next;
                }
            }
            best.offer(pool.candidate[doc], order.sure + nice(doc), -1);
        }
    }

    /** Who lacks at most one must has one of the two rarest. */
    private void nearMiss(int begin, int end, Best best) throws IOException {
        boolean all = musts.size() == 1;
        int doc = begin - 1;
        while (true) {
            doc++;
            if (!all) {
                doc = Math.min(musts.get(0).advance(doc), musts.get(1).advance(doc));
            }
            if (doc >= end) {
                return;
            }
            if (inTerms(doc)) {
                offerNear(doc, best);
            }
        }
    }

    private void offerNear(int doc, Best best) throws IOException {
        int score = 0;
        int missed = 0;
        int lacking = -1;
        for (Clause must : musts) {
            int frequency = must.at(doc);
            if (frequency != 0 && must.part.metBy(frequency)) {
                score += must.part.share;
            } else if (++missed > 1) {
                return;
            } else {
                lacking = must.part.number;
            }
        }
        best.offer(pool.candidate[doc], score + nice(doc), lacking);
    }

    private int nice(int doc) throws IOException {
        int score = 0;
        for (Clause clause : nices) {
            int frequency = clause.at(doc);
            score += frequency == 0 ? 0 : clause.part.pointsFor(frequency);
        }
        return score;
    }
}
