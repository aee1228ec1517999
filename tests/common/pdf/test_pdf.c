/* Documents are read back with poppler, somebody else's code. */
#include "common/base/buffer.h"
#include "common/base/random.h"
#include "common/base/str.h"
#include "common/pdf/pdf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define CREATED INT64_C(1763798470123456) /* 2025-11-22T08:01:10Z */
#define CAP ((size_t)4 << 20)

static struct pdf *start(void)
{
    return pdf_create(&(struct pdf_options){
        .title = "CV – Åse Østergård (fiktiv)", .footer = "Emnebanken", .created = CREATED});
}

static void finish(struct pdf **pdf, struct buffer *bytes)
{
    buffer_init(bytes, CAP);
    assert_int_equal(pdf_write(*pdf, bytes), 0);
    pdf_destroy(pdf);
    assert_null(*pdf);
    assert_memory_equal(bytes->data, "%PDF-1.5", 8);
}

/* What `command` prints of the document; %s is its file. */
static void run(const char *command, const struct buffer *bytes, struct buffer *printed)
{
    char path[] = "/tmp/emnebank-pdf.XXXXXX";
    char line[256];
    char piece[4096];
    size_t length;
    const int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, bytes->data, bytes->length), (ssize_t)bytes->length);
    close(file);
    snprintf(line, sizeof line, "%s %s - 2>&1", command, path);
    FILE *pipe = popen(line, "re");
    assert_non_null(pipe);
    buffer_init(printed, CAP);
    while ((length = fread(piece, 1, sizeof piece, pipe)) > 0)
        buffer_append(printed, piece, length);
    const int status = pclose(pipe);
    unlink(path);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("%s: %s", command, printed->data);
}

static void assert_holds(const struct buffer *text, const char *wanted)
{
    if (strstr(text->data, wanted) == NULL)
        fail_msg("'%s' is not in:\n%s", wanted, text->data);
}

static size_t count(const struct buffer *text, const char *wanted)
{
    size_t found = 0;
    for (const char *at = text->data; (at = strstr(at, wanted)) != NULL; at += strlen(wanted))
        found++;
    return found;
}

static void test_parts(void **state)
{
    (void)state;
    struct buffer bytes, text;
    struct pdf *pdf = start();
    pdf_title(pdf, "Åse Østergård (fiktiv)");
    pdf_heading(pdf, "Kontakt");
    pdf_row(pdf, "Telefon", "+45 00 00 00 00");
    pdf_row(pdf, "By", "8000 Aarhus C");
    pdf_heading(pdf, "Beviser");
    pdf_item(pdf, "Epoxy og isocyanat, gælder til 1. maj 2028");
    pdf_item(pdf, "Kørekort B");
    pdf_paragraph(pdf, "Rækkefølgen er blød: »æblegrød« & <b>ikke</b> fed.\nNæste linje");
    pdf_paragraph(pdf, NULL);
    finish(&pdf, &bytes);
    run("pdftotext -layout -enc UTF-8", &bytes, &text);
    static const char *const wanted[] = {
        "Åse Østergård (fiktiv)\n",
        "Beviser",
        "• Epoxy og isocyanat, gælder til 1. maj 2028",
        "• Kørekort B",
        "Rækkefølgen er blød: »æblegrød« & <b>ikke</b> fed.\n",
        "Næste linje\n",
        "Emnebanken",
        "Side 1 af 1",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_holds(&text, wanted[i]);
    const char *row = strstr(text.data, "Telefon");
    assert_non_null(row);
    assert_true(strstr(row, "+45 00 00 00 00") < strchr(row, '\n')); /* on one line */
    buffer_deinit(&text);
    buffer_deinit(&bytes);
}

/* What a reader of pages says to someone who cannot see them. */
static void test_tags_and_properties(void **state)
{
    (void)state;
    struct buffer bytes, text;
    struct pdf *pdf = start();
    pdf_title(pdf, "Titel");
    pdf_row(pdf, "Telefon", "nummer");
    pdf_item(pdf, "Kørekort");
    finish(&pdf, &bytes);
    run("sh -c 'TZ=UTC pdfinfo \"$0\"'", &bytes, &text);
    assert_holds(&text, "CV – Åse Østergård (fiktiv)\n");
    assert_holds(&text, "Sat Nov 22 08:01:10 2025");
    assert_holds(&text, "A4");
    assert_int_equal(count(&text, "Date:"), 1);
    buffer_deinit(&text);
    run("sh -c 'pdfinfo -struct-text \"$0\"'", &bytes, &text);
    assert_holds(&text, "H1");
    assert_holds(&text, "\"Titel\"");
    assert_holds(&text, "TH");
    assert_holds(&text, "LBody");
    assert_holds(&text, "\"Kørekort\"");
    buffer_deinit(&text);
    buffer_deinit(&bytes);
}

static void test_scripts(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Łukasz Żółć (fiktiv)",
        "Ștefan Țurcanu (fiktiv)",
        "Олександр Ґудзь (fiktiv)",
        "Ελένη Παπαδοπούλου",
        "Nguyễn Thị Hằng",
        "გიორგი",
        "Հայկ",
        "Þórður Æðelstan Đặng",
        "n\xCC\x83 e\xCC\x81 (to tegn)",
    };
    struct buffer bytes, text;
    struct pdf *pdf = start();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        pdf_row(pdf, "Navn", names[i]);
    pdf_row(pdf, "Navn", "עומר");
    pdf_row(pdf, "Navn", "محمد");
    finish(&pdf, &bytes);
    run("pdftotext -enc UTF-8", &bytes, &text);
    for (size_t i = 0; i + 1 < sizeof names / sizeof *names; i++)
        assert_holds(&text, names[i]);
    assert_holds(&text, "עומר");
    assert_holds(&text, "محمد");
    buffer_deinit(&text);
    buffer_deinit(&bytes);
}

/* Every line once, in order, with headings that never stand last. */
static void test_pages(void **state)
{
    (void)state;
    struct buffer bytes, text;
    char line[64];
    struct pdf *pdf = start();
    for (int i = 0; i < 60; i++) {
        snprintf(line, sizeof line, "Overskrift %d.", i);
        pdf_heading(pdf, line);
        snprintf(line, sizeof line, "Række %d.", i);
        pdf_row(pdf, line, i % 7 == 0 ? "a b c d e f\ng\nh\ni" : "kort");
    }
    finish(&pdf, &bytes);
    run("pdftotext -enc UTF-8", &bytes, &text);
    const size_t pages = count(&text, "\f");
    assert_in_range(pages, 3, 8);
    snprintf(line, sizeof line, "Side 1 af %zu", pages);
    assert_holds(&text, line);
    snprintf(line, sizeof line, "Side %zu af %zu", pages, pages);
    assert_holds(&text, line);
    for (int i = 0; i < 60; i++) {
        snprintf(line, sizeof line, "Overskrift %d.", i);
        const char *heading = strstr(text.data, line);
        snprintf(line, sizeof line, "Række %d.", i);
        assert_int_equal(count(&text, line), 1);
        assert_non_null(heading);
        const char *row = strstr(heading, line);
        assert_non_null(row);
        assert_null(memchr(heading, '\f', (size_t)(row - heading)));
    }
    buffer_deinit(&text);
    buffer_deinit(&bytes);
}

/* One text of many pages loses no line. */
static void test_long_block(void **state)
{
    (void)state;
    struct buffer bytes, text, long_text;
    buffer_init(&long_text, PDF_TEXT_CAP);
    for (int i = 0; i < 900; i++)
        buffer_printf(&long_text, "linje%d.\n", i);
    assert_false(buffer_full(&long_text));
    struct pdf *pdf = start();
    pdf_row(pdf, long_text.data, "andet");
    pdf_item(pdf, long_text.data);
    finish(&pdf, &bytes);
    run("pdftotext -enc UTF-8", &bytes, &text);
    for (int i = 0; i < 900; i++) {
        char line[32];
        snprintf(line, sizeof line, "linje%d.\n", i);
        assert_int_equal(count(&text, line), 2);
    }
    buffer_deinit(&long_text);
    buffer_deinit(&text);
    buffer_deinit(&bytes);
}

static void fill(struct pdf *pdf)
{
    pdf_title(pdf, "Åse Østergård (fiktiv)");
    for (int i = 0; i < 100; i++) {
        pdf_heading(pdf, "Олександр Ελένη محمد");
        pdf_row(pdf, "Sprog", "Dansk, tysk og islandsk");
        pdf_item(pdf, "Epoxy");
    }
}

static void test_same_bytes(void **state)
{
    (void)state;
    struct buffer first, second;
    struct pdf *pdf = start();
    fill(pdf);
    finish(&pdf, &first);
    pdf = start();
    fill(pdf);
    void *apart = malloc(123457); /* other addresses */
    finish(&pdf, &second);
    assert_int_equal(first.length, second.length);
    assert_memory_equal(first.data, second.data, first.length);
    free(apart);
    buffer_deinit(&first);
    buffer_deinit(&second);
}

/* Any bytes make a document that another program reads, and that is the same twice. */
static void write_odd(const char *odd, struct buffer *bytes)
{
    struct pdf *pdf = pdf_create(&(struct pdf_options){.title = odd, .footer = odd, .created = 0});
    pdf_title(pdf, odd);
    pdf_heading(pdf, odd);
    pdf_paragraph(pdf, odd);
    pdf_item(pdf, odd);
    pdf_row(pdf, odd, odd);
    finish(&pdf, bytes);
}

static void test_odd_bytes(void **state)
{
    (void)state;
    for (int round = 0; round < 60; round++) {
        struct buffer first, second, text;
        uint8_t odd[257];
        random_bytes(odd, sizeof odd);
        for (size_t i = 0; i + 1 < sizeof odd; i++) {
            if (round % 3 == 1) /* many lead and trail bytes, few letters */
                odd[i] |= 0x80;
            if (odd[i] == 0)
                odd[i] = 0xF4;
        }
        odd[sizeof odd - 1] = 0;
        write_odd((const char *)odd, &first);
        write_odd((const char *)odd, &second);
        assert_int_equal(first.length, second.length);
        assert_memory_equal(first.data, second.data, first.length);
        run("pdftotext -enc UTF-8", &first, &text);
        assert_null(strstr(text.data, "rror"));
        buffer_deinit(&first);
        buffer_deinit(&second);
        buffer_deinit(&text);
    }
}

static void test_cleaned(void **state)
{
    (void)state;
    struct buffer bytes, text;
    struct pdf *pdf = start();
    pdf_paragraph(pdf, "a\x01"
                       "b c\xE2\x80\xAE"
                       "d e\xFF"
                       "f g\th i\xC2\x85j k\xE2\x80\xA8l m\xE2\x81\xA6n o\xEF\xBF\xB9p"
                       " q\xEF\xB7\x90r");
    finish(&pdf, &bytes);
    run("pdftotext -enc UTF-8", &bytes, &text);
    assert_holds(&text, "a\xEF\xBF\xBD"
                        "b c\xEF\xBF\xBD"
                        "d e\xEF\xBF\xBD"
                        "f g h i\xEF\xBF\xBDj k\nl m\xEF\xBF\xBDn o\xEF\xBF\xBDp q\xEF\xBF\xBDr");
    buffer_deinit(&text);
    buffer_deinit(&bytes);
}

static void test_caps(void **state)
{
    (void)state;
    struct buffer bytes;
    char *text = malloc(PDF_TEXT_CAP + 2);
    memset(text, 'a', PDF_TEXT_CAP + 1);
    text[PDF_TEXT_CAP + 1] = '\0';
    buffer_init(&bytes, CAP);
    struct pdf *pdf = start();
    pdf_paragraph(pdf, text);
    assert_int_equal(pdf_write(pdf, &bytes), ERROR_LIMIT);
    pdf_destroy(&pdf);

    pdf = start(); /* the other cell of a row */
    pdf_row(pdf, "kort", text);
    assert_int_equal(pdf_write(pdf, &bytes), ERROR_LIMIT);
    pdf_destroy(&pdf);

    pdf = start(); /* too many pages: only line ends */
    memset(text, '\n', PDF_TEXT_CAP);
    text[PDF_TEXT_CAP] = '\0';
    for (int i = 0; i < 3; i++)
        pdf_paragraph(pdf, text);
    assert_int_equal(pdf_write(pdf, &bytes), ERROR_LIMIT);
    pdf_destroy(&pdf);

    pdf = start();
    for (int i = 0; i <= PDF_BLOCKS_CAP; i++)
        pdf_item(pdf, "");
    assert_int_equal(pdf_write(pdf, &bytes), ERROR_LIMIT);
    pdf_destroy(&pdf);
    buffer_deinit(&bytes);

    buffer_init(&bytes, 2000); /* the buffer's own */
    pdf = start();
    pdf_paragraph(pdf, "kort");
    assert_int_equal(pdf_write(pdf, &bytes), ERROR_LIMIT);
    pdf_destroy(&pdf);
    pdf_destroy(&pdf);
    buffer_deinit(&bytes);
    free(text);
}

/* In a process of its own: the list of fonts is read once. */
static void test_no_font(void **state)
{
    (void)state;
    char path[] = "/tmp/emnebank-fonts.XXXXXX";
    const int file = mkstemp(path);
    assert_int_equal(write(file, "<fontconfig/>", 13), 13);
    close(file);
    const pid_t child = fork();
    if (child == 0) {
        struct buffer bytes;
        setenv("FONTCONFIG_FILE", path, 1);
        buffer_init(&bytes, CAP);
        struct pdf *pdf = start();
        pdf_paragraph(pdf, "ingen skrift");
        _exit(pdf_write(pdf, &bytes) == ERROR_UNAVAILABLE ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    unlink(path);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_font), /* before this process has read them */
        cmocka_unit_test(test_parts),      cmocka_unit_test(test_tags_and_properties),
        cmocka_unit_test(test_scripts),    cmocka_unit_test(test_pages),
        cmocka_unit_test(test_long_block), cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_odd_bytes),  cmocka_unit_test(test_cleaned),
        cmocka_unit_test(test_caps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
