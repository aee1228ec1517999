#include "services/citizen/page.h"

#include "common/base/str.h"
#include "common/html/html.h"

#include <stdio.h>
#include <string.h>

#define LINE_CAP 4096 /* titles and names are shorter by far */

const char page_style[] =
    "body{margin:0;font:1.125rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff}"
    "main{max-width:40rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}"
    "h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.2rem;margin:1.5rem 0 .25rem}"
    "p,ul{margin:.5rem 0}ul{padding-left:1.25rem}form{margin:1rem 0}"
    ".notice{border-left:.3rem solid #b00020;padding:.5rem .75rem;background:#fdf0f1}"
    ".tick{display:flex;gap:.75rem;align-items:flex-start}"
    "input[type=checkbox]{flex:none;width:1.5rem;height:1.5rem;margin:.1rem 0 0}"
    "button{font:inherit;width:100%;min-height:3rem;padding:.5rem 1rem;border:.125rem solid "
    "#00487a;"
    "border-radius:.25rem;background:#00487a;color:#fff;cursor:pointer}"
    "button.other{background:#fff;color:#00487a}"
    ":focus-visible{outline:.2rem solid #c25700;outline-offset:.15rem}";

/* What a page says before anything else, by state. */
static const struct {
    const char *state, *title, *text;
} heads[] = {
    {"asked", "Må vi sende dit CV til en arbejdsgiver?",
     "Læs teksten, og svar nederst på siden. Det er frivilligt at sige ja."},
    {"changed", "Må vi sende dit CV til en arbejdsgiver?",
     "Oplysningerne om jobbet er ændret, siden du åbnede siden. Læs teksten igen, før du svarer."},
    {"yes", "Du har sagt ja til, at vi må sende dit CV",
     "Tak. Kommunen har fået dit svar, og du behøver ikke gøre mere. Gem linket, hvis du vil kunne "
     "trække dit ja tilbage."},
    {"no", "Du har sagt nej",
     "Vi sender ikke dit CV til arbejdsgiveren. Har du skiftet mening, så kontakt din kommune."},
    {"withdrawn", "Dit ja er trukket tilbage",
     "Vi sender ikke dit CV. Er det allerede sendt, har vi bedt arbejdsgiveren om at slette det."},
    {"expired", "Linket gælder ikke længere",
     "Enten er tiden til at svare gået, eller også har du fået et nyere link. Brug det nyeste, "
     "eller kontakt din kommune."},
    {"over", "Jobbet er ikke åbent længere",
     "Du skal ikke svare, og vi sender ikke dit CV til jobbet. Vil du vide, hvad der er sendt, så "
     "kontakt din kommune."},
    {"ended", "Du skal ikke svare",
     "Vi spørger dig ikke længere om dette job. Har du spørgsmål, så kontakt din kommune."},
    {"failed", "Siden virker ikke lige nu",
     "Vi ved ikke, om dit svar er gemt. Åbn linket igen om lidt, og se, hvad der står."},
    {"unknown", "Vi kender ikke linket",
     "Se efter, om du har fået hele adressen med fra beskeden. Virker det stadig ikke, så kontakt "
     "din kommune."},
};

static const char *notice_text(enum page_notice notice)
{
    switch (notice) {
    case PAGE_NOT_TICKED:
        return "Dit svar er ikke gemt. Sæt kryds ved, at du har læst teksten, før du siger ja.";
    case PAGE_NOT_OURS:
        return "Dit svar er ikke gemt, for siden var for gammel. Her er den, som den ser ud nu: "
               "svar igen.";
    default:
        return NULL;
    }
}

/* --- the text --- */

static void write_statement(struct html *html, const char *statement)
{
    bool in_list = false;

    while (*statement != '\0') {
        char line[LINE_CAP];
        const size_t length = strcspn(statement, "\n");
        snprintf(line, sizeof line, "%.*s", (int)length, statement);
        const bool item = str_starts(line, "- ");
        if (item != in_list && item)
            html_open(html, "ul");
        else if (item != in_list)
            html_close(html, "ul");
        in_list = item;
        if (str_starts(line, "# "))
            html_element(html, "h2", line + 2);
        else
            html_element(html, item ? "li" : "p", item ? line + 2 : line);
        statement += length + (statement[length] == '\n');
    }
    if (in_list)
        html_close(html, "ul");
}

/* --- the forms --- */

static void write_hidden(struct html *html, const char *name, const char *value)
{
    html_void(html, "input");
    html_attribute(html, "type", "hidden");
    html_attribute(html, "name", name);
    html_attribute(html, "value", value);
}

/* Answers to where the page came from: a form without an action. */
static void open_form(struct html *html, const struct page *page)
{
    html_open(html, "form");
    html_attribute(html, "method", "post");
    write_hidden(html, "tekst", page->digest);
    write_hidden(html, "side", page->seal);
}

static void write_button(struct html *html, const char *answer, const char *class, const char *text)
{
    html_open(html, "button");
    html_attribute(html, "type", "submit");
    html_attribute(html, "name", "svar");
    html_attribute(html, "value", answer);
    html_attribute(html, "class", class);
    html_text(html, text);
    html_close(html, "button");
}

static void write_tick(struct html *html, bool missing)
{
    html_open(html, "p");
    html_attribute(html, "class", "tick");
    html_void(html, "input");
    html_attribute(html, "type", "checkbox");
    html_attribute(html, "name", "last");
    html_attribute(html, "id", "last");
    html_attribute(html, "value", "ja");
    html_flag(html, "required");
    if (missing) {
        html_attribute(html, "aria-invalid", "true");
        html_attribute(html, "aria-describedby", "fejl");
    }
    html_open(html, "label");
    html_attribute(html, "for", "last");
    html_text(html, "Jeg har læst, hvad I sender, til hvem og hvorfor, og hvordan jeg trækker mit "
                    "ja tilbage.");
    html_close(html, "label");
    html_close(html, "p");
}

static void write_question(struct html *html, const struct page *page)
{
    html_element(html, "h2", "Dit svar");
    html_open(html, "p");
    html_text(html, "Du kan svare indtil ");
    html_text(html, page->answer_by);
    html_text(html, ".");
    html_close(html, "p");
    open_form(html, page);
    write_tick(html, page->notice == PAGE_NOT_TICKED);
    write_button(html, "yes", NULL, "Ja, I må sende mit CV");
    html_close(html, "form");
    open_form(html, page);
    write_button(html, "no", "other", "Nej, I må ikke sende mit CV");
    html_close(html, "form");
}

static void write_withdrawal(struct html *html, const struct page *page)
{
    html_element(html, "h2", "Vil du trække dit ja tilbage?");
    html_element(html, "p",
                 "Så sender vi ikke dit CV. Er det allerede sendt, beder vi arbejdsgiveren om at "
                 "slette det.");
    open_form(html, page);
    write_button(html, "withdraw", "other", "Træk mit ja tilbage");
    html_close(html, "form");
}

/* --- the page --- */

static void write_head(struct html *html, const char *title, bool fault)
{
    html_open(html, "head");
    html_void(html, "meta");
    html_attribute(html, "charset", "utf-8");
    html_void(html, "meta");
    html_attribute(html, "name", "viewport");
    html_attribute(html, "content", "width=device-width,initial-scale=1");
    html_void(html, "meta");
    html_attribute(html, "name", "robots");
    html_attribute(html, "content", "noindex,nofollow");
    html_open(html, "title");
    html_text(html, fault ? "Fejl: " : "");
    html_text(html, title);
    html_close(html, "title");
    html_style(html, page_style);
    html_close(html, "head");
}

static void write_notice(struct html *html, const char *text)
{
    html_open(html, "p");
    html_attribute(html, "class", "notice");
    html_attribute(html, "id", "fejl");
    html_attribute(html, "role", "alert");
    html_text(html, text);
    html_close(html, "p");
}

void page_write(struct buffer *bytes, const struct page *page)
{
    const size_t last = sizeof heads / sizeof *heads - 1;
    const bool asked = str_equal(page->state, "asked") || str_equal(page->state, "changed");
    const bool yes = str_equal(page->state, "yes");
    /* Where nothing can be answered, nothing was answered wrongly. */
    const char *notice = asked || yes ? notice_text(page->notice) : NULL;
    struct html html;
    size_t head = 0;

    while (head < last && !str_equal(heads[head].state, page->state))
        head++;
    html_init(&html, bytes);
    html_open(&html, "html");
    html_attribute(&html, "lang", "da");
    write_head(&html, heads[head].title, notice != NULL);
    html_open(&html, "body");
    html_open(&html, "main");
    html_element(&html, "h1", heads[head].title);
    if (notice != NULL)
        write_notice(&html, notice);
    html_element(&html, "p", heads[head].text);
    if (yes)
        write_withdrawal(&html, page);
    if (asked || yes)
        write_statement(&html, page->statement);
    if (asked)
        write_question(&html, page);
    html_close(&html, "main");
    html_close(&html, "body");
    html_close(&html, "html");
    html_finish(&html);
}
