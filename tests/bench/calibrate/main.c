/*
 * bench_calibrate [FOLDER]: what this machine can do, as JSON: bytes read one after another by one
 * thread; 64-byte lines read at random, each address known beforehand; fdatasync of one page in
 * FOLDER (default: here). The limits that figures of the same run are measured against.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WORDS                                                                                      \
    ((size_t)32 << 20) /* a quarter of a gigabyte, as a pool of a million: no cache holds it */
#define LINE_WORDS 8
#define READS ((size_t)4 << 20)
#define ROUNDS 7
#define SYNCS 101
#define PAGE 4096

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int ascending(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, ascending);
    return values[count / 2];
}

/* What was read has to matter, or the compiler leaves it out. */
static volatile uint64_t sink;

static double read_bandwidth(const uint64_t *words)
{
    double rates[ROUNDS];
    for (size_t round = 0; round < ROUNDS; round++) {
        const double start = now();
        uint64_t sums[8] = {0};
        for (size_t i = 0; i < WORDS; i += 8) {
            for (size_t k = 0; k < 8; k++) {
                sums[k] += words[i + k];
            }
        }
        rates[round] = (double)(WORDS * sizeof *words) / (now() - start);
        for (size_t k = 0; k < 8; k++) {
            sink += sums[k];
        }
    }
    return median(rates, ROUNDS);
}

static double random_line(const uint64_t *words)
{
    double costs[ROUNDS];
    uint64_t state = 1;
    for (size_t round = 0; round < ROUNDS; round++) {
        const double start = now();
        uint64_t sum = 0;
        for (size_t i = 0; i < READS; i++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            sum += words[(state >> 33) % (WORDS / LINE_WORDS) * LINE_WORDS];
        }
        sink += sum;
        costs[round] = (now() - start) / (double)READS;
    }
    return median(costs, ROUNDS);
}

/* Seconds, or below 0 where the folder cannot be written. */
static double sync_page(const char *folder)
{
    char path[4096];
    char page[PAGE];
    double times[SYNCS];
    snprintf(path, sizeof path, "%s/calibrate.XXXXXX", folder);
    memset(page, 'x', sizeof page);
    const int file = mkstemp(path);
    if (file < 0) {
        return -1;
    }
    unlink(path);
    for (size_t i = 0; i < SYNCS; i++) {
        const double start = now();
        if (write(file, page, sizeof page) != (ssize_t)sizeof page || fdatasync(file) != 0) {
            close(file);
            return -1;
        }
        times[i] = now() - start;
    }
    close(file);
    return median(times, SYNCS);
}

int main(int argc, char **argv)
{
    uint64_t *words = malloc(WORDS * sizeof *words);
    if (words == NULL) {
        fprintf(stderr, "calibrate: no memory\n");
        return 1;
    }
    memset(words, 1, WORDS * sizeof *words);
    printf("{\"read_bandwidth_gb_s\": %.3f, ", read_bandwidth(words) / 1e9);
    printf("\"random_line_ns\": %.3f, ", random_line(words) * 1e9);
    printf("\"fdatasync_ms\": %.4f}\n", sync_page(argc > 1 ? argv[1] : ".") * 1e3);
    free(words);
    return 0;
}
