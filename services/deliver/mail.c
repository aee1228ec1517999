/* An e-mail to those who run this system, when an endpoint fails or is disabled (B9), its client
 * certificate runs out, or it waits for approval: ids, codes and what to do, nothing of any person.
 * Without a mail server there is none. */
#include "common/fetch/mail.h"

#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/obs/log.h"
#include "common/queue/job.h"
#include "services/deliver/room.h"

#define MAIL_LEASE (2 * CLOCK_MINUTE) /* mail_send takes 30 s at most */
#define MAIL_AGAIN (5 * CLOCK_MINUTE)
#define MAIL_ATTEMPTS 10

struct task {
    struct job *job;
    struct mail mail;
    int error;
    struct error_detail detail;
};

static const char *text_of(struct job *job, const char *name)
{
    const char *text = json_string_value(json_object_get(job_payload(job), name));
    return text == NULL ? "ukendt" : text;
}

/* What is written of each `what`. */
static const struct letter {
    const char *what;
    const char *subject;
    const char *first;  /* what it is */
    const char *moment; /* what the time in it is */
    const char *rest;   /* who does what now */
    const char *state;  /* the endpoint's, so that the team finds it; NULL: the job says */
} letters[] = {
    {"failing", "emnebank: en modtageradresse svarer ikke, som den skal",
     "Leveringer til denne modtageradresse bliver ikke taget imod.", "Siden",
     "Ejeren og teamet har fået besked. Intet er tabt: det, der venter, sendes, så snart "
     "modtageren svarer. Fejler alt i fem dage, slås adressen fra.",
     "active"},
    {"disabled", "emnebank: en modtageradresse er slået fra",
     "Der sendes ikke mere til denne modtageradresse, før den slås til igen.", "Siden",
     "Ejeren og teamet har fået besked. Når adressen er slået til igen, kan ejeren bede om at få "
     "det sendt, som den gik glip af.",
     "disabled"},
    {"certificate_expiring", "emnebank: et klientcertifikat udløber snart",
     "Det klientcertifikat, som vi viser denne modtageradresse, udløber snart.", "Udløber",
     "Ejeren og teamet har fået besked. Ejeren lægger et nyt certifikat ind, før det gamle "
     "udløber; "
     "ellers bliver leveringerne afvist.",
     NULL},
    {"certificate_expired", "emnebank: et klientcertifikat er udløbet",
     "Det klientcertifikat, som vi viser denne modtageradresse, er udløbet.", "Udløb",
     "Ejeren og teamet har fået besked. Modtageren kan afvise leveringerne, til ejeren har lagt et "
     "nyt certifikat ind; intet er tabt imens.",
     NULL},
    {"awaiting_approval", "emnebank: en modtageradresse venter på godkendelse",
     "Denne modtageradresse har bestået sin ejerskabsprøve og venter på teamets godkendelse.",
     "Siden",
     "Teamet har fået besked. Der sendes intet til adressen, før en navngiven person i teamet har "
     "sagt, hvis den er (emnebank endpoint approve).",
     "proven"},
};

/* Of a `what` that is not known here, as of one that fails: somebody is to look. */
static const struct letter *letter_of(const char *what)
{
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        if (str_equal(letters[i].what, what))
            return &letters[i];
    }
    return &letters[0];
}

static void compose(struct job *job, struct mail *mail)
{
    const struct letter *letter = letter_of(text_of(job, "what"));
    const char *endpoint = text_of(job, "endpoint_id");
    mail->subject = letter->subject;
    mail->text = arena_printf(
        job_arena(job),
        "%s\n\nModtageradresse: %s\nOrganisation: %s\nÅrsag: %s\n%s: %s\n\n%s\n\n"
        "Ejeren kan med sin egen nøgle se mere:\n"
        "  emnebank endpoint show %s\n  emnebank delivery list --endpoint %s\n"
        "Teamet kan se, hvis adressen er:\n  emnebank endpoint approvals --state %s\n",
        letter->first, endpoint, text_of(job, "organisation_id"), text_of(job, "reason"),
        letter->moment, text_of(job, "since"), letter->rest, endpoint, endpoint,
        letter->state != NULL ? letter->state : text_of(job, "state"));
}

/* On a worker's thread. */
static void work(void *argument)
{
    struct task *task = argument;
    task->error = mail_send(&task->mail, &task->detail);
}

static void done(void *argument)
{
    struct task *task = argument;
    if (task->error == 0) {
        job_done(task->job);
        return;
    }
    log_event(LOG_WARNING, "deliver.mail_failed", LOG_TEXT("error", error_name(task->error)),
              LOG_TEXT("why", task->detail.private_text));
    if (task->error == ERROR_INVALID)
        job_dead(task->job, "mail-invalid");
    else
        job_retry(task->job, MAIL_AGAIN, "mail-not-taken");
}

static void mail_job(struct job *job)
{
    const struct deliver *deliver = job_room(job);
    if (deliver->mail_server == NULL) {
        job_done(job);
        return;
    }
    struct task *task = arena_alloc(job_arena(job), sizeof *task);
    task->job = job;
    task->mail = (struct mail){
        .server = deliver->mail_server, .from = deliver->mail_from, .to = deliver->mail_to};
    compose(job, &task->mail);
    if (worker_submit(deliver->papers, job_loop(job), work, done, task) != 0)
        job_retry(job, MAIL_AGAIN, "busy");
}

static const struct job_kind kinds_of_jobs[] = {
    {.name = "endpoint_mail",
     .role = "deliver",
     .lease = MAIL_LEASE,
     .attempts = MAIL_ATTEMPTS,
     .handler = mail_job},
};
const struct job_table deliver_jobs = {kinds_of_jobs,
                                       sizeof kinds_of_jobs / sizeof kinds_of_jobs[0]};
