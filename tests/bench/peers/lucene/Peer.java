import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.util.Version;

/** Lucene behind the protocol of tests/bench/README.md: Peer --data FOLDER --warm-up MILLISECONDS loop|query. */
public final class Peer {
    private static final int ORDERS = 200;
    private final Map<String, List<Asked>> orders = new HashMap<>();

    private Peer(Pool pool, Index index, Path folder) throws IOException {
        for (String line : Files.readAllLines(folder.resolve("orders.txt"))) {
            Order order = new Order(line, pool);
            orders.computeIfAbsent(order.className, name -> new ArrayList<>()).add(
                pool.byPlace ? new Matcher(pool, index, order) : new Searched(pool, index, order));
        }
    }

    private void answers(String className) throws IOException {
        StringBuilder out = new StringBuilder();
        for (int number = 0; number < ORDERS; number++) {
            Best best = new Best();
            orders.get(className).get(number).ask(best);
            out.append(number).append(' ').append(best.count);
            for (int i = 0; i < best.count; i++) {
                out.append(' ').append(best.candidates[i]).append(':').append(best.scores[i]).append(':').append(best.lacking[i]);
            }
            out.append('\n');
        }
        System.out.print(out);
    }

    /** Nanoseconds per order, as a mean over at least one pass. */
    private double[] timed(String className, long nanoseconds) throws IOException {
        double[] spent = new double[ORDERS];
        long start = System.nanoTime();
        int passes = 0;
        do {
            for (int number = 0; number < ORDERS; number++) {
                Best best = new Best();
                long before = System.nanoTime();
                orders.get(className).get(number).ask(best);
                spent[number] += System.nanoTime() - before;
            }
            passes++;
        } while (System.nanoTime() - start < nanoseconds);
        for (int number = 0; number < ORDERS; number++) {
            spent[number] /= passes;
        }
        return spent;
    }

    private void time(String className, int milliseconds) throws IOException {
        StringBuilder out = new StringBuilder();
        for (double spent : timed(className, milliseconds * 1_000_000L)) {
            out.append(spent).append(' ');
        }
        System.out.println(out);
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 5 || !arguments[0].equals("--data") || !arguments[2].equals("--warm-up")) {
            System.err.println("usage: Peer --data FOLDER --warm-up MILLISECONDS loop|query");
            System.exit(2);
        }
        Path folder = Path.of(arguments[1]);
        Pool pool = new Pool(folder, arguments[4].equals("loop"));
        Index index = new Index(pool, Files.createDirectories(folder.resolve("lucene-" + arguments[4])));
        Peer peer = new Peer(pool, index, folder);
        for (String className : peer.orders.keySet()) {
            peer.timed(className, Long.parseLong(arguments[3]) * 1_000_000); // until the compiler has had its say
        }
        System.out.printf("ready {\"bytes\": %d, \"version\": \"%s\"}%n", index.bytes + pool.bytes(), Version.LATEST);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            if (words[0].equals("answers")) {
                peer.answers(words[1]);
            } else if (words[0].equals("time")) {
                peer.time(words[1], Integer.parseInt(words[2]));
            } else {
                System.err.println("lucene: unknown: " + line);
                System.exit(1);
            }
            System.out.println("done");
            System.out.flush();
        }
    }
}
