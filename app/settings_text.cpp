// Settings as text for people: the default file and what `bursar config check` prints. Both go
// through the table, so what they say is what reading does.
#include <fmt/format.h>

#include "app/settings_table.hpp"

namespace bursar::app {

namespace {

constexpr std::string_view introduction = R"(
# Bursar's settings. Every line that starts with one `#` is a setting at its default: take the `#`
# away to change it. `bursar config check` says what is in force and where it comes from.
#
# A setting can also stand in the environment, as BURSAR_<SECTION>_<KEY> (lists separated by
# commas), which wins over this file; the command line wins over both. This text is made from the
# program's own table: `bursar config defaults` prints it.
)";

}  // namespace

std::string default_settings_file() {
  settings defaults;
  std::string out{introduction.substr(1)};  // without the line break after R"(
  std::string_view section;
  for (const auto& row : settings_table()) {
    if (row.section != section)
      out += fmt::format("\n[{}]\n", row.section);
    section = row.section;
    out += fmt::format("## {}\n## {}", row.meaning, expectation(row));
    if (!row.environment_alias.empty())
      out += fmt::format("; also {}", row.environment_alias);
    out += fmt::format("\n# {} = {}\n", row.key, value_text(row, defaults));
  }
  return out;
}

std::string describe_settings(const settings& values) {
  settings copy = values;
  std::string out;
  std::string_view section;
  for (const auto& row : settings_table()) {
    if (row.section != section)
      out += fmt::format("{}[{}]\n", section.empty() ? "" : "\n", row.section);
    section = row.section;
    auto origin = values.origins.find(fmt::format("{}.{}", row.section, row.key));
    auto line = fmt::format("{} = {}", row.key, value_text(row, copy));
    out += fmt::format("{:<55} # {}\n", line,
                       origin == values.origins.end() ? "default" : origin->second);
  }
  return out;
}

}  // namespace bursar::app
