#include "common/html/html.h"

#include "common/base/str.h"

#include <assert.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"

#ifndef NDEBUG /* asserted alone: names are the program's own */
static bool is_one_of(const char *name, const char *const *list)
{
    for (; *list != NULL; list++)
        if (str_equal(*list, name))
            return true;
    return false;
}

static bool is_address(const char *name)
{
    static const char *const addresses[] = {"href", "action", "src", "cite", NULL};
    return is_one_of(name, addresses);
}

/* Lower-case letters, digits and inner hyphens. */
static bool is_name(const char *name)
{
    return *name >= 'a' && *name <= 'z' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
}

/* Content of these is no text: escapes mean nothing in them, or it runs. */
static bool is_element(const char *name)
{
    static const char *const others[] = {"script",  "style",     "iframe",   "object",   "embed",
                                         "svg",     "math",      "noscript", "template", "xmp",
                                         "noembed", "plaintext", "base",     NULL};
    return is_name(name) && !is_one_of(name, others);
}

static bool is_plain_attribute(const char *name)
{
    static const char *const others[] = {"style",  "srcdoc", "srcset",     "formaction", "data",
                                         "poster", "ping",   "http-equiv", "background", NULL};
    return is_name(name) && !str_starts(name, "on") && !is_address(name) &&
           !is_one_of(name, others);
}
#endif

static const char *escape_of(unsigned char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '`': /* quotes an attribute in some old parsers */
        return "&#96;";
    case '\t':
    case '\n':
        return NULL;
    default:
        return byte < 0x20 || byte == 0x7f ? REPLACEMENT : NULL;
    }
}

/* C1 controls, U+0080 to U+009F, and what turns the direction of text, so that a title cannot
 * rearrange what stands beside it: U+202A-202E and U+2066-2069. */
static bool is_unseen(const unsigned char *bytes, size_t length)
{
    if (length == 2)
        return bytes[0] == 0xC2 && bytes[1] < 0xA0;
    return length == 3 && bytes[0] == 0xE2 &&
           ((bytes[1] == 0x80 && bytes[2] >= 0xAA && bytes[2] <= 0xAE) ||
            (bytes[1] == 0x81 && bytes[2] >= 0xA6 && bytes[2] <= 0xA9));
}

/* One set of escapes for text and for quoted attributes: a value that is good in both cannot be
 * put in the wrong one. */
static void write_escaped(struct buffer *buffer, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        const size_t step = str_utf8_step(text, left);
        const char *escape = step == 1 ? escape_of((unsigned char)*text) : NULL;
        if (step == 0 || is_unseen((const unsigned char *)text, step))
            buffer_text(buffer, REPLACEMENT);
        else if (escape != NULL)
            buffer_text(buffer, escape);
        else
            buffer_append(buffer, text, step);
        text += step == 0 ? 1 : step;
        left -= step == 0 ? 1 : step;
    }
}

static void end_tag(struct html *html)
{
    if (html->in_tag)
        buffer_char(html->buffer, '>');
    html->in_tag = false;
}

void html_init(struct html *html, struct buffer *buffer)
{
    *html = (struct html){.buffer = buffer};
    buffer_text(buffer, "<!DOCTYPE html>\n");
}

void html_finish(struct html *html)
{
    assert(html->depth == 0);
    end_tag(html);
    buffer_char(html->buffer, '\n');
}

static void begin_tag(struct html *html, const char *element)
{
    assert(is_element(element));
    end_tag(html);
    buffer_char(html->buffer, '<');
    buffer_text(html->buffer, element);
    html->in_tag = true;
}

void html_open(struct html *html, const char *element)
{
    assert(html->depth < HTML_DEPTH_CAP);
    begin_tag(html, element);
    html->open[html->depth++] = element;
}

void html_void(struct html *html, const char *element)
{
    begin_tag(html, element);
}

void html_close(struct html *html, const char *element)
{
    assert(html->depth > 0 && str_equal(html->open[html->depth - 1], element));
    end_tag(html);
    html->depth--;
    buffer_text(html->buffer, "</");
    buffer_text(html->buffer, element);
    buffer_char(html->buffer, '>');
}

static void write_attribute(struct html *html, const char *name, const char *value)
{
    assert(html->in_tag);
    buffer_char(html->buffer, ' ');
    buffer_text(html->buffer, name);
    buffer_text(html->buffer, "=\"");
    write_escaped(html->buffer, value);
    buffer_char(html->buffer, '"');
}

void html_attribute(struct html *html, const char *name, const char *value)
{
    assert(is_plain_attribute(name));
    if (value != NULL)
        write_attribute(html, name, value);
}

void html_flag(struct html *html, const char *name)
{
    assert(html->in_tag && is_plain_attribute(name));
    buffer_char(html->buffer, ' ');
    buffer_text(html->buffer, name);
}

/* Browsers take "\" for "/", and drop tabs and line ends inside an address. */
static bool is_safe_url(const char *url)
{
    if (strpbrk(url, "\\\t\n\r") != NULL)
        return false;
    return (url[0] == '/' && url[1] != '/') || url[0] == '#' || str_starts(url, "https://");
}

void html_url(struct html *html, const char *name, const char *url)
{
    assert(is_address(name));
    write_attribute(html, name, is_safe_url(url) ? url : "#");
}

void html_text(struct html *html, const char *text)
{
    end_tag(html);
    if (text != NULL)
        write_escaped(html->buffer, text);
}

void html_element(struct html *html, const char *element, const char *text)
{
    html_open(html, element);
    html_text(html, text);
    html_close(html, element);
}

void html_style(struct html *html, const char *css)
{
    assert(strchr(css, '<') == NULL);
    end_tag(html);
    buffer_text(html->buffer, "<style>");
    buffer_text(html->buffer, css);
    buffer_text(html->buffer, "</style>");
}
