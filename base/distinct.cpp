#include "base/distinct.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "base/digest.hpp"

namespace bursar {
namespace {

constexpr int index_bits = 12;
constexpr std::size_t register_count = 1U << index_bits;
constexpr int hash_bits = 63;
constexpr int rank_max = hash_bits - index_bits + 1;  // 52: '0' + 52 is 'd'
constexpr char none = '0';

void raise(std::string& registers, std::int64_t hash) {
  auto bits = static_cast<std::uint64_t>(hash) << 1;
  auto index = static_cast<std::size_t>(bits >> (64 - index_bits));
  auto rest = bits << index_bits;
  int rank = std::min(std::countl_zero(rest) + 1, rank_max);
  registers[index] = std::max(registers[index], static_cast<char>(none + rank));
}

void estimate_from_now_on(distinct_values& x) {
  if (x.registers.empty()) {
    x.registers.assign(register_count, none);
  }
  for (auto hash : x.exact) {
    raise(x.registers, hash);
  }
  x.exact = {};
}

double sigma(double x) {
  double y = 1, out = x, before = 0;
  do {
    x *= x;
    before = out;
    out += x * y;
    y += y;
  } while (out != before);
  return out;
}

double tau(double x) {
  if (x == 0 || x == 1) {
    return 0;
  }
  double y = 1, out = 1 - x, before = 0;
  do {
    x = std::sqrt(x);
    before = out;
    y /= 2;
    out -= (1 - x) * (1 - x) * y;
  } while (out != before);
  return out / 3;
}

std::int64_t estimate(const std::string& registers) {
  std::array<int, rank_max + 1> having{};
  for (char c : registers) {
    ++having[static_cast<std::size_t>(c - none)];
  }
  const double m = register_count;
  double z = m * tau(1 - having[rank_max] / m);
  for (int k = rank_max - 1; k >= 1; --k) {
    z = 0.5 * (z + having[static_cast<std::size_t>(k)]);
  }
  if (having[0] == static_cast<int>(register_count)) {
    return 0;
  }
  z += m * sigma(having[0] / m);
  return std::llround(m * m / (2 * std::log(2.0)) / z);
}

}  // namespace

std::int64_t distinct_hash(std::string_view value) {
  auto digest = sha256(value);
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    out = out << 8 | digest[i];
  }
  return static_cast<std::int64_t>(out >> 1);
}

void add(distinct_values& to, std::int64_t hash) {
  if (!to.registers.empty()) {
    raise(to.registers, hash);
    return;
  }
  auto at = std::lower_bound(to.exact.begin(), to.exact.end(), hash);
  if (at != to.exact.end() && *at == hash) {
    return;
  }
  to.exact.insert(at, hash);
  if (to.exact.size() > distinct_exact_max) {
    estimate_from_now_on(to);
  }
}

void merge(distinct_values& to, const distinct_values& from) {
  for (auto x : from.exact) {
    add(to, x);
  }
  if (from.registers.empty()) {
    return;
  }
  estimate_from_now_on(to);
  for (std::size_t i = 0; i < register_count; ++i) {
    to.registers[i] = std::max(to.registers[i], from.registers[i]);
  }
}

std::int64_t count_of(const distinct_values& x) {
  return x.registers.empty() ? static_cast<std::int64_t>(x.exact.size()) : estimate(x.registers);
}

}  // namespace bursar
