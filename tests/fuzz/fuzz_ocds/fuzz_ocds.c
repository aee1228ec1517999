/* The reader of OCDS, of a document and of JSON Lines: any bytes give notices and lines or a fault
 * with a text, and what it gives can be stored as JSON. */
#include "services/leads/notice_json.h"
#include "services/leads/ocds.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(const struct ocds_file *file)
{
    for (size_t i = 0; i < file->notices_count; i++) {
        const struct notice *notice = &file->notices[i];
        if (!notice->id || notice->version < 0 || notice->leads_count + notice->lines_count == 0)
            abort();
        for (size_t j = 0; j < notice->leads_count; j++) {
            const struct notice_lead *lead = &notice->leads[j];
            if (!lead->winner || !lead->project || !lead->lot || lead->members_count == 0)
                abort();
        }
        if (i > 0 && notice->version < file->notices[i - 1].version)
            abort();
    }
    json_t *notices = notice_batch_to_json(file, 0, file->notices_count);
    json_t *lines = notice_file_lines_to_json(file);
    if (json_array_size(notices) != file->notices_count ||
        json_array_size(lines) != file->lines_count)
        abort();
    json_decref(notices);
    json_decref(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    for (int lines = 0; lines < 2; lines++) {
        struct arena *arena = arena_create(0);
        struct ocds_file file;
        struct notice_fault fault;
        int error = ocds_parse_memory(arena, bytes, length, lines == 1, &file, &fault);
        if (error == 0)
            check(&file);
        else if (fault.text[0] == '\0')
            abort();
        arena_destroy(&arena);
    }
    return 0;
}
