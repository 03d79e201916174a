// Organizations without HTTP: the node on a real journal. Prints one line of JSON per measurement.
//   node_bench hot|wake|memory|fill DIRECTORY
#include <algorithm>
#include <cstdio>
#include <thread>

#include <malloc.h>

#include "bench/bench_node.hpp"

namespace {

using namespace bursar;
using namespace bursar::bench;

domain::command renaming(std::size_t number) {
  domain::update_organization out;
  out.name = "Bench " + std::to_string(number);
  return out;
}

void hot(const std::string& directory) {
  constexpr std::size_t commands = 200'000;
  bench_node on{directory};
  on.ask(0, creation(0), "", expect);
  on.wait();
  auto start = steady::now();
  for (std::size_t i = 0; i < commands; ++i) {
    on.ask(0, renaming(i), "key-" + std::to_string(i), expect);
  }
  on.wait();
  auto took = seconds_since(start);
  std::printf(R"({"name":"hot","commands":%zu,"per_second":%.0f})"
              "\n",
              commands, static_cast<double>(commands) / took);
}

// `organizations` × `events`, through the same commands as ever.
void fill(const std::string& directory, std::size_t organizations, std::size_t events) {
  bench_node on{directory};
  on.outstanding_max(4096);
  for (std::size_t i = 0; i < organizations; ++i) {
    on.ask(i, creation(i), "", expect);
  }
  on.wait();
  for (std::size_t n = 1; n < events; ++n) {
    for (std::size_t i = 0; i < organizations; ++i) {
      on.ask(i, renaming(n), "", expect);
    }
  }
  on.wait();
}

void wake(const std::string& directory) {
  constexpr std::size_t organizations = 1000;
  bench_node on{directory};
  std::vector<double> took;
  for (std::size_t i = 0; i < organizations; ++i) {
    auto start = steady::now();
    on.ask(i, schemas::view::organization, "", [&took, start](const actors::outcome& what) {
      expect(what);
      took.push_back(seconds_since(start) * 1000);
    });
    on.wait();
  }
  std::sort(took.begin(), took.end());
  std::printf(R"({"name":"wake","organizations":%zu,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f})"
              "\n",
              organizations, took[organizations / 2], took[organizations * 99 / 100], took.back());
}

std::size_t allocated() {
  malloc_trim(0);
  auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

void memory(const std::string& directory) {
  constexpr std::size_t organizations = 20'000;
  {
    bench_node on{directory};
    for (std::size_t i = 0; i < organizations; ++i) {
      on.ask(i, creation(i), "", expect);
    }
    on.wait();
  }
  bench_node on{directory, std::chrono::milliseconds{4000}};
  // One round awake and asleep again, so that caches and pools are as they stay.
  std::size_t data = 0;
  std::mutex guard;
  auto wake_all = [&on, &data, &guard] {
    data = 0;
    for (std::size_t i = 0; i < organizations; ++i) {
      on.ask(i, schemas::view::state, "", [&data, &guard](const actors::outcome& what) {
        expect(what);
        std::lock_guard hold{guard};
        data += what.body.size();
      });
    }
    on.wait();
  };
  auto& awake = on.node().shared().counts.organizations_awake;
  auto sleep_all = [&awake] {
    while (awake.load() > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
  };
  wake_all();
  sleep_all();
  auto asleep = allocated();
  wake_all();
  auto all_awake = allocated();
  auto count = awake.load();
  sleep_all();
  auto again = allocated();
  auto per = [](std::size_t a, std::size_t b, std::int64_t n) {
    return (static_cast<double>(a) - static_cast<double>(b)) / static_cast<double>(n);
  };
  std::printf(R"({"name":"memory","awake":%ld,"bytes_per_awake":%.0f,"state_json_bytes":%.0f,)"
              R"("bytes_per_sleeping":%.1f})"
              "\n",
              static_cast<long>(count), per(all_awake, asleep, count),
              static_cast<double>(data) / organizations, per(again, asleep, organizations));
}

}  // namespace

int main(int argc, char** argv) {
  std::string what = argc == 3 ? argv[1] : "";
  if (what == "hot") {
    hot(argv[2]);
  } else if (what == "fill") {
    fill(argv[2], 1000, 1000);
  } else if (what == "wake") {
    wake(argv[2]);
  } else if (what == "memory") {
    memory(argv[2]);
  } else {
    std::cerr << "node_bench hot|wake|memory|fill DIRECTORY\n";
    return 2;
  }
  return 0;
}
