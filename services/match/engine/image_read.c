#include "common/base/mem.h"
#include "services/match/engine/build.h"
#include "services/match/engine/checksum.h"
#include "services/match/engine/image.h"

#include <string.h>

/* What is left of the image. Once anything was not there, `bad` stays. */
struct reader {
    const uint8_t *at;
    size_t left;
    bool bad;
};

/* The next `count` things of `size` bytes, with their padding; NULL: they are not there. */
static const void *take(struct reader *reader, size_t count, size_t size)
{
    size_t length;
    if (__builtin_mul_overflow(count, size, &length) || length > reader->left ||
        image_padded(length) > reader->left) {
        reader->bad = true;
        return NULL;
    }
    const void *bytes = reader->at;
    reader->at += image_padded(length);
    reader->left -= image_padded(length);
    return bytes;
}

/* A copy of them: NULL when they are not there, or too many to be. */
static void *take_copy(struct reader *reader, size_t count, size_t size)
{
    const void *bytes = take(reader, count, size);
    if (bytes == NULL) {
        return NULL;
    }
    void *copy = mem_alloc_wide(count * size);
    memcpy(copy, bytes, count * size);
    return copy;
}

/* ---- segments ---- */

static bool counts_possible(const struct image_segment *image)
{
    return image->count > 0 && image->count < INT32_MAX && image->block_count > 0 &&
           image->block_count <= image->count && image->posting_count <= INT32_MAX &&
           image->wide_count <= image->posting_count && image->columns <= 15;
}

/* Cuts the candidates into blocks of these sizes. */
static bool set_blocks(struct segment *segment, const uint8_t *counts)
{
    uint64_t next = 0;
    segment->blocks = mem_array(segment->block_count, sizeof *segment->blocks);
    for (uint32_t b = 0; b < segment->block_count; b++) {
        uint32_t count;
        memcpy(&count, counts + b * sizeof count, sizeof count);
        segment->blocks[b] = (struct block){.first = (uint32_t)next, .count = count};
        next += count;
        if (count == 0 || count > BLOCK_CAP || next > segment->count) {
            return false;
        }
    }
    return next == segment->count;
}

static void read_arrays(struct reader *reader, const struct image_segment *image, struct segment *s)
{
    const size_t postings = s->posting_count;
    const size_t stride = (size_t)s->block_count + 1;
    s->ids = take_copy(reader, s->count, sizeof *s->ids);
    s->attributes = take_copy(reader, s->count, sizeof *s->attributes);
    s->row_keys = take_copy(reader, s->row_count, sizeof *s->row_keys);
    s->offsets = take_copy(reader, s->row_count * stride, sizeof *s->offsets);
    s->locals = take_copy(reader, postings, sizeof *s->locals);
    s->packed = take_copy(reader, postings, sizeof *s->packed);
    s->days = take_copy(reader, postings, sizeof *s->days);
    s->wide = take_copy(reader, s->wide_count, sizeof *s->wide);
    if ((image->columns & IMAGE_YEARS) != 0) {
        s->years = take_copy(reader, postings, sizeof *s->years);
    }
    if ((image->columns & IMAGE_STATED) != 0) {
        s->stated = take_copy(reader, postings, sizeof *s->stated);
    }
    if ((image->columns & IMAGE_OTHERS) != 0) {
        s->others = take_copy(reader, postings, sizeof *s->others);
    }
}

/* Makes what is not stored. */
static int complete(struct segment *segment)
{
    build_boxes(segment);
    build_slots(segment);
    build_sum(segment);
    return build_ids(segment);
}

static int read_segment(struct reader *reader, uint32_t last_code, struct image_segment *image,
                        struct segment **segment)
{
    const void *bytes = take(reader, 1, sizeof *image);
    if (bytes == NULL) {
        return ERROR_INVALID;
    }
    memcpy(image, bytes, sizeof *image);
    if (!counts_possible(image)) {
        return ERROR_INVALID;
    }
    const uint8_t *counts = take(reader, image->block_count, sizeof(uint32_t));
    if (counts == NULL) {
        return ERROR_INVALID;
    }
    struct segment *s = mem_zalloc(sizeof *s);
    atomic_init(&s->references, 1);
    s->count = image->count;
    s->block_count = image->block_count;
    s->row_count = image->row_count;
    s->posting_count = image->posting_count;
    s->wide_count = image->wide_count;
    memcpy(s->buckets, image->buckets, sizeof s->buckets);
    int error = set_blocks(s, counts) ? 0 : ERROR_INVALID;
    if (error == 0) {
        read_arrays(reader, image, s);
        error = reader->bad || !image_sound(s, last_code) ? ERROR_INVALID : complete(s);
    }
    if (error != 0) {
        segment_release(&s);
        return error;
    }
    *segment = s;
    return 0;
}

/* ---- the dead ---- */

/* Marks them; returns how many, or UINT32_MAX when somebody is marked who is not there. */
static uint32_t mark_block(const struct segment *segment, uint32_t block, const uint8_t *bytes,
                           struct dead **dead)
{
    uint32_t marked = 0;
    for (uint32_t word = 0; word < BLOCK_CAP / 64; word++) {
        uint64_t bits;
        memcpy(&bits, bytes + word * sizeof bits, sizeof bits);
        for (; bits != 0; bits &= bits - 1) {
            const uint32_t local = word * 64 + (uint32_t)__builtin_ctzll(bits);
            if (local >= segment->blocks[block].count) {
                return UINT32_MAX;
            }
            dead_mark(dead, segment->block_count, block, local);
            marked++;
        }
    }
    return marked;
}

static int read_dead(struct reader *reader, const struct segment *segment, struct dead **dead,
                     uint32_t *live)
{
    const size_t block_size = BLOCK_CAP / 8;
    const uint8_t *bytes = take(reader, segment->block_count, block_size);
    if (bytes == NULL) {
        return ERROR_INVALID;
    }
    for (uint32_t b = 0; b < segment->block_count; b++) {
        const uint32_t marked = mark_block(segment, b, bytes + b * block_size, dead);
        if (marked == UINT32_MAX) {
            return ERROR_INVALID;
        }
        *live -= marked;
    }
    return 0;
}

/* ---- pieces ---- */

static int read_piece(struct reader *reader, uint32_t last_code, struct engine_snapshot *snapshot)
{
    struct image_segment image;
    struct segment *segment = NULL;
    struct dead *dead = NULL;
    int error = read_segment(reader, last_code, &image, &segment);
    if (error != 0) {
        return error;
    }
    uint32_t live = segment->count;
    if ((image.columns & IMAGE_DEAD) != 0) {
        error = read_dead(reader, segment, &dead, &live);
    }
    if (error != 0) {
        dead_release(&dead);
        segment_release(&segment);
        return error;
    }
    snapshot_add_piece(snapshot, segment, dead, live);
    snapshot->count += live;
    return 0;
}

/* Nobody lives in two pieces: each is where a search, which asks the largest piece first, finds it.
 */
static bool everybody_once(const struct engine_snapshot *snapshot)
{
    for (uint32_t i = 1; i < snapshot->piece_count; i++) {
        const struct segment *segment = snapshot->pieces[i].segment;
        for (uint32_t b = 0; b < segment->block_count; b++) {
            for (uint32_t local = 0; local < segment->blocks[b].count; local++) {
                struct snapshot_at at;
                const uint8_t *id = segment->ids[segment->blocks[b].first + local];
                if (!piece_dead(&snapshot->pieces[i], b, local) &&
                    (snapshot_find(snapshot, id, &at) != 0 || at.piece != i)) {
                    return false;
                }
            }
        }
    }
    return true;
}

/* ---- keys ---- */

static bool keys_possible(const struct image_header *header, const char *texts)
{
    if ((size_t)header->key_count * 32 + header->key_bytes > IMAGE_KEYS_CAP) {
        return false;
    }
    size_t ends = 0;
    for (size_t i = 0; i < header->key_bytes; i++) {
        ends += texts[i] == '\0' ? 1 : 0;
    }
    return ends == header->key_count &&
           (header->key_bytes == 0 || texts[header->key_bytes - 1] == '\0');
}

static int add_keys(const struct image_header *header, const char *text,
                    struct engine_vocabulary *vocabulary)
{
    if (engine_vocabulary_text(vocabulary, 1) != NULL) {
        return ERROR_CONFLICT;
    }
    for (uint32_t code = 1; code <= header->key_count; code++) {
        if (engine_vocabulary_add(vocabulary, text) != code) {
            return ERROR_INVALID; /* the image has a key twice */
        }
        text += strlen(text) + 1;
    }
    return 0;
}

/* ---- the whole ---- */

static bool header_sound(const struct image_header *header, size_t length)
{
    return memcmp(header->magic, IMAGE_MAGIC, sizeof header->magic) == 0 &&
           header->byte_order == IMAGE_BYTE_ORDER && header->format == IMAGE_FORMAT &&
           header->length == length && header->segment_count <= SNAPSHOT_SEGMENTS_CAP &&
           header->origin[ENGINE_ORIGIN_SIZE - 1] == '\0';
}

static bool checksum_holds(const uint8_t *bytes, size_t length)
{
    struct checksum checksum;
    uint64_t wanted;
    if (length % CHECKSUM_STRIPE != sizeof wanted) {
        return false;
    }
    checksum_init(&checksum);
    checksum_add(&checksum, bytes, length - sizeof wanted);
    memcpy(&wanted, bytes + length - sizeof wanted, sizeof wanted);
    return checksum_value(&checksum) == wanted;
}

static int read_all(struct reader *reader, const struct image_header *header, const char *texts,
                    struct engine_vocabulary *vocabulary, struct engine_snapshot *snapshot)
{
    for (uint32_t i = 0; i < header->segment_count; i++) {
        const int error = read_piece(reader, header->key_count, snapshot);
        if (error != 0) {
            return error;
        }
    }
    if (reader->left != 0 || !everybody_once(snapshot)) {
        return ERROR_INVALID;
    }
    const int error = snapshot_account(snapshot);
    return error != 0 ? error : add_keys(header, texts, vocabulary);
}

int engine_image_read(const void *bytes, size_t length, struct engine_vocabulary *vocabulary,
                      char origin[ENGINE_ORIGIN_SIZE], struct engine_snapshot **snapshot)
{
    struct image_header header;
    if (length < sizeof header) {
        return ERROR_INVALID;
    }
    memcpy(&header, bytes, sizeof header);
    if (!header_sound(&header, length) || !checksum_holds(bytes, length)) {
        return ERROR_INVALID;
    }
    struct reader reader = {.at = bytes, .left = length - sizeof(uint64_t)};
    (void)take(&reader, 1, sizeof header);
    const char *texts = take(&reader, header.key_bytes, 1);
    if (texts == NULL || !keys_possible(&header, texts)) {
        return ERROR_INVALID;
    }
    struct engine_snapshot *read = snapshot_copy(NULL, header.version);
    snapshot_settle(read);
    const int error = read_all(&reader, &header, texts, vocabulary, read);
    if (error != 0) {
        engine_snapshot_destroy(&read);
        return error;
    }
    memcpy(origin, header.origin, ENGINE_ORIGIN_SIZE);
    *snapshot = read;
    return 0;
}
