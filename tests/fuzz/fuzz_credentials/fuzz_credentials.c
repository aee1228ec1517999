/*
 * PEM files and pins as somebody may send them. Of a file that is let through the chain holds
 * certificates alone and the other half exactly one key, each as it stood in the file; of a pin
 * that is let through libcurl can only think that it is one.
 */
#include "common/fetch/credentials.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIN_SIZE 53 /* with what follows it */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz_credentials: %s\n", what);
    abort();
}

static size_t count(const char *text, const char *what)
{
    size_t found = 0;
    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
        found++;
    return found;
}

static void check_pem(const char *text)
{
    struct credentials credentials;
    if (credentials_read(text, &credentials) != 0) {
        must(credentials.chain == NULL && credentials.key == NULL, "something of a bad file");
        return;
    }
    const char *chain = credentials.chain;
    const char *key = credentials.key;
    must(strlen(chain) + strlen(key) <= strlen(text) + 2, "longer than the file");
    must(strncmp(chain, "-----BEGIN CERTIFICATE-----", 27) == 0, "no certificate first");
    must(count(chain, "-----END CERTIFICATE-----") >= 1, "a certificate without an end");
    must(strncmp(key, "-----BEGIN ", 11) == 0 && count(key, "PRIVATE KEY-----") >= 2, "no key");
    must(strstr(key, "Proc-Type:") == NULL, "a key with a password");
    credentials_deinit(&credentials);
}

static void check_pin(const char *text)
{
    if (!pin_valid(text))
        return;
    const size_t length = strlen(text);
    must((length + 1) % PIN_SIZE == 0, "more than pins");
    for (size_t at = 0; at < length; at += PIN_SIZE) {
        must(strncmp(text + at, "sha256//", 8) == 0 && text[at + PIN_SIZE - 2] == '=', "no pin");
        must(at + PIN_SIZE > length || text[at + PIN_SIZE - 1] == ';', "not joined");
    }
    must(strchr(text, '.') == NULL, "a file's name");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    char *text = malloc(length + 1);
    memcpy(text, bytes, length);
    text[length] = '\0';
    check_pem(text);
    check_pin(text);
    free(text);
    return 0;
}
