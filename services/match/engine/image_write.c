#include "common/base/mem.h"
#include "services/match/engine/checksum.h"
#include "services/match/engine/image.h"

#include <string.h>

struct writer {
    engine_sink *sink;
    void *argument;
    struct checksum checksum;
    int error; /* the first; nothing is written after it */
};

static void put_raw(struct writer *writer, const void *bytes, size_t length)
{
    if (writer->error == 0 && length > 0) {
        writer->error = writer->sink(writer->argument, bytes, length);
    }
}

static void put(struct writer *writer, const void *bytes, size_t length)
{
    const size_t whole = length / CHECKSUM_STRIPE * CHECKSUM_STRIPE;
    checksum_add(&writer->checksum, bytes, whole);
    put_raw(writer, bytes, whole);
    if (whole < length) {
        uint8_t stripe[CHECKSUM_STRIPE] = {0};
        memcpy(stripe, (const uint8_t *)bytes + whole, length - whole);
        checksum_add(&writer->checksum, stripe, sizeof stripe);
        put_raw(writer, stripe, sizeof stripe);
    }
}

/* ---- keys ---- */

struct keys {
    uint32_t count;
    size_t bytes;
    char *texts;
};

static int gather_keys(struct engine_vocabulary *vocabulary, struct keys *keys)
{
    size_t cap = 0;
    *keys = (struct keys){0};
    for (;;) {
        const char *text = engine_vocabulary_text(vocabulary, keys->count + 1);
        if (text == NULL) {
            return 0;
        }
        const size_t size = strlen(text) + 1;
        if (keys->bytes + size + ((size_t)keys->count + 1) * 32 > IMAGE_KEYS_CAP) {
            return ERROR_LIMIT;
        }
        if (keys->bytes + size > cap) {
            cap = (keys->bytes + size) * 2;
            keys->texts = mem_resize(keys->texts, cap, 1);
        }
        memcpy(keys->texts + keys->bytes, text, size);
        keys->bytes += size;
        keys->count++;
    }
}

/* ---- segments ---- */

static struct image_segment describe(const struct snapshot_piece *piece)
{
    const struct segment *s = piece->segment;
    struct image_segment image = {
        .count = s->count,
        .block_count = s->block_count,
        .row_count = s->row_count,
        .posting_count = s->posting_count,
        .wide_count = s->wide_count,
        .columns = (s->years != NULL ? IMAGE_YEARS : 0u) | (s->stated != NULL ? IMAGE_STATED : 0u) |
                   (s->others != NULL ? IMAGE_OTHERS : 0u) |
                   (piece->dead != NULL ? IMAGE_DEAD : 0u),
    };
    memcpy(image.buckets, s->buckets, sizeof image.buckets);
    return image;
}

/* Bytes that the segment takes in the image. */
static size_t size_of(const struct snapshot_piece *piece)
{
    const struct segment *s = piece->segment;
    const size_t postings = s->posting_count;
    size_t size =
        image_padded(sizeof(struct image_segment)) +
        image_padded(s->block_count * sizeof(uint32_t)) + image_padded(s->count * sizeof *s->ids) +
        image_padded(s->count * sizeof *s->attributes) +
        image_padded(s->row_count * sizeof *s->row_keys) +
        image_padded(s->row_count * ((size_t)s->block_count + 1) * sizeof *s->offsets) +
        image_padded(postings * sizeof *s->locals) + image_padded(postings * sizeof *s->packed) +
        image_padded(postings * sizeof *s->days) + image_padded(s->wide_count * sizeof *s->wide);
    size += s->years != NULL ? image_padded(postings * sizeof *s->years) : 0;
    size += s->stated != NULL ? image_padded(postings * sizeof *s->stated) : 0;
    size += s->others != NULL ? image_padded(postings * sizeof *s->others) : 0;
    size += piece->dead != NULL ? s->block_count * sizeof(uint64_t) * (BLOCK_CAP / 64) : 0;
    return size;
}

static void put_blocks(struct writer *writer, const struct segment *segment)
{
    uint32_t *counts = mem_array(segment->block_count, sizeof *counts);
    for (uint32_t b = 0; b < segment->block_count; b++) {
        counts[b] = segment->blocks[b].count;
    }
    put(writer, counts, segment->block_count * sizeof *counts);
    mem_free(counts);
}

static void put_dead(struct writer *writer, const struct snapshot_piece *piece)
{
    static const uint64_t nobody[BLOCK_CAP / 64];
    for (uint32_t b = 0; b < piece->segment->block_count; b++) {
        const uint64_t *bits = piece_dead_bits(piece, b);
        put(writer, bits != NULL ? bits : nobody, sizeof nobody);
    }
}

static void put_segment(struct writer *writer, const struct snapshot_piece *piece)
{
    const struct segment *s = piece->segment;
    const size_t postings = s->posting_count;
    const struct image_segment image = describe(piece);
    put(writer, &image, sizeof image);
    put_blocks(writer, s);
    put(writer, s->ids, s->count * sizeof *s->ids);
    put(writer, s->attributes, s->count * sizeof *s->attributes);
    put(writer, s->row_keys, s->row_count * sizeof *s->row_keys);
    put(writer, s->offsets, s->row_count * ((size_t)s->block_count + 1) * sizeof *s->offsets);
    put(writer, s->locals, postings * sizeof *s->locals);
    put(writer, s->packed, postings * sizeof *s->packed);
    put(writer, s->days, postings * sizeof *s->days);
    put(writer, s->wide, s->wide_count * sizeof *s->wide);
    if (s->years != NULL) {
        put(writer, s->years, postings * sizeof *s->years);
    }
    if (s->stated != NULL) {
        put(writer, s->stated, postings * sizeof *s->stated);
    }
    if (s->others != NULL) {
        put(writer, s->others, postings * sizeof *s->others);
    }
    if (piece->dead != NULL) {
        put_dead(writer, piece);
    }
}

/* ---- the whole ---- */

static void put_all(struct writer *writer, const struct engine_snapshot *snapshot,
                    const struct snapshot_piece *pieces, size_t count, const struct keys *keys,
                    const char *origin)
{
    struct image_header header = {
        .magic = IMAGE_MAGIC,
        .byte_order = IMAGE_BYTE_ORDER,
        .format = IMAGE_FORMAT,
        .version = snapshot->version,
        .key_count = keys->count,
        .key_bytes = (uint32_t)keys->bytes,
        .segment_count = (uint32_t)count,
    };
    memcpy(header.origin, origin, strlen(origin));
    header.length = image_padded(sizeof header) + image_padded(keys->bytes) + sizeof(uint64_t);
    for (size_t i = 0; i < count; i++) {
        header.length += size_of(&pieces[i]);
    }
    checksum_init(&writer->checksum);
    put(writer, &header, sizeof header);
    put(writer, keys->texts, keys->bytes);
    for (size_t i = 0; i < count; i++) {
        put_segment(writer, &pieces[i]);
    }
    const uint64_t checksum = checksum_value(&writer->checksum);
    put_raw(writer, &checksum, sizeof checksum);
}

/* A reader refuses codes without a key. */
static bool codes_known(const struct snapshot_piece *pieces, size_t count, uint32_t last_code)
{
    for (size_t i = 0; i < count; i++) {
        const struct segment *segment = pieces[i].segment;
        for (uint32_t row = 0; row < segment->row_count; row++) {
            if (segment_code(segment->row_keys[row]) > last_code) {
                return false;
            }
        }
    }
    return true;
}

int engine_image_write(const struct engine_snapshot *snapshot, struct engine_vocabulary *vocabulary,
                       const char *origin, engine_sink *sink, void *argument)
{
    if (strlen(origin) >= ENGINE_ORIGIN_SIZE) {
        return ERROR_INVALID;
    }
    struct writer writer = {.sink = sink, .argument = argument};
    struct snapshot_piece pieces[SNAPSHOT_SEGMENTS_CAP + 1];
    struct engine_snapshot *settled = snapshot_copy(snapshot, snapshot->version);
    snapshot_settle(settled);
    size_t count = settled->piece_count;
    struct segment *tail = NULL;
    struct keys keys = {0};
    memcpy(pieces, settled->pieces, count * sizeof *pieces);

    int error = snapshot_seal_tail(snapshot, &tail);
    if (error == 0) {
        error = gather_keys(vocabulary, &keys);
    }
    if (error == 0 && tail != NULL) {
        pieces[count++] = (struct snapshot_piece){.segment = tail, .live = tail->count};
    }
    if (error == 0 && !codes_known(pieces, count, keys.count)) {
        error = ERROR_INVALID;
    }
    if (error == 0) {
        put_all(&writer, snapshot, pieces, count, &keys, origin);
        error = writer.error;
    }
    segment_release(&tail);
    engine_snapshot_destroy(&settled);
    mem_free(keys.texts);
    return error;
}
