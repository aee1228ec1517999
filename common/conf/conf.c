#include "common/conf/conf.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/conf/value.h"

#include <assert.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_CAP ((size_t)262144)
#define SYNTAX_FAULTS_CAP 100
/* Stands in for a section line that could not be read: its keys are not judged. */
#define UNREADABLE "?"

struct value {
    const struct conf_key *key;
    char *text;
    int64_t number;
    size_t line; /* where it stands in the file; 0: it does not */
};

struct conf {
    struct value *values;
    size_t count;
};

/* One load: the file's text, where the reader is in it, and where faults go. */
struct load {
    struct conf *conf;
    struct buffer *faults;
    const char *path;
    char *text;
    const char *at;
    size_t line;
    size_t found; /* faults */
    bool syntax_only;
};

static void begin_fault(struct load *load, size_t line)
{
    load->found++;
    if (line)
        buffer_printf(load->faults, "%s:%zu: ", load->path, line);
    else
        buffer_printf(load->faults, "%s: ", load->path);
}

static void file_fault(struct load *load, const char *what)
{
    begin_fault(load, 0);
    buffer_printf(load->faults, "%s\n", what);
}

/* inih asks for a line at a time; here one is at most `size` - 1 bytes, longer ones are faults that
 * were taken out before. */
static char *next_line(char *line, int size, void *stream)
{
    struct load *load = stream;
    size_t length = strcspn(load->at, "\n");

    if (*load->at == '\0')
        return NULL;
    load->line++;
    size_t copied = length < (size_t)size ? length : (size_t)size - 1;
    memcpy(line, load->at, copied);
    line[copied] = '\0';
    load->at += length + (load->at[length] == '\n');
    return line;
}

static char *find_line(char *text, size_t number)
{
    while (--number > 0)
        text += strcspn(text, "\n") + 1;
    return text;
}

/* Takes a line out of the text, so that the next round finds the next fault. */
static void blank_line(char *line)
{
    size_t length = strcspn(line, "\n");

    if (*line == '[' && length >= 3) {
        memcpy(line, "[" UNREADABLE "]", 3);
        memset(line + 3, ' ', length - 3);
    } else {
        memset(line, ';', length);
    }
}

static struct value *find(const struct conf *conf, const char *section, const char *name)
{
    for (size_t i = 0; i < conf->count; i++) {
        const struct conf_key *key = conf->values[i].key;
        if (str_equal(key->name, name) && str_equal(key->section, section))
            return &conf->values[i];
    }
    return NULL;
}

/* A key that is known in another section is the likeliest slip. */
static void unknown_key(struct load *load, const char *section, const char *name)
{
    begin_fault(load, load->line);
    buffer_printf(load->faults, "unknown key %s in [%s]", name, section);
    for (size_t i = 0; i < load->conf->count; i++) {
        if (str_equal(load->conf->values[i].key->name, name)) {
            buffer_printf(load->faults, "; there is one in [%s]\n",
                          load->conf->values[i].key->section);
            return;
        }
    }
    const char *separator = "; known there:";
    for (size_t i = 0; i < load->conf->count; i++) {
        const struct conf_key *key = load->conf->values[i].key;
        if (str_equal(key->section, section)) {
            buffer_printf(load->faults, "%s %s", separator, key->name);
            separator = ",";
        }
    }
    buffer_char(load->faults, '\n');
}

static void set_value(struct load *load, struct value *value, const char *text)
{
    int64_t number;

    value->line = load->line;
    if (conf_value_read(value->key, text, &number)) {
        begin_fault(load, load->line);
        buffer_printf(load->faults, "[%s] %s: must be ", value->key->section, value->key->name);
        conf_value_describe(value->key, load->faults);
        buffer_char(load->faults, '\n');
        return;
    }
    mem_free(value->text);
    value->text = mem_strdup(text);
    value->number = number;
}

static int handle(void *argument, const char *section, const char *name, const char *text)
{
    struct load *load = argument;

    if (load->syntax_only || str_equal(section, UNREADABLE))
        return 1;
    struct value *value = find(load->conf, section, name);
    if (!value) {
        unknown_key(load, section, name);
        return 1;
    }
    if (value->line) {
        begin_fault(load, load->line);
        buffer_printf(load->faults, "[%s] %s: stands on line %zu already; give it once\n", section,
                      name, value->line);
        return 1;
    }
    set_value(load, value, text);
    return 1;
}

static int parse(struct load *load, bool syntax_only)
{
    load->at = load->text;
    load->line = 0;
    load->syntax_only = syntax_only;
    return ini_parse_stream(next_line, load, handle, load);
}

static void check_lengths(struct load *load)
{
    size_t number = 0;
    size_t longest = INI_MAX_LINE - 2;

    for (char *line = load->text; *line; number++) {
        size_t length = strcspn(line, "\n");
        if (length > longest) {
            begin_fault(load, number + 1);
            buffer_printf(load->faults, "%zu bytes long; a line has at most %zu\n", length,
                          longest);
            blank_line(line);
        }
        line += length + (line[length] == '\n');
    }
}

/* inih names the first broken line only, so it is asked again without that one. */
static void check_syntax(struct load *load)
{
    for (int i = 0; i < SYNTAX_FAULTS_CAP; i++) {
        int broken = parse(load, true);
        if (broken <= 0)
            return;
        begin_fault(load, (size_t)broken);
        buffer_text(load->faults, "neither [section] nor name = value\n");
        blank_line(find_line(load->text, (size_t)broken));
    }
}

static void check_missing(struct load *load)
{
    for (size_t i = 0; i < load->conf->count; i++) {
        const struct value *value = &load->conf->values[i];
        if (value->text || value->line)
            continue;
        begin_fault(load, 0);
        buffer_printf(load->faults, "[%s] %s is missing: %s\n", value->key->section,
                      value->key->name, value->key->help);
    }
}

static struct conf *create(const struct conf_table *const *tables, size_t count)
{
    struct conf *conf = mem_zalloc(sizeof *conf);
    size_t keys = 0;

    for (size_t i = 0; i < count; i++)
        keys += tables[i]->count;
    conf->values = mem_array(keys, sizeof *conf->values);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < tables[i]->count; j++)
            conf->values[conf->count++].key = &tables[i]->keys[j];
    return conf;
}

static void set_fallbacks(struct load *load)
{
    for (size_t i = 0; i < load->conf->count; i++) {
        struct value *value = &load->conf->values[i];
        if (value->key->fallback) {
            set_value(load, value, value->key->fallback);
            value->line = 0;
        }
    }
}

static void begin(struct load *load, const char *path, const struct conf_table *const *tables,
                  size_t count, struct buffer *faults)
{
    *load = (struct load){.conf = create(tables, count), .faults = faults, .path = path};
    set_fallbacks(load);
    assert(load->found == 0); /* a table's own fallback is wrong */
}

static int end(struct load *load, struct conf **conf)
{
    *conf = load->conf;
    if (load->found == 0)
        return 0;
    conf_destroy(conf);
    return ERROR_INVALID;
}

static void read_bytes(struct load *load, const char *bytes, size_t length)
{
    if (length > FILE_CAP) {
        file_fault(load, "longer than 262144 bytes");
        return;
    }
    if (memchr(bytes, '\0', length) || !str_utf8_valid(bytes, length)) {
        file_fault(load, "must be text in UTF-8 without NUL bytes");
        return;
    }
    load->text = mem_strndup(bytes, length); /* broken lines are taken out of this copy */
    check_lengths(load);
    check_syntax(load);
    if (parse(load, false) < 0)
        file_fault(load, "cannot be parsed");
    check_missing(load);
    mem_wipe_free(load->text, length);
    load->text = NULL;
}

static void read_file(struct load *load)
{
    FILE *file = fopen(load->path, "re");
    char *bytes;

    if (!file) {
        file_fault(load, strerror(errno));
        return;
    }
    bytes = mem_alloc(FILE_CAP + 1);
    size_t length = fread(bytes, 1, FILE_CAP + 1, file);
    if (ferror(file))
        file_fault(load, strerror(errno));
    else
        read_bytes(load, bytes, length);
    fclose(file);
    mem_wipe_free(bytes, FILE_CAP + 1);
}

int conf_parse(const char *name, const char *bytes, size_t length,
               const struct conf_table *const *tables, size_t count, struct conf **conf,
               struct buffer *faults)
{
    struct load load;

    begin(&load, name, tables, count, faults);
    read_bytes(&load, bytes, length);
    return end(&load, conf);
}

int conf_load(const char *path, const struct conf_table *const *tables, size_t count,
              struct conf **conf, struct buffer *faults)
{
    struct load load;

    begin(&load, path ? path : "(no file)", tables, count, faults);
    if (path)
        read_file(&load);
    else
        check_missing(&load);
    return end(&load, conf);
}

void conf_destroy(struct conf **conf)
{
    if (!*conf)
        return;
    for (size_t i = 0; i < (*conf)->count; i++) {
        char *text = (*conf)->values[i].text;
        mem_wipe_free(text, text ? strlen(text) : 0);
    }
    mem_free((*conf)->values);
    mem_free(*conf);
    *conf = NULL;
}

/* Asking for a key that no table has is a fault of ours, in every build. */
static const struct value *get(const struct conf *conf, const char *section, const char *name,
                               enum conf_type type)
{
    const struct value *value = find(conf, section, name);

    if (!value || value->key->type != type) {
        fprintf(stderr, "emnebank: no such configuration key: [%s] %s\n", section, name);
        abort();
    }
    return value;
}

const char *conf_text(const struct conf *conf, const char *section, const char *name)
{
    return get(conf, section, name, CONF_TEXT)->text;
}

int64_t conf_integer(const struct conf *conf, const char *section, const char *name)
{
    return get(conf, section, name, CONF_INTEGER)->number;
}

bool conf_bool(const struct conf *conf, const char *section, const char *name)
{
    return get(conf, section, name, CONF_BOOL)->number != 0;
}

int64_t conf_duration(const struct conf *conf, const char *section, const char *name)
{
    return get(conf, section, name, CONF_DURATION)->number;
}
