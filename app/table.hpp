// Rows for people: columns as wide as their widest cell, on standard output. Control characters are
// shown as '?'.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::app {

using row = std::vector<std::string>;
std::string heading_of(std::string_view member);  // "amount_due": "AMOUNT DUE"
void print_table(const row& heading, std::vector<row> rows);

// A bar on standard error while it is a terminal; silent otherwise.
class progress_bar {
 public:
  explicit progress_bar(std::string label);
  ~progress_bar();
  void show(std::uint64_t done, std::uint64_t all);

 private:
  std::string label_;
  bool terminal_;
  bool shown_ = false;
};

}  // namespace bursar::app
