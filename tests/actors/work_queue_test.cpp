// What waits in the journal to be done: each record is begun once at a time, what failed pauses
// without holding up the rest, and what was just made is begun without looking through all of it.
#include "actors/work_queue.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "persistence/memory_journal.hpp"
#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::actors;
using persistence::column;

namespace {

constexpr auto room = limits::work_under_way_max;

struct waiting_room {
  waiting_room() { shared.journal = journal.get(); }

  std::string make(std::size_t number) {
    std::array<char, 16> key{};
    std::snprintf(key.data(), key.size(), "work%06zu", number);
    write(key.data(), "");
    return key.data();
  }
  void make_many(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      make(i);
    }
  }
  void write(const std::string& key, std::optional<std::string> value) {
    persistence::append_request wanted;
    wanted.held = held;
    wanted.stream = "org_a";
    wanted.records.push_back({column::outbox, key, std::move(value)});
    const persistence::append_request* group[] = {&wanted};
    REQUIRE(journal->append(group).front() == persistence::append_status::acked);
  }
  // Whoever does the work takes the record away first.
  void finish(const std::string& key) {
    write(key, std::nullopt);
    queue.ended(key, true);
  }
  void finish_all() {
    while (finished < begun.size()) {
      finish(begun[finished++]);
    }
  }
  void ask() {
    queue.look(
      std::make_shared<reply_to>([this](const outcome& what) { answers.push_back(what); }));
  }

  std::unique_ptr<persistence::journal> journal = persistence::make_memory_journal();
  persistence::lease held = journal->open(0).value();
  services shared;
  std::vector<std::string> begun;
  std::size_t finished = 0;
  std::vector<outcome> answers;
  std::vector<std::optional<std::string>> passed;
  std::string due_before = "x";
  work_queue queue{shared,
                   {column::outbox, "work", [this](const std::string& x) { return x < due_before; },
                    [this](const std::string& x) { begun.push_back(x); },
                    [this](const auto& x) { passed.push_back(x); }}};
};

}  // namespace

TEST_CASE("a record is begun once, however often it is looked for", "[actors]") {
  waiting_room world;
  auto key = world.make(1);
  world.queue.look();
  world.queue.look();
  world.queue.begin({key});
  CHECK(world.begun == std::vector{key});
  world.finish_all();
  world.queue.look();
  CHECK(world.begun.size() == 1);
}

TEST_CASE("what was just made is begun without a look, and what has no room when there is some",
          "[actors]") {
  waiting_room world;
  std::vector<std::string> made;
  for (std::size_t i = 0; i < room + 3; ++i) {
    made.push_back(world.make(i));
  }
  world.queue.begin({made.front()});
  CHECK(world.begun.size() == 1);
  world.queue.begin(made);
  CHECK(world.begun.size() == room);
  world.finish_all();
  CHECK(world.begun == made);
}

TEST_CASE("what waits longer comes before what is just made", "[actors]") {
  waiting_room world;
  std::vector<std::string> first, old, fresh;
  for (std::size_t i = 0; i < room; ++i) {
    first.push_back(world.make(1'000 + i));
  }
  world.queue.begin(first);
  for (std::size_t i = 0; i < room; ++i) {
    old.push_back(world.make(i));
  }
  world.queue.look();
  for (std::size_t i = 0; i < room; ++i) {
    fresh.push_back(world.make(2'000 + i));
  }
  world.queue.begin(fresh);
  world.finish_all();
  REQUIRE(world.begun.size() >= 3 * room);
  CHECK(std::equal(old.begin(), old.end(), world.begun.begin() + room));
  CHECK(std::set<std::string>(world.begun.begin(), world.begun.end()).size() == 3 * room);
}

TEST_CASE("a look that finds no room is made up for", "[actors]") {
  waiting_room world;
  std::vector<std::string> made;
  for (std::size_t i = 0; i < room; ++i) {
    made.push_back(world.make(i));
  }
  world.queue.begin(made);
  for (std::size_t i = room; i < room + 3; ++i) {
    made.push_back(world.make(i));  // nobody names these
  }
  world.queue.look();
  world.finish_all();
  CHECK(world.begun == made);
}

TEST_CASE("what is for later is not begun, by whatever way it came", "[actors]") {
  waiting_room world;
  auto now = world.make(1), later = world.make(2);
  world.due_before = later;
  world.queue.begin({now, later});
  world.queue.look();
  CHECK(world.begun == std::vector{now});
}

TEST_CASE("a look that stopped where there was no room goes on by itself to the end", "[actors]") {
  waiting_room world;
  world.make_many(3 * room);
  world.queue.look();
  CHECK(world.begun.size() == room);
  world.finish_all();
  CHECK(world.begun.size() == 3 * room);
  CHECK(std::is_sorted(world.begun.begin(), world.begun.end()));
}

TEST_CASE("what fails pauses, and the look goes on behind it", "[actors]") {
  waiting_room world;
  world.make_many(2 * room);
  world.queue.look();
  for (std::size_t i = 0; i < room; ++i) {
    world.queue.ended(world.begun[i], false);
  }
  world.finished = room;
  world.finish_all();
  CHECK(world.begun.size() == 2 * room);
  CHECK(std::is_sorted(world.begun.begin(), world.begun.end()));
  // How long each pauses is drawn by lot; hardly one of so many may begin at once.
  world.queue.look();
  CHECK(world.begun.size() < 2 * room + room / 2);
}

TEST_CASE("whoever asks is answered when nothing is left, what came meanwhile included",
          "[actors]") {
  waiting_room world;
  auto first = world.make(2), later = world.make(9);
  world.due_before = later;
  world.ask();
  CHECK(world.answers.empty());
  auto earlier = world.make(1);  // before the one that is under way
  world.finish(first);
  CHECK(world.begun == std::vector{first, earlier});
  CHECK(world.answers.empty());
  world.finish(earlier);
  REQUIRE(world.answers.size() == 1);
  CHECK(world.answers.front().body == later);
  CHECK(world.answers.front().sequence == 2);
  world.ask();
  REQUIRE(world.answers.size() == 2);
  CHECK(world.answers.back().sequence == 0);
}

TEST_CASE("what is passed ends before what is under way, then before what is for later",
          "[actors]") {
  waiting_room world;
  auto first = world.make(1), second = world.make(2), later = world.make(9);
  world.due_before = later;
  world.queue.made(later);
  CHECK(world.passed.back() == "");  // nobody looked yet
  world.queue.look();
  CHECK(world.passed.back() == first);
  world.finish(first);
  world.queue.look();
  CHECK(world.passed.back() == second);
  world.finish(second);
  CHECK(world.passed.back() == later);
  auto sooner = world.make(5);
  world.queue.made(sooner);
  CHECK(world.passed.back() == sooner);
  world.write(sooner, std::nullopt);
  world.write(later, std::nullopt);
  world.queue.look();
  CHECK(world.passed.back() == std::nullopt);
}

TEST_CASE("a long look tells how far it came, and its end before it answers", "[actors]") {
  waiting_room world;
  world.make_many(3 * room);
  world.ask();
  for (std::size_t i = 0; i < 10; ++i) {
    world.finish(world.begun[i]);
  }
  world.queue.look();
  CHECK(world.passed.back() == world.begun[10]);
  world.finished = 10;
  std::optional<std::string> passed_then{"nothing"};
  world.queue.look(
    std::make_shared<reply_to>([&](const outcome&) { passed_then = world.passed.back(); }));
  world.finish_all();
  CHECK(passed_then == std::nullopt);
}

TEST_CASE("what failed is passed, also while it is tried again", "[actors]") {
  waiting_room world;
  auto bad = world.make(1), good = world.make(2);
  world.queue.look();
  std::size_t begun = 0;
  do {  // it may be tried again at once: the delay before that is drawn from nothing on
    begun = world.begun.size();
    world.queue.ended(bad, false);
    world.queue.look();
  } while (world.begun.size() > begun);
  CHECK(world.passed.back() == good);
  world.finish(good);
  CHECK(world.passed.back() == std::nullopt);
  world.queue.made(bad);  // its owner did something else
  CHECK(world.passed.back() == std::nullopt);
  while (world.begun.size() == begun) {
    world.queue.look();
  }
  CHECK(world.begun.back() == bad);
  CHECK(world.passed.back() == std::nullopt);
}
