// How many different values there were: exact up to a bound, beyond it an estimate.
//
// A value is known by the first 63 bits of its SHA-256. Beyond the bound: HyperLogLog with 4,096
// registers (Flajolet, Fusy, Gandouet, Meunier 2007), estimated as Ertl does it ("New cardinality
// estimation algorithms for HyperLogLog sketches", 2017, algorithm 6), without bias tables. The
// standard error is 1.04/√4096 = 1.6 %.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe.hpp>

namespace bursar {

inline constexpr std::size_t distinct_exact_max = 1'024;

struct distinct_values {
  std::vector<std::int64_t> exact;  // sorted; empty once there are registers
  // A character each, '0' being none; empty while all values are known.
  std::string registers;
  friend bool operator==(const distinct_values&, const distinct_values&) = default;
};
BOOST_DESCRIBE_STRUCT(distinct_values, (), (exact, registers))

std::int64_t distinct_hash(std::string_view value);  // 63 bits: not negative
void add(distinct_values& to, std::int64_t hash);
void merge(distinct_values& to, const distinct_values& from);
std::int64_t count_of(const distinct_values& x);
inline bool is_estimated(const distinct_values& x) {
  return !x.registers.empty();
}

}  // namespace bursar
