// The one way an event-sourced thing works: decide, persist, evolve, answer, in that order for
// anybody who looks. Deciding goes on while appends are in flight, on a state nobody sees; answers
// and reads are released once everything before them is durable.
//
// Longer than the rule: one template, whose parts all work on the same private flight list.
// Owner: one actor; nothing here is concurrent. Traits say what is particular:
//   state, command, event; decide(); records(); answer(); on_durable(); answers_at_once: a caller
//   hears of what is durable before on_durable() has run.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "actors/request.hpp"
#include "actors/services.hpp"
#include "base/assert.hpp"
#include "base/encoding.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "domain/alerts.hpp"
#include "schemas/event_codec.hpp"
#include "schemas/records.hpp"
#include "schemas/state_codec.hpp"

namespace bursar::actors {

// What travels with an append beside the events.
struct beside {
  std::vector<persistence::side_record> records;
  std::vector<persistence::record_key> absent;
  std::vector<std::string> made_known{};  // ids that have an owner from here on
};

// What callers hear when an append did not become durable.
inline error append_problem(persistence::append_status status) {
  using persistence::append_status;
  switch (status) {
    case append_status::storage_low:
      return {errc::storage_low, "free space is below the watermark; reads go on"};
    case append_status::key_conflict: return {errc::conflict, "something else took it meanwhile"};
    case append_status::fenced: return {errc::shard_unavailable, "another node owns this shard"};
    case append_status::acked:
    case append_status::sequence_conflict:
      return {errc::shard_unavailable, "an earlier command failed; repeat this one"};
    case append_status::unknown: break;
  }
  return {errc::outcome_unknown, "the write failed; repeat with the same key"};
}

// What an owner remembers beside the state, of what is not durable yet.
struct nothing {};
template <class Traits>
struct memory_of {
  using type = nothing;
};
template <class Traits>
requires requires {
  typename Traits::memory;
}
struct memory_of<Traits> {
  using type = typename Traits::memory;
};

template <class Traits>
class entity {
 public:
  using memory_type = typename memory_of<Traits>::type;
  using state_type = typename Traits::state;
  using event_type = typename Traits::event;
  using request = typename Traits::request;
  using request_ptr = std::shared_ptr<request>;

  // `notify(ticket, status)` must bring on_appended back to the owner; called on another thread.
  entity(services& shared, std::string stream,
         std::function<void(std::uint64_t, persistence::append_status)> notify)
    : shared_{shared}, stream_{std::move(stream)}, notify_{std::move(notify)} {}

  // -- waking ---

  // Starts from the snapshot, where there is a sound one.
  void begin_replay() {
    state_ = {};
    memory_ = {};
    sequence_ = 0;
    hash_ = {};
    snapshot_sequence_ = 0;
    broken_.reset();
    ready_ = false;
    auto stored = shared_.journal->get(persistence::column::snapshots, stream_);
    if (stored && *stored) {
      use_snapshot(**stored);
    }
  }

  // Replays one page; false once the state is what the journal says, or broken for good. Throws
  // when the disk cannot be read, which another try may cure.
  bool replay_page() {
    // Before the page: an append of before a crash may still become durable in between.
    auto head = shared_.journal->head(stream_);
    if (!head) {
      return end_broken(head.error());
    }
    auto page = shared_.journal->read(stream_, sequence_ + 1, limits::replay_page_events);
    if (!page) {
      return end_broken(page.error());
    }
    for (const auto& stored : *page) {
      if (stored.sequence == snapshot_sequence_ + 1 && stored.previous != hash_) {
        return restart_without_snapshot();
      }
      auto event = schemas::decode_event<event_type>(stored.json);
      if (!event) {
        return end_broken(
          {errc::integrity_error,
           stream_ + " event " + std::to_string(stored.sequence) + ": " + event.error().detail()});
      }
      state_ = domain::evolve(std::move(state_), event->event);
      sequence_ = stored.sequence;
      hash_ = stored.hash;
    }
    if (page->size() == limits::replay_page_events) {
      return true;
    }
    return end_replay(head->value_or(persistence::stream_head{}));
  }

  bool ready() const { return ready_; }

  // -- working ---

  void handle(request_ptr r) {
    if (!ready_ || resyncing_ || holding_) {
      waiting_.push_back(std::move(r));
      return;
    }
    if (broken_) {
      r->reply.answer(outcome::failed(*broken_));
      return;
    }
    if (watch_) {
      watch_(r);
    }
    Traits::handle(*this, std::move(r));
    if (watch_) {
      watch_(nullptr);
    }
  }

  // Handles it first once all that was decided is durable, and others after it.
  void handle_settled(request_ptr r) {
    holding_ = true;
    waiting_.push_front(std::move(r));
  }

  // Told what is being handled, and with null that it is done: not told when it threw.
  void watch(std::function<void(request_ptr)> told) { watch_ = std::move(told); }

  // A command: from the idempotency record to the append.
  void command(request_ptr r) {
    ++shared_.counts.commands;
    if (in_flight_.size() >= limits::in_flight_appends_max) {
      r->reply.answer(outcome::failed({errc::overloaded, "too many commands for " + stream_}));
      return;
    }
    if (answered_before(r)) {
      return;
    }
    if (r->if_match && *r->if_match != sequence_) {
      release_later(std::move(r),
                    outcome::failed(
                      {errc::precondition_failed, "the sequence is " + std::to_string(sequence_)}));
      return;
    }
    if (shared_.journal->state().storage_low) {  // before a state is made that would be void
      release_later(std::move(r),
                    outcome::failed(append_problem(persistence::append_status::storage_low)));
      return;
    }
    auto now = shared_.clock->now();
    auto decided = Traits::decide(shared_, state_, *r, now, sequence_ + 1);
    if (!decided) {
      reject(std::move(r), decided.error(), now);
      return;
    }
    commit(std::move(r), std::move(*decided), now);
  }

  // Answers with what the state says now, once that is durable.
  void answer_from_state(request_ptr r, outcome what) {
    what.sequence = sequence_;
    release_later(std::move(r), std::move(what));
  }

  void on_appended(std::uint64_t ticket, persistence::append_status status) {
    BURSAR_ASSERT(!in_flight_.empty(), "an answer for an append nobody made");
    while (!in_flight_.empty() && in_flight_.front().ticket <= ticket) {
      auto entry = std::move(in_flight_.front());
      in_flight_.pop_front();
      auto own
        = entry.appended && entry.ticket == ticket ? status : persistence::append_status::acked;
      if (own == persistence::append_status::acked && !resyncing_) {
        release(std::move(entry));
      } else {
        fail(std::move(entry), own);
      }
    }
    while (!in_flight_.empty() && !in_flight_.front().appended && !resyncing_) {
      release(std::move(in_flight_.front()));
      in_flight_.pop_front();
    }
    if (resyncing_ && in_flight_.empty()) {
      resync();
    } else if (holding_ && in_flight_.empty()) {
      drain_waiting();
    }
  }

  // -- sleeping ---

  // Whether all that was decided is durable, and told.
  bool settled() const { return in_flight_.empty() && !resyncing_; }
  bool idle() const { return ready_ && in_flight_.empty() && waiting_.empty() && !resyncing_; }

  // Writes a snapshot where the last one is behind; answers through on_appended.
  bool begin_sleep() {
    bool useless = broken_ || sequence_ == snapshot_sequence_;
    if (!ready_ || useless || shared_.journal->state().storage_low) {
      return false;
    }
    append({}, {{snapshot_record()}, {}}, nullptr, {});
    return true;
  }

  const state_type& state() const { return state_; }
  memory_type& memory() { return memory_; }
  std::uint64_t sequence() const { return sequence_; }
  const sha256_digest& hash() const { return hash_; }
  services& shared() { return shared_; }
  const std::string& stream() const { return stream_; }

 private:
  struct flight {
    std::uint64_t ticket = 0;
    bool appended = false;           // false: an answer that only waits for what is before it
    std::optional<std::string> key;  // of a request that may come again
    request_ptr request;
    outcome answer;
    std::vector<event_type> events;
    std::vector<std::string> made_known;
    std::vector<request_ptr> same_key;  // came with the same key meanwhile
  };

  // -- replay ---

  void use_snapshot(const std::string& stored) {
    auto record = schemas::decode_record<schemas::snapshot_record>(stored);
    if (!record || record->format != Traits::snapshot_format
        || to_hex(sha256(record->state)) != record->state_hash) {
      log::warning("snapshot ignored", {{"stream", stream_}});
      return;
    }
    auto state = schemas::decode_state<state_type>(record->state);
    auto hash = digest_from_hex(record->hash);
    if (!state || !hash) {
      log::warning("snapshot ignored", {{"stream", stream_}});
      return;
    }
    state_ = std::move(*state);
    sequence_ = record->sequence;
    hash_ = *hash;
    snapshot_sequence_ = sequence_;
  }

  bool restart_without_snapshot() {
    log::warning("snapshot does not fit its chain, replaying all", {{"stream", stream_}});
    state_ = {};
    sequence_ = 0;
    hash_ = {};
    snapshot_sequence_ = 0;
    return true;
  }

  bool end_replay(const persistence::stream_head& durable) {
    bool only_snapshot = snapshot_sequence_ == sequence_;
    bool behind = durable.sequence > sequence_ || (only_snapshot && durable.sequence < sequence_);
    if (behind || (durable.sequence == sequence_ && durable.hash != hash_)) {
      if (snapshot_sequence_ > 0 && only_snapshot) {
        return restart_without_snapshot();
      }
      return end_broken({errc::integrity_error, stream_ + " ends at event "
                                                  + std::to_string(sequence_) + ", its head says "
                                                  + std::to_string(durable.sequence)});
    }
    ready_ = true;
    Traits::on_ready(*this);
    tell_replayed(std::nullopt);
    drain_waiting();
    return false;
  }

  bool end_broken(error why) {
    if (why.code() == errc::io_error && !stream_.starts_with('$')) {
      throw std::runtime_error{why.text()};  // its SHARD tries again later
    }
    log::error("history does not verify", {{"stream", stream_}, {"what", why.detail()}});
    tell_replayed(why);
    broken_ = std::move(why);
    ready_ = true;
    drain_waiting();
    return false;
  }

  void tell_replayed(const std::optional<error>& problem) {
    if (stream_.starts_with('$') && shared_.singleton_replayed) {
      shared_.singleton_replayed(stream_, problem);
    }
  }

  void drain_waiting() {
    auto waiting = std::exchange(waiting_, {});
    holding_ = false;
    for (auto& r : waiting) {
      handle(std::move(r));
    }
  }

  // -- idempotency ---

  // Whether the same request is in flight or done: then it gets that one's answer.
  bool answered_before(request_ptr& r) {
    auto key = flight_key(*r);
    if (!key) {
      return false;
    }
    for (auto& entry : in_flight_) {
      if (entry.key != key) {
        continue;
      }
      bool other = r->idempotency
                   && entry.request->idempotency->request_sha256 != r->idempotency->request_sha256;
      if (other) {
        release_later(std::move(r), reused());
      } else {
        count_duplicate(*r);
        entry.same_key.push_back(std::move(r));
      }
      return true;
    }
    auto known = r->idempotency ? recorded_answer(*r) : Traits::durable_answer(shared_, *r);
    if (known) {
      count_duplicate(*r);
      release_later(std::move(r), std::move(*known));
    }
    return known.has_value();
  }

  // A caller may take a webhook's event id as Idempotency-Key: they are still two things.
  static std::optional<std::string> flight_key(const request& r) {
    auto key = Traits::key_of(r);
    return key ? std::optional{(r.idempotency ? "key " : "webhook ") + *key} : std::nullopt;
  }

  // What has a key of its own but no Idempotency-Key is a webhook.
  void count_duplicate(const request& r) {
    shared_.counts.webhooks_duplicate += r.idempotency ? 0 : 1;
  }

  std::optional<outcome> recorded_answer(request& r) {
    auto stored = shared_.journal->get(persistence::column::idempotency, r.idempotency->key);
    if (!stored) {
      return outcome::failed(stored.error());
    }
    if (!*stored) {
      return std::nullopt;
    }
    auto record = schemas::decode_record<schemas::idempotency_record>(**stored);
    if (!record) {
      return outcome::failed(record.error());
    }
    if (shared_.clock->now() - record->at > std::chrono::days{limits::idempotency_days}) {
      r.idempotency->expired = true;
      return std::nullopt;
    }
    return record->request_sha256 == r.idempotency->request_sha256 ? recorded(*record) : reused();
  }

  static outcome reused() {
    return outcome::failed(
      {errc::idempotency_key_reused, "the key came with another request before"});
  }

  outcome recorded(const schemas::idempotency_record& record) const {
    outcome out;
    out.status = static_cast<unsigned>(record.status);
    out.body = record.body;
    if (record.code) {
      out.problem = error{static_cast<errc>(*record.code), record.body};
      for (const auto& [name, figure] :
           record.figures.value_or(std::map<std::string, std::int64_t>{})) {
        out.problem = std::move(*out.problem).with(name, figure);
      }
    }
    out.sequence = sequence_;
    out.replayed = true;
    return out;
  }

  // A key is its caller's on every stream, and another actor may be at it: the first record stands.
  void remember(const request& r, const outcome& answer, timestamp now, beside& also) const {
    schemas::idempotency_record record{
      r.idempotency->request_sha256, answer.status, Traits::recorded_body(answer), now, {}, {}};
    if (answer.problem) {
      record.code = static_cast<std::int64_t>(answer.problem->code());
      record.body = answer.problem->detail();
      if (!answer.problem->figures().empty()) {
        record.figures = answer.problem->figures();
      }
    }
    const auto& key = r.idempotency->key;
    also.records.push_back({persistence::column::idempotency, key, schemas::encode_record(record)});
    if (!r.idempotency->expired) {
      also.absent.push_back({persistence::column::idempotency, key});
    }
  }

  // -- deciding ---

  void reject(request_ptr r, error why, timestamp now) {
    ++shared_.counts.rejections;
    if constexpr (requires { Traits::taken_over(shared_, r, why); }) {
      if (Traits::taken_over(shared_, r, why)) {
        return;
      }
    }
    auto status = describe(why.code()).status;
    auto answer = outcome::failed(std::move(why));
    bool refused_for_good
      = r->idempotency
        && (status == 409 || status == 402
            || (r->idempotency->keeps_refusals && (status == 404 || status == 422)));
    if (refused_for_good) {
      beside also;
      remember(*r, answer, now, also);
      append({}, std::move(also), std::move(r), std::move(answer));
      return;
    }
    release_later(std::move(r), std::move(answer));
  }

  void commit(request_ptr r, std::vector<event_type> events, timestamp now) {
    beside also;
    Traits::records_before(shared_, state_, *r, events, also);
    for (const auto& event : events) {
      state_ = domain::evolve(std::move(state_), event);
    }
    Traits::records_after(shared_, state_, *r, events, now, also);
    if constexpr (requires { Traits::on_decided(*this, *r, events); }) {
      Traits::on_decided(*this, *r, events);
    }
    auto answer = Traits::answer(shared_, state_, *r, events, sequence_ + events.size());
    answer.sequence = sequence_ + events.size();
    if (r->idempotency) {
      remember(*r, answer, now, also);
    }
    if (events.empty() && also.records.empty()) {
      release_later(std::move(r), std::move(answer));
      return;
    }
    append(std::move(events), std::move(also), std::move(r), std::move(answer), now);
  }

  void append(std::vector<event_type> events, beside also, request_ptr r, outcome answer,
              timestamp now = {}) {
    auto job = std::make_shared<append_job>();
    auto& to = job->request;
    to.held = shared_.leases[shard_of(stream_)];
    to.stream = stream_;
    to.expected = sequence_;
    to.previous = hash_;
    schemas::envelope about;
    about.stream = stream_;
    about.recorded_at = now;
    if (r) {
      about.actor = r->caller.actor;
      about.correlation_id = r->caller.correlation_id;
    }
    for (const auto& event : events) {
      about.sequence = ++sequence_;
      auto json = schemas::encode_event(about, event);
      to.events.emplace_back(hash_, std::move(json));
      hash_ = to.events.back().hash();
      put_alert(event, about, also);
    }
    shared_.counts.events += events.size();
    if (sequence_ >= snapshot_sequence_ + shared_.snapshot_interval_events) {
      also.records.push_back(snapshot_record());
    }
    to.records = std::move(also.records);
    to.absent = std::move(also.absent);
    auto ticket = ++tickets_;
    auto key = r ? flight_key(*r) : std::nullopt;
    job->done = Traits::answers_at_once && r ? answer_and_notify(ticket, r, answer) : told(ticket);
    in_flight_.push_back({ticket,
                          true,
                          std::move(key),
                          std::move(r),
                          std::move(answer),
                          std::move(events),
                          std::move(also.made_known),
                          {}});
    shared_.append(std::move(job));
  }

  static void put_alert(const event_type& event, const schemas::envelope& about, beside& also) {
    if constexpr (requires { domain::alert_of(event); }) {
      if (auto alert = domain::alert_of(event)) {
        schemas::alert_record record{alert->type, {}, alert->subject_id, alert->message};
        if (is_organization_id(about.stream)) {
          record.organization_id = about.stream;
        }
        also.records.push_back(
          {persistence::column::index,
           schemas::alert_key({about.recorded_at, about.stream, about.sequence}),
           schemas::encode_record(record)});
      }
    }
  }

  using when_done = std::function<void(persistence::append_status)>;

  when_done told(std::uint64_t ticket) const {
    return
      [notify = notify_, ticket](persistence::append_status status) { notify(ticket, status); };
  }

  // The caller need not wait for this actor's turn: what was appended before is durable, too.
  when_done answer_and_notify(std::uint64_t ticket, request_ptr r, outcome answer) const {
    return [told = told(ticket), r = std::move(r),
            answer = std::move(answer)](persistence::append_status status) {
      if (status == persistence::append_status::acked) {
        r->reply.answer(answer);  // release() finds it answered
      }
      told(status);
    };
  }

  persistence::side_record snapshot_record() {
    auto state = schemas::encode_state(state_);
    schemas::snapshot_record record{
      Traits::snapshot_format, sequence_, to_hex(hash_), to_hex(sha256(state)), {}};
    record.state = std::move(state);
    snapshot_sequence_ = sequence_;
    return {persistence::column::snapshots, stream_, schemas::encode_record(record)};
  }

  // -- releasing ---

  void release_later(request_ptr r, outcome answer) {
    if (in_flight_.empty()) {
      r->reply.answer(std::move(answer));
      return;
    }
    in_flight_.push_back({tickets_, false, {}, std::move(r), std::move(answer), {}, {}, {}});
  }

  void release(flight entry) {
    if (entry.appended) {
      Traits::on_durable(*this, entry.events, entry.made_known);
    }
    if (!entry.request) {
      return;
    }
    for (auto& r : entry.same_key) {
      r->reply.answer(Traits::as_replay(*r, entry.answer));
    }
    entry.request->reply.answer(std::move(entry.answer));
  }

  // Nothing of it is known to be durable: the speculation is void from here on.
  void fail(flight entry, persistence::append_status status) {
    resyncing_ = true;
    if (!entry.request) {
      return;
    }
    if (status == persistence::append_status::key_conflict && is_recorded(*entry.request)) {
      // The key was used on another stream meanwhile: judged again, as if it came now.
      waiting_.push_back(std::move(entry.request));
      std::move(entry.same_key.begin(), entry.same_key.end(), std::back_inserter(waiting_));
      return;
    }
    auto answer = outcome::failed(Traits::problem(*entry.request, status));
    for (auto& r : entry.same_key) {
      r->reply.answer(answer);
    }
    entry.request->reply.answer(std::move(answer));
  }

  bool is_recorded(const request& r) const {
    if (!r.idempotency) {
      return false;
    }
    auto stored = shared_.journal->get(persistence::column::idempotency, r.idempotency->key);
    return stored && *stored;
  }

  void resync() {
    resyncing_ = false;
    begin_replay();
    while (replay_page()) {
    }
  }

  services& shared_;
  std::string stream_;
  std::function<void(std::uint64_t, persistence::append_status)> notify_;
  state_type state_;
  memory_type memory_;
  std::uint64_t sequence_ = 0;  // speculative: of the last event decided
  sha256_digest hash_{};
  std::uint64_t snapshot_sequence_ = 0;
  std::uint64_t tickets_ = 0;
  bool ready_ = false;
  bool resyncing_ = false;  // an append failed: wait for the others, then replay
  bool holding_ = false;    // somebody waits until nothing is in flight
  std::optional<error> broken_;
  std::deque<flight> in_flight_;
  std::deque<request_ptr> waiting_;
  std::function<void(request_ptr)> watch_;
};

}  // namespace bursar::actors
