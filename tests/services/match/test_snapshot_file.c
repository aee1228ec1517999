/*
 * Upkeep and the snapshot file on a real PostgreSQL: a restart reads what changed since and no
 * more, what is damaged or foreign is refused, nobody who was erased is left in it; pieces are
 * merged beside the follower; and a pool that takes too much memory stays out.
 */
#include "services/match/snapshot_file.h"

#include "common/base/mem.h"
#include "services/match/metrics.h"
#include "tests/services/match/owner.h"
#include "tests/services/match/running.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PEOPLE 1200

struct scene {
    struct running *running;
    char folder[64];
    char path[96];
};

static int set_up(void **state)
{
    struct scene *scene = mem_zalloc(sizeof *scene);
    *state = scene;
    snprintf(scene->folder, sizeof scene->folder, "/tmp/emnebank-snapshot-XXXXXX");
    assert_non_null(mkdtemp(scene->folder));
    snprintf(scene->path, sizeof scene->path, "%s/pool", scene->folder);
    scene->running = running_open("snapshot_file");
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    running_close(&scene->running);
    assert_int_equal(snapshot_file_remove(scene->path), 0);
    rmdir(scene->folder);
    mem_free(scene);
    return 0;
}

static int64_t read_so_far(void)
{
    return match_candidates_read.value;
}

static void populate(struct running *running)
{
    owner_ask(running->owner, "SELECT fictional(n, 1 + n %% 5) FROM generate_series(1, %d) n",
              PEOPLE);
}

/* With a file that an orderly end has written. */
static void end_with_file(struct scene *scene)
{
    populate(scene->running);
    scene->running->options.snapshot_file = scene->path;
    running_restart(scene->running);
    running_restart(scene->running);
    assert_int_equal(access(scene->path, F_OK), 0);
}

/* What is in memory is what a start without a file has. */
static void assert_as_without_file(struct running *running)
{
    const struct match_options options = running->options;
    char *restored = running_written_down(running->match);
    running_end(running);
    running->options.snapshot_file = NULL;
    running->options.memory_limit = 0;
    running_start(running);
    char *fresh = running_written_down(running->match);
    assert_string_equal(restored, fresh);
    running->options = options;
    mem_free(restored);
    mem_free(fresh);
}

/* ---- the file ---- */

static void a_restart_reads_only_what_changed_since(void **state)
{
    struct scene *scene = *state;
    struct stat about;
    end_with_file(scene);
    assert_int_equal(stat(scene->path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    int64_t before = read_so_far();
    running_restart(scene->running);
    assert_int_equal(read_so_far() - before, 0);
    /* Changed while the daemon runs, and once more while it is down. */
    owner_ask(scene->running->owner, "SELECT fictional_change(7, 5)");
    running_follow(scene->running);
    assert_int_equal(read_so_far() - before, 1);
    running_end(scene->running);
    owner_ask(scene->running->owner, "SELECT fictional_change(8, NULL)");
    owner_ask(scene->running->owner, "SELECT fictional(%d, 4)", PEOPLE + 1);
    before = read_so_far();
    running_start(scene->running);
    assert_int_equal(read_so_far() - before, 2);
    assert_as_without_file(scene->running);
}

static void turn_byte(const char *path, off_t at)
{
    unsigned char byte;
    const int file = open(path, O_RDWR);
    assert_true(file >= 0);
    assert_int_equal(pread(file, &byte, 1, at), 1);
    byte ^= 0x20;
    assert_int_equal(pwrite(file, &byte, 1, at), 1);
    close(file);
}

static void a_damaged_file_is_refused_and_the_pool_read_anew(void **state)
{
    struct scene *scene = *state;
    struct stat about;
    end_with_file(scene);
    for (int i = 0; i < 5; i++) {
        running_end(scene->running);
        assert_int_equal(stat(scene->path, &about), 0);
        if (i < 4) {
            turn_byte(scene->path, about.st_size * i / 4 + 16);
        } else {
            assert_int_equal(truncate(scene->path, about.st_size / 2), 0);
        }
        const int64_t before = read_so_far();
        running_start(scene->running);
        assert_int_equal(read_so_far() - before, PEOPLE);
    }
    assert_as_without_file(scene->running);
}

static void a_file_of_another_database_is_refused(void **state)
{
    struct scene *scene = *state;
    struct running *other = running_open("snapshot_other");
    end_with_file(scene);
    owner_ask(other->owner, "SELECT fictional(n, 3) FROM generate_series(1, 5) n");
    other->options.snapshot_file = scene->path;
    const int64_t before = read_so_far();
    running_restart(other);
    assert_int_equal(read_so_far() - before, 5);
    running_close(&other);
}

/* The database was put back to where it was before the file was written. */
static void a_file_that_is_ahead_of_its_database_is_not_used(void **state)
{
    struct scene *scene = *state;
    end_with_file(scene);
    running_end(scene->running);
    owner_ask(scene->running->owner, "UPDATE pool_version SET version = version - 100");
    const int64_t before = read_so_far();
    running_start(scene->running);
    assert_int_equal(read_so_far() - before, PEOPLE);
    assert_as_without_file(scene->running);
}

/* ---- the erased ---- */

static bool holds_candidate(const char *path, unsigned number)
{
    uint8_t id[ENGINE_ID_SIZE];
    char text[ENGINE_ID_TEXT_SIZE];
    struct stat about;
    snprintf(text, sizeof text, "5f8d0000-0000-4000-8000-%012x", number);
    assert_int_equal(engine_id_read(text, id), 0);
    const int file = open(path, O_RDONLY);
    assert_true(file >= 0);
    assert_int_equal(fstat(file, &about), 0);
    char *bytes = mem_alloc((size_t)about.st_size);
    assert_int_equal(read(file, bytes, (size_t)about.st_size), about.st_size);
    close(file);
    const bool held = memmem(bytes, (size_t)about.st_size, id, sizeof id) != NULL;
    mem_free(bytes);
    return held;
}

static const char *looked_for;

static bool file_is_there(struct running *running)
{
    (void)running;
    return access(looked_for, F_OK) == 0;
}

static void nobody_erased_is_left_in_the_file(void **state)
{
    struct scene *scene = *state;
    struct running *running = scene->running;
    looked_for = scene->path;
    end_with_file(scene);
    assert_true(holds_candidate(scene->path, 7));
    const int64_t compactions = match_compactions.value;
    owner_ask(running->owner, "SELECT fictional_erase(7)");
    running_follow(running);
    running_until(running, file_is_there); /* written again, without a word */
    assert_true(match_compactions.value > compactions);
    assert_false(holds_candidate(scene->path, 7));
    assert_true(holds_candidate(scene->path, 8));

    /* While the daemon is down the file stands; the first thing that a start does is to clean it.
     */
    running_end(running);
    assert_true(holds_candidate(scene->path, 8));
    owner_ask(running->owner, "SELECT fictional_erase(8)");
    const int64_t before = read_so_far();
    running_start(running);
    assert_int_equal(read_so_far() - before, 0);
    running_until(running, file_is_there);
    assert_false(holds_candidate(scene->path, 8));
    assert_as_without_file(scene->running);
}

/* An end between the erasure and the next file leaves none at all. */
static void an_end_right_after_an_erasure_leaves_no_file(void **state)
{
    struct scene *scene = *state;
    end_with_file(scene);
    owner_ask(scene->running->owner, "SELECT fictional_erase(9)");
    running_follow(scene->running);
    running_end(scene->running);
    if (access(scene->path, F_OK) == 0) { /* it had the time */
        assert_false(holds_candidate(scene->path, 9));
    }
    running_start(scene->running);
}

/* ---- upkeep ---- */

static void pieces_are_merged_beside_the_follower(void **state)
{
    struct scene *scene = *state;
    struct running *running = scene->running;
    const int64_t before = match_compactions.value;
    populate(running);
    running_follow(running);
    for (int step = 0; match_compactions.value == before && step < 100; step++) {
        owner_ask(running->owner, "SELECT fictional(n, 3) FROM generate_series(%d, %d) n",
                  2000 + 200 * step, 2199 + 200 * step);
        owner_ask(running->owner, "SELECT fictional_erase(%d)", 1 + step);
        running_follow(running);
    }
    assert_true(match_compactions.value > before);
    assert_true(match_pool_pieces.value < 10);
    assert_true(match_pool_bytes.value > 0);
    assert_as_without_file(scene->running);
}

/* ---- memory ---- */

static bool memory_is_full(struct running *running)
{
    match_wake(running->match);
    return match_memory_full.value == 1;
}

static void a_pool_that_takes_too_much_stays_out(void **state)
{
    struct scene *scene = *state;
    struct running *running = scene->running;
    owner_ask(running->owner, "SELECT fictional(n, 3) FROM generate_series(1, 300) n");
    running_follow(running);
    /* Room for a few more, whose copies are allocated 32 KiB at a time, not for all. */
    running->options.memory_limit = (size_t)match_pool_bytes.value + 65536;
    running_restart(running);
    const int64_t version = match_version(running->match);
    char *as_it_was = running_written_down(running->match);
    owner_ask(running->owner, "SELECT fictional(n, 3) FROM generate_series(301, 2000) n");
    running_until(running, memory_is_full);
    assert_int_equal(match_version(running->match), version);
    char *as_it_is = running_written_down(running->match);
    assert_string_equal(as_it_is, as_it_was);
    mem_free(as_it_is);
    mem_free(as_it_was);
    /* Most of them leave, and there is room. */
    owner_ask(running->owner, "SELECT fictional_erase(n) FROM generate_series(301, 1995) n");
    running_follow(running);
    assert_int_equal(match_memory_full.value, 0);
    assert_as_without_file(scene->running);
}

#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_restart_reads_only_what_changed_since),
        SCENE_TEST(a_damaged_file_is_refused_and_the_pool_read_anew),
        SCENE_TEST(a_file_of_another_database_is_refused),
        SCENE_TEST(a_file_that_is_ahead_of_its_database_is_not_used),
        SCENE_TEST(nobody_erased_is_left_in_the_file),
        SCENE_TEST(an_end_right_after_an_erasure_leaves_no_file),
        SCENE_TEST(pieces_are_merged_beside_the_follower),
        SCENE_TEST(a_pool_that_takes_too_much_stays_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
