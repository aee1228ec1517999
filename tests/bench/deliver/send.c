/*
 * bench_deliver_send raw|curl|ours --ports P,P,… [--connections N] [--milliseconds N] [--ca FILE]
 *                    [--both]
 *
 * prints "ANSWERED SECONDS", counted from when each connection should stand: see send.h.
 */
#include "tests/bench/deliver/send.h"
#include "tests/bench/deliver/wire.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As long as what the homes are told of an entry. */
static const char data[] =
    "{\"state\":\"confirmed\",\"entry_id\":\"0190d3e0-5f6a-7c11-8a53-0242ac120002\","
    "\"order_id\":\"0190d3e0-5f6a-7c11-8a53-0242ac120003\","
    "\"shortlist_id\":\"0190d3e0-5f6a-7c11-8a53-0242ac120004\"}";

static const struct sender {
    const char *name;
    struct meter (*send)(const struct plan *plan);
} senders[] = {{"raw", send_raw}, {"curl", send_curl}, {"ours", send_ours}};

struct meter meter_start(const struct plan *plan)
{
    return (struct meter){.plan = plan, .first = 2 * plan->connections};
}

bool meter_count(struct meter *meter)
{
    if (meter->first > 0) {
        meter->first--;
        return true;
    }
    const int64_t now = now_ns();
    if (meter->begun == 0)
        meter->begun = now;
    else
        meter->answered++;
    meter->end = now;
    return now < meter->begun + meter->plan->duration;
}

static void read_ports(struct plan *plan, char *text)
{
    char *rest = NULL;
    for (char *word = strtok_r(text, ",", &rest); word != NULL && plan->port_count < SEND_PORTS_CAP;
         word = strtok_r(NULL, ",", &rest))
        plan->ports[plan->port_count++] = atoi(word);
}

static void read_plan(struct plan *plan, int count, char **arguments)
{
    static const struct option options[] = {{"ports", required_argument, NULL, 'p'},
                                            {"connections", required_argument, NULL, 'c'},
                                            {"milliseconds", required_argument, NULL, 'm'},
                                            {"ca", required_argument, NULL, 'a'},
                                            {"both", no_argument, NULL, 'b'},
                                            {0}};
    for (int option = getopt_long(count, arguments, "", options, NULL); option != -1;
         option = getopt_long(count, arguments, "", options, NULL)) {
        if (option == 'p')
            read_ports(plan, optarg);
        else if (option == 'c')
            plan->connections = strtoul(optarg, NULL, 10);
        else if (option == 'm')
            plan->duration = strtoll(optarg, NULL, 10) * 1000000;
        else if (option == 'a')
            plan->ca = optarg;
        else if (option == 'b')
            plan->both = true;
        else
            exit(EXIT_FAILURE);
    }
}

int main(int count, char **arguments)
{
    struct plan plan = {.connections = 64, .duration = 1000000000, .data = data};
    signal(SIGPIPE, SIG_IGN);
    read_plan(&plan, count, arguments);
    for (size_t i = 0;
         optind < count && plan.port_count > 0 && i < sizeof senders / sizeof *senders; i++) {
        if (strcmp(senders[i].name, arguments[optind]) != 0)
            continue;
        const struct meter meter = senders[i].send(&plan);
        printf("%" PRIu64 " %.6f\n", meter.answered, (double)(meter.end - meter.begun) / 1e9);
        return EXIT_SUCCESS;
    }
    fprintf(stderr, "%s raw|curl|ours --ports P,P,…\n", arguments[0]);
    return EXIT_FAILURE;
}
