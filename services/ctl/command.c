#include "services/ctl/command.h"

#include "common/base/buffer.h"
#include "common/base/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_CHUNK ((size_t)65536)

static const char *const global_help =
    "Fælles valg:\n"
    "  --database CONNINFO  databasen (ellers EMNEBANK_DATABASE)\n"
    "  --api URL            API'ets adresse (ellers EMNEBANK_API)\n"
    "  --key-file FIL       fil med API-nøglen (ellers EMNEBANK_KEY_FILE)\n"
    "  --json               svar til maskiner\n"
    "  --help               denne hjælp; også efter en kommando\n";

const char *command_value(const struct context *context, const char *name)
{
    for (size_t i = 0; i < COMMAND_OPTIONS_CAP && context->command->options[i].name != NULL; i++)
        if (str_equal(context->command->options[i].name, name))
            return context->values[i];
    return NULL;
}

static int complain(int error, const char *text, const char *detail)
{
    size_t length = strlen(detail);

    while (length > 0 && detail[length - 1] == '\n')
        length--; /* libpq ends its messages with line breaks */
    fprintf(stderr, "emnebank: %s\n", text);
    if (length > 0)
        fprintf(stderr, "  %.*s\n", (int)length, detail);
    return error == ERROR_UNAVAILABLE || error == ERROR_TIMEOUT || error == ERROR_UNCERTAIN
               ? EXIT_AWAY
               : EXIT_REFUSED;
}

int command_failed(int error, const struct error_detail *detail)
{
    const char *text = detail->public_text[0] != '\0' ? detail->public_text : error_name(error);

    return complain(error, text, detail->private_text);
}

int command_database_failed(int error, const struct error_detail *detail)
{
    switch (error) {
    case ERROR_UNAVAILABLE:
    case ERROR_TIMEOUT:
        return complain(error, "databasen svarer ikke", detail->private_text);
    case ERROR_UNCERTAIN:
        return complain(error,
                        "forbindelsen til databasen blev afbrudt; det er uvist, om det nåede "
                        "at ske",
                        detail->private_text);
    default:
        return complain(error, "databasen afviste det", detail->private_text);
    }
}

int command_session(const struct context *context, struct session **session)
{
    struct error_detail detail = {0};

    if (context->database == NULL) {
        fputs("emnebank: angiv databasen med --database CONNINFO eller EMNEBANK_DATABASE\n",
              stderr);
        return EXIT_USAGE;
    }
    const int error = session_open(context->database, NULL, session, &detail);
    if (error == ERROR_INVALID) {
        fputs("emnebank: databasens adresse kan ikke læses; skriv den som \"host=… dbname=…\"\n",
              stderr);
        return EXIT_USAGE;
    }
    return error != 0 ? command_database_failed(error, &detail) : EXIT_DONE;
}

static const char *file_fault(int number)
{
    switch (number) {
    case EFBIG:
        return "filen er for stor";
    case ENOENT:
        return "filen findes ikke";
    case EACCES:
        return "ingen adgang til filen";
    case EISDIR:
        return "er en mappe, ikke en fil";
    default:
        return strerror(number);
    }
}

/* 0, or what `errno` said, or EFBIG above the cap. */
static int read_stream(const struct context *context, FILE *stream, size_t cap, char **bytes,
                       size_t *length)
{
    struct buffer buffer;
    char chunk[FILE_CHUNK];
    size_t got;

    buffer_init(&buffer, cap);
    while ((got = fread(chunk, 1, sizeof chunk, stream)) > 0)
        buffer_append(&buffer, chunk, got);
    int fault = ferror(stream) != 0 ? errno : 0;
    if (fault == 0 && buffer_full(&buffer))
        fault = EFBIG;
    if (fault == 0) {
        *bytes = arena_alloc(context->arena, buffer.length + 1);
        if (buffer.length > 0)
            memcpy(*bytes, buffer.data, buffer.length);
        *length = buffer.length;
    }
    buffer_deinit(&buffer);
    return fault;
}

int command_read_file(const struct context *context, const char *path, size_t cap, char **bytes,
                      size_t *length)
{
    const bool standard_input = str_equal(path, "-");
    FILE *stream = standard_input ? stdin : fopen(path, "rb");

    const int fault = stream != NULL ? read_stream(context, stream, cap, bytes, length) : errno;
    if (fault != 0)
        fprintf(stderr, "emnebank: %s: %s\n", path, file_fault(fault));
    if (stream != NULL && !standard_input)
        fclose(stream);
    return fault != 0 ? EXIT_REFUSED : EXIT_DONE;
}

/* --- the command line ------------------------------------------------------------------------ */

static void print_usage(const struct command *command)
{
    printf("emnebank %s%s%s\n    %s\n", command->words, command->arguments[0] != '\0' ? " " : "",
           command->arguments, command->help);
    for (const struct command_option *option = command->options; option->name != NULL; option++)
        printf("      --%s%s%s  %s%s\n", option->name, option->value != NULL ? " " : "",
               option->value != NULL ? option->value : "", option->help,
               option->required ? " (skal angives)" : "");
}

static void print_help(const struct command *commands, size_t count)
{
    puts("emnebank: værktøj til emnebanken.\n\nKommandoer:");
    for (size_t i = 0; i < count; i++)
        printf("  %-24s %s\n", commands[i].words, commands[i].help);
    printf("\n%s", global_help);
}

/* How many of the words at argv[0…] are the command's own; 0 when it is another command. */
static int command_matches(const struct command *command, int argc, char **argv)
{
    const char *rest = command->words;
    int used = 0;

    while (*rest != '\0') {
        const size_t length = strcspn(rest, " ");
        if (used == argc || strlen(argv[used]) != length || strncmp(argv[used], rest, length) != 0)
            return 0;
        used++;
        rest += length;
        rest += strspn(rest, " ");
    }
    return used;
}

/* `alone`: it takes no value. */
static const char **option_slot(struct context *context, const char *name, bool *alone)
{
    *alone = false;
    if (str_equal(name, "database"))
        return &context->database;
    if (str_equal(name, "api"))
        return &context->api;
    if (str_equal(name, "key-file"))
        return &context->key_file;
    if (context->command == NULL)
        return NULL;
    for (size_t i = 0; i < COMMAND_OPTIONS_CAP && context->command->options[i].name != NULL; i++)
        if (str_equal(context->command->options[i].name, name)) {
            *alone = context->command->options[i].value == NULL;
            return &context->values[i];
        }
    return NULL;
}

enum parsed { PARSED_GO_ON, PARSED_HELP, PARSED_WRONG };

/* One word, or an option with its value. */
static enum parsed parse_word(struct context *context, int argc, char **argv, int *at)
{
    const char *word = argv[*at];

    if (str_equal(word, "--help") || str_equal(word, "-h"))
        return PARSED_HELP;
    if (str_equal(word, "--json")) {
        context->json = true;
        return PARSED_GO_ON;
    }
    if (str_starts(word, "--") && word[2] != '\0') {
        bool alone;
        const char **slot = option_slot(context, word + 2, &alone);
        if (slot != NULL && alone) {
            *slot = "";
            return PARSED_GO_ON;
        }
        if (slot == NULL || *at + 1 >= argc) {
            fprintf(stderr, "emnebank: %s: %s\n", word,
                    slot == NULL ? "ukendt valg" : "mangler sin værdi");
            return PARSED_WRONG;
        }
        *slot = argv[++*at];
        return PARSED_GO_ON;
    }
    if (context->word_count == COMMAND_WORDS_CAP) {
        fprintf(stderr, "emnebank: højst %d filer ad gangen\n", COMMAND_WORDS_CAP);
        return PARSED_WRONG;
    }
    context->words[context->word_count++] = word;
    return PARSED_GO_ON;
}

static bool complete(const struct context *context)
{
    const struct command *command = context->command;
    bool fine = true;

    if (context->word_count < command->least || context->word_count > command->most) {
        fprintf(stderr, "emnebank %s: skal have %s\n", command->words,
                command->arguments[0] != '\0' ? command->arguments : "ingen argumenter");
        fine = false;
    }
    for (size_t i = 0; i < COMMAND_OPTIONS_CAP && command->options[i].name != NULL; i++) {
        if (command->options[i].required && context->values[i] == NULL) {
            fprintf(stderr, "emnebank %s: --%s %s skal angives\n", command->words,
                    command->options[i].name, command->options[i].value);
            fine = false;
        }
    }
    return fine;
}

/* Global options may stand before the command. Returns where the command's words begin. */
static int skip_globals(struct context *context, int argc, char **argv, enum parsed *parsed)
{
    int at = 1;

    *parsed = PARSED_GO_ON;
    while (at < argc && argv[at][0] == '-' && *parsed == PARSED_GO_ON) {
        *parsed = parse_word(context, argc, argv, &at);
        at++;
    }
    return at;
}

static const struct command *find_command(const struct command *commands, size_t count, int argc,
                                          char **argv, int *used)
{
    for (size_t i = 0; i < count; i++)
        if ((*used = command_matches(&commands[i], argc, argv)) > 0)
            return &commands[i];
    return NULL;
}

/* "order" alone is the beginning of some commands: those are named. */
static void print_unknown(const struct command *commands, size_t count, const char *word)
{
    const size_t length = strlen(word);

    fprintf(stderr, "emnebank: ukendt kommando: %s; se emnebank --help\n", word);
    for (size_t i = 0; i < count; i++)
        if (strncmp(commands[i].words, word, length) == 0 && commands[i].words[length] == ' ')
            fprintf(stderr, "  emnebank %s %s\n", commands[i].words, commands[i].arguments);
}

static int run_command(struct context *context, int argc, char **argv)
{
    enum parsed parsed = PARSED_GO_ON;

    for (int at = 0; at < argc && parsed == PARSED_GO_ON; at++)
        parsed = parse_word(context, argc, argv, &at);
    if (parsed == PARSED_HELP) {
        print_usage(context->command);
        return EXIT_DONE;
    }
    if (parsed == PARSED_WRONG || !complete(context))
        return EXIT_USAGE;
    return context->command->run(context);
}

/* Until here what was printed may have waited in memory: a full disk is seen now. */
static int printed(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fputs("emnebank: svaret kan ikke skrives\n", stderr);
    return EXIT_AWAY;
}

static int run_words(int argc, char **argv, const struct command *commands, size_t count)
{
    struct context context = {.database = getenv("EMNEBANK_DATABASE"),
                              .api = getenv("EMNEBANK_API"),
                              .key_file = getenv("EMNEBANK_KEY_FILE")};
    enum parsed parsed;
    int used = 0;

    const int at = skip_globals(&context, argc, argv, &parsed);
    if (parsed == PARSED_HELP || (parsed == PARSED_GO_ON && at == argc)) {
        print_help(commands, count);
        return parsed == PARSED_HELP ? EXIT_DONE : EXIT_USAGE;
    }
    if (parsed == PARSED_WRONG)
        return EXIT_USAGE;
    context.command = find_command(commands, count, argc - at, argv + at, &used);
    if (context.command == NULL) {
        print_unknown(commands, count, argv[at]);
        return EXIT_USAGE;
    }
    context.arena = arena_create((size_t)512 << 20);
    const int code = run_command(&context, argc - at - used, argv + at + used);
    arena_destroy(&context.arena);
    return code;
}

int command_main(int argc, char **argv, const struct command *commands, size_t count)
{
    return printed(run_words(argc, argv, commands, count));
}
