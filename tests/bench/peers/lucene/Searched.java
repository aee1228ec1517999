import java.io.IOException;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopScoreDocCollector;

/** An order asked the way that Lucene is asked: a custom query through the searcher, the best collected by it. */
final class Searched implements Asked {
    private final IndexSearcher searcher;
    private final Index index;
    private final MatchQuery query;
    private final boolean nearMiss;

    Searched(Pool pool, Index index, Order order) {
        this.index = index;
        query = new MatchQuery(pool, order);
        nearMiss = order.className.equals("near-miss");
        searcher = new IndexSearcher(index.reader);
        searcher.setQueryCache(null);
    }

    @Override
    public void ask(Best best) throws IOException {
        TopScoreDocCollector collector = TopScoreDocCollector.create(Best.CAP, Integer.MAX_VALUE);
        searcher.search(query, collector);
        for (ScoreDoc found : collector.topDocs().scoreDocs) { // documents are candidates, as they came
            best.offer(found.doc, (int) found.score, nearMiss ? query.lackingAt(index.reader, found.doc) : -1);
        }
    }
}
