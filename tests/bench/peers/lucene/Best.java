/** The best 20: higher scores first, then lower numbers. */
final class Best {
    static final int CAP = 20;
    final int[] candidates = new int[CAP];
    final int[] scores = new int[CAP];
    final int[] lacking = new int[CAP];
    int count;

    void offer(int candidate, int score, int lacks) {
        if (count == CAP && !before(candidate, score, CAP - 1)) {
            return;
        }
        int at = count < CAP ? count++ : CAP - 1;
        for (; at > 0 && before(candidate, score, at - 1); at--) {
            candidates[at] = candidates[at - 1];
            scores[at] = scores[at - 1];
            lacking[at] = lacking[at - 1];
        }
        candidates[at] = candidate;
        scores[at] = score;
        lacking[at] = lacks;
    }

    private boolean before(int candidate, int score, int at) {
        return score != scores[at] ? score > scores[at] : candidate < candidates[at];
    }
}
