// Readers: work that reads the journal on threads of its own.
#include "tests/actors/node_fixture.hpp"

using namespace bursar;
using namespace bursar::actors;
using namespace bursar::actors::testing;

namespace {

constexpr std::array extents{node::extent::page, node::extent::chain};

// Whether work is done, on each of the few readers, once there is room for it.
bool readers_work(actors::node& node) {
  auto done = std::make_shared<std::atomic<int>>(0);
  constexpr int pieces = 8;
  for (int i = 0; i < pieces; ++i) {
    if (!eventually([&] { return node.read(extents[i % 2], [done] { ++*done; }); })) {
      return false;
    }
  }
  return eventually([&] { return *done == pieces; });
}

}  // namespace

TEST_CASE("a reader outlives what a piece of work throws", "[actors][node]") {
  node_fixture world;
  for (int i = 0; i < 8; ++i) {
    CHECK(world.node->read(extents[i % 2],
                           [] { throw std::runtime_error{"the test wants this to fail"}; }));
  }
  CHECK(readers_work(*world.node));
}

TEST_CASE("beyond a bound no more readings are taken", "[actors][node]") {
  node_fixture world;
  std::promise<void> gate;
  auto opened = std::make_shared<std::shared_future<void>>(gate.get_future());
  std::size_t taken = 0;
  while (taken <= limits::readings_waiting_max
         && world.node->read(node::extent::chain, [opened] { opened->wait(); })) {
    ++taken;
  }
  CHECK(taken == limits::readings_waiting_max);
  // Pages have a reader and a bound of their own.
  std::promise<void> read;
  REQUIRE(world.node->read(node::extent::page, [&read] { read.set_value(); }));
  CHECK(read.get_future().wait_for(std::chrono::seconds{10}) == std::future_status::ready);
  gate.set_value();
  CHECK(readers_work(*world.node));
}
