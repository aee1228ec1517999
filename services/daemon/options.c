#include "services/daemon/options.h"

#include <getopt.h>
#include <stdio.h>

void options_help(void)
{
    puts("emnebankd: the daemon of the emnebank.\n\n"
         "  --config FILE        configuration\n"
         "  --check-config       check it and the file with the keys, and end\n"
         "  --sample-config      print every key with its explanation, and end\n"
         "  --address-file FILE  write the bound addresses there: the API's and the admin's, a "
         "line each\n"
         "  --help               this");
}

int options_parse(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {
        {"config", required_argument, NULL, 'c'}, {"address-file", required_argument, NULL, 'a'},
        {"check-config", no_argument, NULL, 'k'}, {"sample-config", no_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    int option;

    *options = (struct options){0};
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'c':
            options->config = optarg;
            break;
        case 'a':
            options->address_file = optarg;
            break;
        case 'k':
            options->check = true;
            break;
        case 's':
            options->sample = true;
            break;
        case 'h':
            options->help = true;
            break;
        default:
            return ERROR_INVALID;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "emnebankd: unknown argument: %s\n", argv[optind]);
        return ERROR_INVALID;
    }
    return 0;
}
