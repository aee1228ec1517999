/* How large the files may be that leads are read from. The command line refuses what the server
 * would: one list for both. */
#pragma once

#include <stddef.h>

#define LEAD_FILES_XML_CAP ((size_t)64 << 20) /* bytes of a notice */
#define LEAD_FILES_JSON_CAP ((size_t)8 << 20) /* of OCDS as one document */
#define LEAD_FILES_JSON_LINE_CAP                                                                   \
    ((size_t)1 << 20) /* of a line of JSON Lines; there is no end of lines */
