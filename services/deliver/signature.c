#include "services/deliver/signature.h"

#include "common/crypto/crypto.h"

#include <inttypes.h>
#include <string.h>

char *signature_v1(struct arena *arena, const char *id, int64_t timestamp, const void *body,
                   size_t length, const void *secret, size_t secret_length)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    char *head = arena_printf(arena, "%s.%" PRId64 ".", id, timestamp);
    size_t head_length = strlen(head);
    char *content = arena_alloc(arena, head_length + length);
    memcpy(content, head, head_length);
    memcpy(content + head_length, body, length);
    crypto_hmac(secret, secret_length, content, head_length + length, digest);
    return arena_printf(arena, "v1,%s", crypto_base64(arena, digest, sizeof digest));
}

char *signature_secret_text(struct arena *arena, const void *secret, size_t length)
{
    return arena_printf(arena, "whsec_%s", crypto_base64(arena, secret, length));
}
