// One row per setting. Private to app/settings*.cpp and their test; everything that knows the
// name of a setting finds it here, so that reading and documentation cannot disagree.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/settings.hpp"

namespace bursar::app {

template <class T>
using member = T& (*)(settings&);

using setting_member
  = std::variant<member<bool>, member<std::int64_t>, member<std::string>, member<endpoint>,
                 member<log::level>, member<log::format>, member<secret<std::string>>,
                 member<std::vector<std::int64_t>>, member<std::vector<std::string>>,
                 member<std::vector<secret<std::string>>>>;

struct setting_row {
  std::string_view section;
  std::string_view key;
  setting_member where;
  std::string_view meaning;  // a sentence for the default file
  // Bounds of a number, or of each number of a list.
  std::int64_t lowest = 0;
  std::int64_t highest = std::numeric_limits<std::int64_t>::max();
  // How many entries a list may have.
  std::size_t entries_min = 0;
  std::size_t entries_max = 0;
  // Which texts are good (all, if absent), and how that is called.
  bool (*acceptable)(std::string_view) = nullptr;
  std::string_view acceptable_text = {};
  // A second name in the environment, the one Stripe's own examples use.
  std::string_view environment_alias = {};
};

std::span<const setting_row> settings_table();

// "BURSAR_STRIPE_ACCOUNT"
std::string environment_name(const setting_row& row);
// "an integer from 1 to 64", "a list of at most 16 strings of at least 24 characters"
std::string expectation(const setting_row& row);
// The value as TOML; secrets are counted, never shown.
std::string value_text(const setting_row& row, settings& values);

// A value as some source gives it, before anybody knows what it should be.
using raw_scalar = std::variant<bool, std::int64_t, std::string>;
struct raw_other {
  std::string type;  // "a date", "a table"
};
using raw_value = std::variant<raw_scalar, std::vector<raw_scalar>, raw_other>;

// Checks and assigns; false leaves `values` as it was.
bool assign(const setting_row& row, const raw_value& value, settings& values);
// A text of the environment or the command line as the row's type; lists are comma separated.
raw_value parse_text(const setting_row& row, std::string_view text);

}  // namespace bursar::app
