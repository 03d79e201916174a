// One setting's value: from text or TOML into its member, and back to text. What a value may be
// is decided by the member's type and the row's bounds, nowhere else.
//
// A secret enters a member and leaves only as a count.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "app/settings_table.hpp"
#include "domain/overloaded.hpp"

namespace bursar::app {

namespace {

using domain::overloaded;

constexpr std::array<std::pair<log::level, std::string_view>, 4> level_names{
  {{log::level::debug, "debug"},
   {log::level::info, "info"},
   {log::level::warning, "warning"},
   {log::level::error, "error"}}};
constexpr std::array<std::pair<log::format, std::string_view>, 2> format_names{
  {{log::format::text, "text"}, {log::format::json, "json"}}};

template <class Names>
auto named(const Names& names, std::string_view text) {
  auto found = std::ranges::find(names, text, &Names::value_type::second);
  return found == names.end() ? std::nullopt : std::optional{found->first};
}

template <class Names, class Value>
std::string_view name_of(const Names& names, Value value) {
  return std::ranges::find(names, value, &Names::value_type::first)->second;
}

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out + '"';
}

template <class List, class Text>
std::string list_text(const List& list, Text text) {
  std::string out = "[";
  for (const auto& entry : list)
    out += (out.size() > 1 ? ", " : "") + text(entry);
  return out + "]";
}

std::string secrets_text(std::size_t count, std::string_view none) {
  return count == 0 ? std::string{none} : fmt::format("({} set, not shown)", count);
}

// -- reading ---

std::optional<std::int64_t> good_number(const setting_row& row, const raw_scalar& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  if (!number || *number < row.lowest || *number > row.highest)
    return std::nullopt;
  return *number;
}

std::optional<std::string> good_text(const setting_row& row, const raw_scalar& value) {
  const auto* text = std::get_if<std::string>(&value);
  bool has_control = text && std::ranges::any_of(*text, [](unsigned char c) { return c < 0x20; });
  if (!text || has_control || (row.acceptable && !row.acceptable(*text)))
    return std::nullopt;
  return *text;
}

template <class T, class Good>
bool assign_scalar(T& target, const raw_value& value, Good good) {
  const auto* scalar = std::get_if<raw_scalar>(&value);
  if (!scalar)
    return false;
  auto checked = good(*scalar);
  if (!checked)
    return false;
  target = T{std::move(*checked)};
  return true;
}

template <class T, class Good>
bool assign_list(const setting_row& row, std::vector<T>& target, const raw_value& value,
                 Good good) {
  const auto* list = std::get_if<std::vector<raw_scalar>>(&value);
  if (!list || list->size() < row.entries_min || list->size() > row.entries_max)
    return false;
  std::vector<T> entries;
  for (const auto& entry : *list) {
    auto checked = good(entry);
    if (!checked)
      return false;
    entries.push_back(T{std::move(*checked)});
  }
  target = std::move(entries);
  return true;
}

std::string number_expectation(const setting_row& row) {
  return fmt::format("from {} to {}", row.lowest, row.highest);
}

std::string text_expectation(const setting_row& row, std::string_view noun) {
  return row.acceptable ? fmt::format("{}: {}", noun, row.acceptable_text) : std::string{noun};
}

std::string list_expectation(const setting_row& row) {
  return row.entries_min == 0 ? fmt::format("a list of at most {}", row.entries_max)
                              : fmt::format("a list of {} to {}", row.entries_min, row.entries_max);
}

}  // namespace

std::string environment_name(const setting_row& row) {
  std::string name = fmt::format("BURSAR_{}_{}", row.section, row.key);
  for (char& c : name)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

std::string expectation(const setting_row& row) {
  return std::visit(
    overloaded{
      [](member<bool>) -> std::string { return "true or false"; },
      [&](member<std::int64_t>) { return "an integer " + number_expectation(row); },
      [&](member<std::string>) { return text_expectation(row, "a string"); },
      [](member<endpoint>) -> std::string {
        return "an address and a port, as in \"127.0.0.1:3401\" or \"[::]:3401\"";
      },
      [](member<log::level>) -> std::string { return R"("debug", "info", "warning" or "error")"; },
      [](member<log::format>) -> std::string { return R"("text" or "json")"; },
      [&](member<secret<std::string>>) { return text_expectation(row, "a string"); },
      [&](member<std::vector<std::int64_t>>) {
        return list_expectation(row) + " integers " + number_expectation(row);
      },
      [&](member<std::vector<std::string>>) {
        return text_expectation(row, list_expectation(row) + " strings");
      },
      [&](member<std::vector<secret<std::string>>>) {
        return text_expectation(row, list_expectation(row) + " strings");
      }},
    row.where);
}

std::string value_text(const setting_row& row, settings& values) {
  return std::visit(
    overloaded{[&](member<bool> m) -> std::string { return m(values) ? "true" : "false"; },
               [&](member<std::int64_t> m) { return std::to_string(m(values)); },
               [&](member<std::string> m) { return toml_text(m(values)); },
               [&](member<endpoint> m) { return toml_text(to_string(m(values))); },
               [&](member<log::level> m) { return toml_text(name_of(level_names, m(values))); },
               [&](member<log::format> m) { return toml_text(name_of(format_names, m(values))); },
               [&](member<secret<std::string>> m) {
                 return secrets_text(m(values).reveal().empty() ? 0 : 1, R"("")");
               },
               [&](member<std::vector<std::int64_t>> m) {
                 return list_text(m(values), [](std::int64_t n) { return std::to_string(n); });
               },
               [&](member<std::vector<std::string>> m) { return list_text(m(values), toml_text); },
               [&](member<std::vector<secret<std::string>>> m) {
                 return secrets_text(m(values).size(), "[]");
               }},
    row.where);
}

bool assign(const setting_row& row, const raw_value& value, settings& values) {
  auto number = [&](const raw_scalar& v) { return good_number(row, v); };
  auto text = [&](const raw_scalar& v) { return good_text(row, v); };
  auto flag = [](const raw_scalar& v) {
    const auto* given = std::get_if<bool>(&v);
    return given ? std::optional{*given} : std::nullopt;
  };
  auto place = [&](const raw_scalar& v) {
    auto given = good_text(row, v);
    return given ? parse_endpoint(*given) : std::nullopt;
  };
  auto one_of = [&](const auto& names) {
    return [&](const raw_scalar& v) { return named(names, good_text(row, v).value_or("")); };
  };
  return std::visit(
    overloaded{
      [&](member<bool> m) { return assign_scalar(m(values), value, flag); },
      [&](member<std::int64_t> m) { return assign_scalar(m(values), value, number); },
      [&](member<std::string> m) { return assign_scalar(m(values), value, text); },
      [&](member<endpoint> m) { return assign_scalar(m(values), value, place); },
      [&](member<log::level> m) { return assign_scalar(m(values), value, one_of(level_names)); },
      [&](member<log::format> m) { return assign_scalar(m(values), value, one_of(format_names)); },
      [&](member<secret<std::string>> m) { return assign_scalar(m(values), value, text); },
      [&](member<std::vector<std::int64_t>> m) {
        return assign_list(row, m(values), value, number);
      },
      [&](member<std::vector<std::string>> m) { return assign_list(row, m(values), value, text); },
      [&](member<std::vector<secret<std::string>>> m) {
        return assign_list(row, m(values), value, text);
      }},
    row.where);
}

namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

// What is not a number or a flag stays a text, and assign() then says what it should have been.
raw_scalar as_number(std::string_view text) {
  std::int64_t number = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size())
    return std::string{text};
  return number;
}

raw_scalar as_flag(std::string_view text) {
  if (text == "true" || text == "false")
    return text == "true";
  return std::string{text};
}

raw_scalar as_text(std::string_view text) {
  return std::string{text};
}

// "a, b" are two entries; an empty text is one empty entry, so that a variable that is set but
// empty is refused where entries may not be empty.
std::vector<raw_scalar> as_list(std::string_view text, raw_scalar (*one)(std::string_view)) {
  std::vector<raw_scalar> list;
  for (;;) {
    auto comma = text.find(',');
    list.push_back(one(trimmed(text.substr(0, comma))));
    if (comma == std::string_view::npos)
      return list;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

raw_value parse_text(const setting_row& row, std::string_view text) {
  return std::visit(
    overloaded{
      [&](member<bool>) -> raw_value { return as_flag(text); },
      [&](member<std::int64_t>) -> raw_value { return as_number(text); },
      [&](member<std::vector<std::int64_t>>) -> raw_value { return as_list(text, as_number); },
      [&](member<std::vector<std::string>>) -> raw_value { return as_list(text, as_text); },
      [&](member<std::vector<secret<std::string>>>) -> raw_value { return as_list(text, as_text); },
      [&](auto) -> raw_value { return as_text(text); }},
    row.where);
}

}  // namespace bursar::app
