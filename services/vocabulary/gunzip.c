#define ZLIB_CONST /* zlib reads its input, and says so when asked */
#include "services/vocabulary/gunzip.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

#define PIECE ((size_t)65536)
#define GZIP_WINDOW (16 + MAX_WBITS) /* zlib's way to say: gzip's header and checksum */

bool gunzip_packed(const char *bytes, size_t length)
{
    return length >= 2 && memcmp(bytes, "\x1f\x8b", 2) == 0;
}

/* A packed file is one member or more, one after the other (RFC 1952, 2.2), and nothing else. */
static int unpack(z_stream *stream, struct buffer *plain)
{
    for (;;) {
        char *room = buffer_room(plain, PIECE);
        if (room == NULL)
            return ERROR_LIMIT;
        stream->next_out = (Bytef *)room;
        stream->avail_out = (uInt)PIECE;
        const int state = inflate(stream, Z_NO_FLUSH);
        buffer_wrote(plain, PIECE - stream->avail_out);
        if (state == Z_STREAM_END) {
            if (stream->avail_in == 0)
                return 0;
            if (inflateReset(stream) != Z_OK)
                return ERROR_INVALID;
        } else if (state != Z_OK || (stream->avail_in == 0 && stream->avail_out > 0)) {
            return ERROR_INVALID;
        }
    }
}

int gunzip(const char *bytes, size_t length, struct buffer *plain)
{
    z_stream stream = {0};

    if (length > UINT_MAX || inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
        return ERROR_LIMIT;
    stream.next_in = (const Bytef *)bytes;
    stream.avail_in = (uInt)length;
    const int error = unpack(&stream, plain);
    (void)inflateEnd(&stream);
    return error;
}
