// Every event there is, described: for `bursar schema` and for the test that each has its golden
// file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bursar::schemas {

struct described_event {
  std::string stream;  // organization, $catalog, $access, $inbox, $invoices
  std::string name;
  std::int64_t version = 1;
  std::vector<std::string> members;  // sorted; optional ones end in '?'
};

std::vector<described_event> described_events();
std::string render_described_events(const std::vector<described_event>& events);

}  // namespace bursar::schemas
