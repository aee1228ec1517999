import java.util.ArrayList;
import java.util.List;

/** A job order as the export says it; a part judges a fact by its packed frequency. */
final class Order {
    static final class Part {
        final int number;
        final int code;
        final boolean must;
        final boolean certificate;
        final int share;
        final int validOn;
        /** By frequency (see Pool.pack): whether a must is met, and the points. Not for certificates. */
        private final boolean[] met = new boolean[Pool.PACKED_CAP];
        private final int[] points = new int[Pool.PACKED_CAP];

        Part(String text, int number, Pool pool) {
            String[] words = text.split(":");
            this.number = number;
            code = Integer.parseInt(words[0]);
            must = words[1].equals("1");
            share = Integer.parseInt(words[3]);
            validOn = Integer.parseInt(words[5]);
            certificate = pool.isCertificate(code);
            int minimum = Integer.parseInt(words[2]);
            boolean ages = words[4].equals("1");
            for (int level = 0; level < 8; level++) {
                judge(Pool.pack(level, false), level, minimum, false);
                judge(Pool.pack(level, true), level, minimum, ages);
            }
        }

        private void judge(int packed, int level, int minimum, boolean stale) {
            int shortOf = minimum > 0 ? minimum - level : 0;
            if (minimum > 0 && (level == 0 || shortOf > 1)) {
                return;
            }
            met[packed] = shortOf <= 0;
            int halvings = (shortOf == 1 ? 1 : 0) + (stale ? 1 : 0);
            points[packed] = must ? (shortOf <= 0 ? share : 0) : share >> halvings;
        }

        boolean metBy(int frequency) {
            return certificate ? frequency >= Pool.packDay(validOn) : met[frequency];
        }

        int pointsFor(int frequency) {
            return certificate ? (frequency >= Pool.packDay(validOn) ? share : 0) : points[frequency];
        }
    }

    final String className;
    final int number;
    final int town;
    final int radius;
    final int start;
    final int work;
    final List<Part> musts = new ArrayList<>();
    final List<Part> nices = new ArrayList<>();
    int sure;

    Order(String line, Pool pool) {
        String[] words = line.trim().split(" ");
        className = words[0];
        number = Integer.parseInt(words[1]);
        town = Integer.parseInt(words[2]);
        radius = Integer.parseInt(words[3]);
        start = Integer.parseInt(words[4]);
        work = Integer.parseInt(words[5]);
        for (int i = 6; i < words.length; i++) {
            Part part = new Part(words[i], i - 6, pool);
            (part.must ? musts : nices).add(part);
            sure += part.must ? part.share : 0;
        }
    }
}
