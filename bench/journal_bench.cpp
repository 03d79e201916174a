// What the journal costs on this disk: synced groups, reading with verification against a loop that
// only reads and hashes, opening. Set TMPDIR to a directory on the disk that is meant.
//   journal_bench [--benchmark_filter=…]
#include <cstdlib>
#include <filesystem>

#include <benchmark/benchmark.h>

#include "persistence/layout.hpp"
#include "persistence/rocks_store.hpp"

namespace {

using namespace bursar;
using namespace bursar::persistence;
namespace fs = std::filesystem;

constexpr std::size_t event_bytes = 700;
constexpr std::size_t page_events = 512;

class place {
 public:
  place() {
    auto name = (fs::temp_directory_path() / "bursar-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      std::abort();
    }
    options.directory = name;
  }
  ~place() { fs::remove_all(options.directory); }
  place(const place&) = delete;
  place& operator=(const place&) = delete;

  rocks_options options;
};

// JSON of about the given size that does not compress to nothing.
std::string some_json(std::uint64_t seed, std::size_t bytes) {
  std::string out = "{\"recorded_at\":\"2026-11-21T08:15:00.000000Z\",\"data\":\"";
  std::uint64_t x = seed * 0x9e3779b97f4a7c15ULL + 1;
  while (out.size() + 2 < bytes) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    out += out.size() % 3 == 0 ? std::to_string(x % 1000) : std::string{",\"amount\":"};
  }
  return out + "\"}";
}

class filler {
 public:
  explicit filler(std::size_t streams) : streams_(streams) {}

  append_request next(std::size_t bytes, std::size_t side_records) {
    auto number = ++number_;
    auto& [sequence, hash] = streams_[number % streams_.size()];
    append_request out;
    out.held.epoch = 1;
    out.stream = "org_0199c3f2a1b27c3d8e4f5a6b7c8d" + std::to_string(number % streams_.size());
    out.expected = sequence;
    out.previous = hash;
    ++sequence;
    out.events.emplace_back(hash, some_json(number, bytes));
    hash = out.events.back().hash();
    constexpr std::array columns{column::idempotency, column::inbox, column::outbox, column::index};
    for (std::size_t i = 0; i < side_records; ++i) {
      auto key = "evt_1QcYzE2eZvKYlo2C" + std::to_string(number);
      out.absent.push_back({columns[i % columns.size()], key});
      out.records.push_back({columns[i % columns.size()], key, some_json(number + i, 120)});
    }
    return out;
  }

 private:
  std::vector<std::pair<sequence_number, sha256_digest>> streams_;
  std::uint64_t number_ = 0;
};

void fill(journal& to, filler& from, std::size_t events, std::size_t bytes) {
  for (std::size_t done = 0; done < events;) {
    std::vector<append_request> group;
    std::vector<const append_request*> pointers;
    for (; group.size() < 1000 && done < events; ++done) {
      group.push_back(from.next(bytes, 0));
    }
    for (const auto& r : group) {
      pointers.push_back(&r);
    }
    for (auto status : to.append(pointers)) {
      if (status != append_status::acked) {
        std::abort();
      }
    }
  }
}

void append_group(benchmark::State& state) {
  place at;
  auto opened = open_rocks_journal(at.options).value();
  filler from{64};
  auto size = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<append_request> group;
    std::vector<const append_request*> pointers;
    for (std::size_t i = 0; i < size; ++i) {
      group.push_back(from.next(event_bytes, 4));
    }
    for (const auto& r : group) {
      pointers.push_back(&r);
    }
    state.ResumeTiming();
    benchmark::DoNotOptimize(opened->append(pointers));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(append_group)->Arg(1)->Arg(16)->Arg(64)->UseRealTime()->Unit(benchmark::kMicrosecond);

constexpr std::size_t read_events = 200'000;

// One journal for both ways of reading it.
place& filled() {
  static place at;
  static bool done = [] {
    auto opened = open_rocks_journal(at.options).value();
    filler from{1};
    fill(*opened, from, read_events, event_bytes);
    return true;
  }();
  benchmark::DoNotOptimize(done);
  return at;
}

void read_and_verify(benchmark::State& state) {
  auto opened = open_rocks_journal_read_only(filled().options).value();
  auto stream = opened->streams("", 1).value().at(0);
  for (auto _ : state) {
    sequence_number next = 1;
    for (bool more = true; more;) {
      auto page = opened->read(stream, next, page_events).value();
      next += page.size();
      more = page.size() == page_events;
    }
    if (next != read_events + 1) {
      state.SkipWithError("events are missing");
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(read_events));
}
BENCHMARK(read_and_verify)->Unit(benchmark::kMillisecond);

void read_and_hash_only(benchmark::State& state) {
  auto store = open_store(filled().options, open_mode::read_only).value();
  for (auto _ : state) {
    std::unique_ptr<rocksdb::Iterator> it{store->db->NewIterator({}, store->events)};
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      auto value = it->value().ToStringView();
      if (value.size() < 2 * digest_bytes) {
        continue;  // the column's own count
      }
      auto hash = chain_hash(digest_at(value, 0), value.substr(2 * digest_bytes));
      benchmark::DoNotOptimize(hash);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(read_events));
}
BENCHMARK(read_and_hash_only)->Unit(benchmark::kMillisecond);

void open_a_million_events(benchmark::State& state) {
  place at;
  {
    auto opened = open_rocks_journal(at.options).value();
    filler from{10'000};
    fill(*opened, from, 1'000'000, 120);
  }
  for (auto _ : state) {
    auto opened = open_rocks_journal(at.options);
    if (!opened) {
      state.SkipWithError(opened.error().text().c_str());
    }
  }
}
BENCHMARK(open_a_million_events)->Unit(benchmark::kMillisecond)->Iterations(3)->UseRealTime();

void verify_a_journal(benchmark::State& state) {
  for (auto _ : state) {
    if (!verify(filled().options).faults.empty()) {
      state.SkipWithError("faults");
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(read_events));
}
BENCHMARK(verify_a_journal)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace

BENCHMARK_MAIN();
