#include "common/fetch/credentials.h"

#include "common/base/mem.h"
#include "common/base/str.h"

#include <string.h>

#define PEM_CAP ((size_t)65536)
#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"

/* One block: where its label, its end and the text after it stand. */
struct block {
    const char *start;
    const char *label;
    size_t label_length;
    size_t length;
};

/* The first block in `text`. ERROR_NOT_FOUND: there is none; ERROR_INVALID: it does not end. */
static int next_block(const char *text, struct block *block)
{
    const char *start = strstr(text, BEGIN);
    if (start == NULL)
        return ERROR_NOT_FOUND;
    const char *label = start + strlen(BEGIN);
    const char *dashes = strstr(label, DASHES);
    const char *end = dashes == NULL ? NULL : strstr(dashes, END);
    size_t length = dashes == NULL ? 0 : (size_t)(dashes - label);
    if (end == NULL || strncmp(end + strlen(END), label, length) != 0 ||
        strncmp(end + strlen(END) + length, DASHES, strlen(DASHES)) != 0)
        return ERROR_INVALID;
    *block = (struct block){.start = start, .label = label, .label_length = length};
    block->length = (size_t)(end - start) + strlen(END) + length + strlen(DASHES);
    return 0;
}

static bool label_is(const struct block *block, const char *label)
{
    return block->label_length == strlen(label) &&
           memcmp(block->label, label, block->label_length) == 0;
}

static bool is_key(const struct block *block)
{
    static const char *const labels[] = {"PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        if (label_is(block, labels[i]))
            return true;
    }
    return false;
}

/* RFC 1421's way of saying that a key of the older kind has a password. */
static bool has_password(const struct block *block)
{
    const char *sign = strstr(block->start, "Proc-Type:");
    return sign != NULL && sign < block->start + block->length;
}

/* The chain is joined in place: it is never longer than the text that it came from. */
static int split(const char *pem, struct credentials *credentials)
{
    struct block block = {0};
    size_t used = 0;
    int error = next_block(pem, &block);
    for (; error == 0; error = next_block(block.start + block.length, &block)) {
        if (label_is(&block, "CERTIFICATE")) {
            memcpy(credentials->chain + used, block.start, block.length);
            used += block.length;
            credentials->chain[used++] = '\n';
        } else if (is_key(&block)) {
            if (credentials->key != NULL || has_password(&block))
                return ERROR_INVALID;
            credentials->key = mem_zalloc(block.length + 2);
            memcpy(credentials->key, block.start, block.length);
            credentials->key[block.length] = '\n';
        } else if (label_is(&block, "ENCRYPTED PRIVATE KEY")) {
            return ERROR_INVALID;
        }
    }
    if (error != ERROR_NOT_FOUND || used == 0 || credentials->key == NULL)
        return ERROR_INVALID;
    return 0;
}

int credentials_read(const char *pem, struct credentials *credentials)
{
    const size_t length = strlen(pem);
    *credentials = (struct credentials){0};
    if (length > PEM_CAP)
        return ERROR_INVALID;
    credentials->chain = mem_zalloc(length + 2);
    int error = split(pem, credentials);
    if (error != 0)
        credentials_deinit(credentials);
    return error;
}

void credentials_deinit(struct credentials *credentials)
{
    if (credentials->chain != NULL)
        mem_wipe_free(credentials->chain, strlen(credentials->chain));
    if (credentials->key != NULL)
        mem_wipe_free(credentials->key, strlen(credentials->key));
    *credentials = (struct credentials){0};
}

static bool is_base64(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

bool pin_valid(const char *pin)
{
    enum { DIGITS = 43 }; /* 32 bytes; one "=" follows */
    for (;;) {
        if (!str_starts(pin, "sha256//"))
            return false;
        pin += strlen("sha256//");
        for (int i = 0; i < DIGITS; i++) {
            if (!is_base64(pin[i]))
                return false;
        }
        if (pin[DIGITS] != '=')
            return false;
        pin += DIGITS + 1;
        if (*pin == '\0')
            return true;
        if (*pin++ != ';')
            return false;
    }
}
