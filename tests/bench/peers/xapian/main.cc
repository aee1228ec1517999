/*
 * Xapian as a peer: one term per code, what a fact says beyond its code as the term's frequency in
 * the document, documents in the order of place. Posting lists are walked by our own loop, as a
 * custom posting source would: the rarest must leads, within the ranges that lie in the circle.
 *
 *     bench_xapian --data FOLDER
 */
#include "tests/bench/peers/places.h"
#include "tests/bench/peers/serve.h"

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>
#include <xapian.h>

namespace {

constexpr size_t K = 20;
constexpr unsigned DAYS_FROM = 32769; // a certificate's last day as a frequency, at least 1
constexpr size_t COMMIT_EVERY = 100000;

unsigned pack(unsigned level, bool stale)
{
    return 1 + level + (stale ? 8 : 0);
}

std::string term_of(unsigned code)
{
    return std::to_string(code);
}

// A part of an order and its posting list. Document ids are rows + 1.
class Clause
{
  public:
    const data_part *part;
    size_t number;
    Xapian::doccount count;

    Clause(const Xapian::Database &database, const data &data, const data_order &order, size_t at)
        : part(&order.parts[at]), number(at), count(database.get_termfreq(term_of(part->code))),
          database_(database), is_certificate_(data_is_certificate(&data, part->code))
    {
    }

    void open()
    {
        at_ = database_.postlist_begin(term_of(part->code));
        end_ = database_.postlist_end(term_of(part->code));
    }

    Xapian::docid advance(Xapian::docid document)
    {
        if (at_ != end_ && *at_ < document) {
            at_.skip_to(document);
        }
        return at_ == end_ ? UINT_MAX : *at_;
    }

    bool met(Xapian::docid document)
    {
        return advance(document) == document && earned(true) >= 0;
    }

    int points(Xapian::docid document)
    {
        return advance(document) == document ? std::max(0, earned(part->must)) : 0;
    }

  private:
    Xapian::Database database_;
    bool is_certificate_;
    Xapian::PostingIterator at_, end_;

    // The points of the fact that the iterator stands on; -1: it does not count.
    int earned(bool in_full)
    {
        const unsigned packed = at_.get_wdf();
        const int share = static_cast<int>(part->share);
        if (is_certificate_) {
            return packed >= static_cast<unsigned>(part->valid_on) + DAYS_FROM ? share : -1;
        }
        const bool stale = packed > 8;
        const unsigned level = (packed - 1) % 8;
        int halvings = 0;
        if (part->minimum > 0) {
            const int short_of = static_cast<int>(part->minimum) - static_cast<int>(level);
            if (level == 0 || short_of > 1 || (in_full && short_of > 0)) {
                return -1;
            }
            halvings += short_of == 1;
        }
        halvings += !in_full && part->ages && stale;
        return share >> halvings;
    }
};

class Best
{
  public:
    void offer(const serve_entry &entry)
    {
        if (entries_.size() == K && !before(entry, entries_.back())) {
            return;
        }
        entries_.insert(std::upper_bound(entries_.begin(), entries_.end(), entry, before), entry);
        if (entries_.size() > K) {
            entries_.pop_back();
        }
    }

    void give(serve_answer *answer) const
    {
        for (const serve_entry &entry : entries_) {
            serve_add(answer, entry.id, entry.score, entry.lacking);
        }
    }

  private:
    std::vector<serve_entry> entries_;

    static bool before(const serve_entry &a, const serve_entry &b)
    {
        return a.score != b.score ? a.score > b.score : a.id < b.id;
    }
};

class Matcher
{
  public:
    Matcher(const Xapian::Database &database, const data &data, const places &places,
            const data_order &order)
        : data_(data), places_(places), order_(order),
          near_miss_(std::strcmp(order.class_name, "near-miss") == 0), ranges_(data.towns)
    {
        for (size_t i = 0; i < order.part_count; i++) {
            (order.parts[i].must ? musts_ : nices_).emplace_back(database, data, order, i);
            sure_ += order.parts[i].must ? static_cast<int>(order.parts[i].share) : 0;
        }
        for (size_t i = 1; i < musts_.size(); i++) {
            for (size_t at = i; at > 0 && musts_[at].count < musts_[at - 1].count; at--) {
                std::swap(musts_[at], musts_[at - 1]);
            }
        }
        ranges_.resize(places_within(&places, &data, &order, ranges_.data()));
    }

    void ask(serve_answer *answer)
    {
        Best best;
        for (Clause &clause : musts_) {
            clause.open();
        }
        for (Clause &clause : nices_) {
            clause.open();
        }
        for (const places_range &range : ranges_) {
            walk(static_cast<Xapian::docid>(range.begin + 1),
                 static_cast<Xapian::docid>(range.end + 1), best);
        }
        best.give(answer);
    }

  private:
    const data &data_;
    const places &places_;
    const data_order &order_;
    bool near_miss_;
    std::vector<Clause> musts_, nices_; // the rarest must first
    std::vector<places_range> ranges_;
    int sure_ = 0;

    bool in_terms(uint32_t who) const
    {
        const data_columns &pool = data_.pool;
        const uint16_t *km = data_.distances + static_cast<size_t>(order_.town) * data_.towns;
        return !pool.hidden[who] && pool.screening[who] >= data_.as_of &&
               pool.available[who] <= order_.start && (pool.work[who] & order_.work) != 0 &&
               (pool.travel[who] == 0 || km[pool.town[who]] <= pool.travel[who]);
    }

    void walk(Xapian::docid begin, Xapian::docid end, Best &best)
    {
        for (Xapian::docid document = begin;; document++) {
            if (!near_miss_) {
                document = musts_[0].advance(document);
            } else if (musts_.size() > 1) {
                // Who lacks at most one must has one of the two rarest.
                document = std::min(musts_[0].advance(document), musts_[1].advance(document));
            }
            if (document >= end) {
                return;
            }
            const uint32_t who = places_.candidates[document - 1];
            if (in_terms(who)) {
                near_miss_ ? offer_near(document, who, best) : offer(document, who, best);
            }
        }
    }

    int nice(Xapian::docid document)
    {
        int score = 0;
        for (Clause &clause : nices_) {
            score += clause.points(document);
        }
        return score;
    }

    void offer(Xapian::docid document, uint32_t who, Best &best)
    {
        for (Clause &must : musts_) {
            if (!must.met(document)) {
                return;
            }
        }
        best.offer({who, sure_ + nice(document), -1});
    }

    void offer_near(Xapian::docid document, uint32_t who, Best &best)
    {
        serve_entry entry{who, 0, -1};
        int missed = 0;
        for (Clause &must : musts_) {
            if (must.met(document)) {
                entry.score += static_cast<int>(must.part->share);
            } else if (++missed > 1) {
                return;
            } else {
                entry.lacking = static_cast<int>(must.number);
            }
        }
        entry.score += nice(document);
        best.offer(entry);
    }
};

void index_pool(const data &data, const places &places, const std::string &path)
{
    const data_columns &pool = data.pool;
    Xapian::WritableDatabase database(path, Xapian::DB_CREATE_OR_OVERWRITE | Xapian::DB_NO_SYNC);
    for (size_t row = 0; row < pool.count; row++) {
        const uint32_t who = places.candidates[row];
        Xapian::Document document;
        for (uint32_t at = pool.fact_from[who]; at < pool.fact_from[who + 1]; at++) {
            const bool stale = pool.fact_used[at] < data.stale_before;
            document.add_term(term_of(pool.fact_code[at]),
                              data_is_certificate(&data, pool.fact_code[at])
                                  ? static_cast<unsigned>(pool.fact_until[at] + 32769)
                                  : pack(pool.fact_level[at], stale));
        }
        database.add_document(document);
        if (row % COMMIT_EVERY == COMMIT_EVERY - 1) {
            database.commit();
        }
    }
    database.commit();
    database.close();
}

struct Peer {
    data *world;
    std::vector<std::unique_ptr<Matcher>> matchers; // by order
};

int ask(void *context, const char *class_name, unsigned number, serve_answer *answer)
{
    Peer *peer = static_cast<Peer *>(context);
    const data_order *order = data_find(peer->world, class_name, number);
    peer->matchers[static_cast<size_t>(order - peer->world->orders)]->ask(answer);
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 3 || std::strcmp(argv[1], "--data") != 0) {
        std::fprintf(stderr, "usage: bench_xapian --data FOLDER\n");
        return 2;
    }
    Peer peer{data_open(argv[2]), {}};
    places places;
    places_init(&places, peer.world);
    const std::string building = std::string(argv[2]) + "/xapian-new";
    const std::string path = std::string(argv[2]) + "/xapian";
    index_pool(*peer.world, places, building);
    std::filesystem::remove_all(path);
    Xapian::Database(building).compact(path, Xapian::Compactor::FULLER);
    std::filesystem::remove_all(building);

    const Xapian::Database database(path);
    for (size_t i = 0; i < peer.world->order_count; i++) {
        peer.matchers.push_back(
            std::make_unique<Matcher>(database, *peer.world, places, peer.world->orders[i]));
    }
    uint64_t bytes = 0;
    for (const auto &entry : std::filesystem::directory_iterator(path)) {
        bytes += entry.file_size();
    }
    serve_ready(bytes, Xapian::version_string());
    const serve_peer served{&peer, ask, nullptr, nullptr};
    return serve(&served);
}
