import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The exported world. By place, documents are numbered town by town, so that a circle is a few ranges of them. */
final class Pool {
    static final int PACKED_CAP = 32;

    final boolean byPlace;
    final int size;
    final int towns;
    final int asOf;
    private final int staleBefore;
    private final int firstCertificate;
    private final int firstOccupation;
    private final Path folder;

    /** By document. */
    final int[] candidate;
    final short[] town;
    final int[] travel;
    final short[] available;
    final byte[] work;
    final boolean[] inPlay;
    /** The first document of each town; one more at the end, and unknown towns last. */
    final int[] townFrom;
    final ByteBuffer distances;

    /** A fact without a day as a term frequency, which is at least 1. */
    static int pack(int level, boolean stale) {
        return 1 + level + (stale ? 8 : 0);
    }

    /** A certificate's last day as one. */
    static int packDay(int day) {
        return day + 32769;
    }

    Pool(Path folder, boolean byPlace) throws IOException {
        this.folder = folder;
        this.byPlace = byPlace;
        Map<String, Integer> world = new HashMap<>();
        for (String line : Files.readAllLines(folder.resolve("world.txt"))) {
            String[] words = line.split("\t");
            world.put(words[0], Integer.parseInt(words[1]));
        }
        size = world.get("size");
        towns = world.get("towns");
        asOf = world.get("as_of");
        staleBefore = world.get("stale_before");
        firstCertificate = world.get("first_certificate");
        firstOccupation = world.get("first_occupation");
        distances = column("distances.u16");

        ByteBuffer towned = column("town.u16");
        townFrom = new int[towns + 2];
        for (int i = 0; i < size; i++) {
            townFrom[townOf(towned, i) + 1]++;
        }
        for (int i = 0; i <= towns; i++) {
            townFrom[i + 1] += townFrom[i];
        }
        candidate = new int[size];
        int[] next = townFrom.clone();
        for (int i = 0; i < size; i++) {
            candidate[byPlace ? next[townOf(towned, i)]++ : i] = i;
        }
        town = new short[size];
        travel = new int[size];
        available = new short[size];
        work = new byte[size];
        inPlay = new boolean[size];
        fillTerms(towned);
    }

    private int townOf(ByteBuffer column, int i) {
        int value = Short.toUnsignedInt(column.getShort(2 * i));
        return value == 65535 ? towns : value;
    }

    private void fillTerms(ByteBuffer towned) throws IOException {
        ByteBuffer travels = column("travel.u16");
        ByteBuffer availables = column("available.i16");
        ByteBuffer works = column("work.u8");
        ByteBuffer screenings = column("screening.i16");
        ByteBuffer hidden = column("hidden.u8");
        for (int doc = 0; doc < size; doc++) {
            int i = candidate[doc];
            int limit = Short.toUnsignedInt(travels.getShort(2 * i));
            town[doc] = (short) townOf(towned, i);
            travel[doc] = limit == 0 ? Integer.MAX_VALUE : limit;
            available[doc] = availables.getShort(2 * i);
            work[doc] = works.get(i);
            inPlay[doc] = hidden.get(i) == 0 && screenings.getShort(2 * i) >= asOf;
        }
    }

    ByteBuffer column(String name) throws IOException {
        try (var channel = java.nio.channels.FileChannel.open(folder.resolve(name))) {
            ByteBuffer bytes = channel.map(java.nio.channels.FileChannel.MapMode.READ_ONLY, 0, channel.size());
            return bytes.order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    boolean isCertificate(int code) {
        return code >= firstCertificate && code < firstOccupation;
    }

    boolean isStale(int used) {
        return used < staleBefore;
    }

    int kilometres(int from, int to) {
        return Short.toUnsignedInt(distances.getShort(2 * (from * towns + to)));
    }

    long bytes() {
        return (long) size * (4 + 2 + 4 + 2 + 1 + 1);
    }
}
