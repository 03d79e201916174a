// Reading the settings: the file, then the environment, then the command line, and every fault of
// all of them in one answer, so that a person corrects a file once and not five times.
//
// A value that is refused is never repeated in the message: it may be a secret.
#include "app/settings.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <toml++/toml.h>

#include "app/settings_table.hpp"

extern "C" char** environ;

namespace bursar::app {

namespace {

constexpr std::size_t file_bytes_max = 1024 * 1024;

// What the environment may hold beside settings: names of tools, and what Kubernetes puts there
// for a service called bursar-admin or the like.
bool is_of_others(std::string_view name) {
  return name == "BURSAR_ADMIN_KEY" || name.ends_with("_PORT")
         || name.find("_PORT_") != std::string_view::npos
         || name.find("_SERVICE_") != std::string_view::npos;
}

const setting_row* find_row(std::string_view section, std::string_view key) {
  auto table = settings_table();
  auto found = std::ranges::find_if(
    table, [&](const setting_row& row) { return row.section == section && row.key == key; });
  return found == table.end() ? nullptr : &*found;
}

bool is_section(std::string_view name) {
  return std::ranges::any_of(settings_table(),
                             [&](const setting_row& row) { return row.section == name; });
}

std::string known_sections() {
  std::string names;
  std::string_view last;
  for (const auto& row : settings_table()) {
    if (row.section != last)
      names += (names.empty() ? "" : ", ") + std::string{row.section};
    last = row.section;
  }
  return names;
}

std::string known_keys(std::string_view section) {
  std::string names;
  for (const auto& row : settings_table())
    if (row.section == section)
      names += (names.empty() ? "" : ", ") + std::string{row.key};
  return names;
}

std::string upper_case(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

// Collects values and faults of all sources.
class reading {
 public:
  void fault(std::string pointer, std::string_view place, std::string_view message) {
    faults_.push_back({std::move(pointer), fmt::format("{}: {}", place, message)});
  }

  void set(const setting_row& row, const raw_value& value, std::string_view place) {
    auto name = fmt::format("{}.{}", row.section, row.key);
    if (!assign(row, value, values_))
      return fault(fmt::format("/{}/{}", row.section, row.key), place,
                   fmt::format("{}: expected {}", name, expectation(row)));
    values_.origins[name] = place;
  }

  // What no single value shows.
  void check_together() {
    if (values_.server.tls_certificate.empty() != values_.server.tls_private_key.empty())
      fault("/server/tls_private_key", "settings",
            "server.tls_certificate and server.tls_private_key: expected both or neither");
    if (values_.limits.requests_burst < values_.limits.requests_per_second)
      fault("/limits/requests_burst", "settings",
            "limits.requests_burst: expected at least limits.requests_per_second");
  }

  result<settings> finish() {
    if (faults_.empty())
      return std::move(values_);
    std::string lines;
    for (const auto& one : faults_)
      lines += (lines.empty() ? "" : "\n") + one.message;
    return error{errc::invalid_parameter, std::move(lines), std::move(faults_)};
  }

 private:
  settings values_;
  std::vector<field_error> faults_;
};

// -- the file ---

std::string place_in(const std::filesystem::path& file, const toml::source_region& where) {
  return fmt::format("{}:{}:{}", file.string(), where.begin.line, where.begin.column);
}

std::string type_name(const toml::node& node) {
  std::ostringstream out;
  out << node.type();
  return out.str();
}

std::optional<raw_scalar> to_scalar(const toml::node& node) {
  if (const auto* flag = node.as_boolean())
    return flag->get();
  if (const auto* number = node.as_integer())
    return number->get();
  if (const auto* text = node.as_string())
    return text->get();
  return std::nullopt;
}

raw_value to_raw(const toml::node& node) {
  if (auto scalar = to_scalar(node))
    return *scalar;
  const auto* array = node.as_array();
  if (!array)
    return raw_other{type_name(node)};
  std::vector<raw_scalar> list;
  for (const auto& entry : *array) {
    auto scalar = to_scalar(entry);
    if (!scalar)
      return raw_other{type_name(entry)};
    list.push_back(*scalar);
  }
  return list;
}

void read_section(reading& into, const std::filesystem::path& file, std::string_view section,
                  const toml::table& table) {
  for (const auto& [key, node] : table) {
    if (const auto* row = find_row(section, key.str()))
      into.set(*row, to_raw(node), place_in(file, node.source()));
    else
      into.fault(fmt::format("/{}/{}", section, key.str()), place_in(file, key.source()),
                 fmt::format("no such setting `{}` in [{}]; it knows {}", key.str(), section,
                             known_keys(section)));
  }
}

void read_tables(reading& into, const std::filesystem::path& file, const toml::table& root) {
  for (const auto& [key, node] : root) {
    auto place = place_in(file, key.source());
    auto pointer = fmt::format("/{}", key.str());
    if (!is_section(key.str()))
      into.fault(pointer, place,
                 fmt::format("no such section `{}`; there are {}", key.str(), known_sections()));
    else if (const auto* table = node.as_table())
      read_section(into, file, key.str(), *table);
    else
      into.fault(pointer, place, fmt::format("expected a table [{}]", key.str()));
  }
}

result<std::string> read_text(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::string text;
  if (in.is_open()) {
    text.resize(file_bytes_max + 1);
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
  }
  if (!in.is_open() || in.bad() || std::filesystem::is_directory(file))
    return error{errc::io_error, fmt::format("{}: cannot be read", file.string())};
  if (text.size() > file_bytes_max)
    return error{errc::io_error,
                 fmt::format("{}: larger than {} bytes", file.string(), file_bytes_max)};
  return text;
}

// A file with a syntax error is one fault; nothing after the error can be told.
result<void> read_file(reading& into, const std::filesystem::path& file) {
  auto text = read_text(file);
  if (!text)
    return text.error();
  try {
    read_tables(into, file, toml::parse(*text, file.string()));
  } catch (const toml::parse_error& problem) {
    into.fault("", place_in(file, problem.source()),
               fmt::format("not TOML: {}", problem.description()));
  }
  return {};
}

// -- environment and command line ---

void read_environment(reading& into, const settings_sources& sources) {
  auto value_of = [&](std::string_view name) -> const std::string* {
    auto found
      = std::ranges::find(sources.environment, name, &std::pair<std::string, std::string>::first);
    return found == sources.environment.end() ? nullptr : &found->second;
  };
  std::vector<std::string> known;
  for (const auto& row : settings_table()) {
    known.push_back(environment_name(row));
    for (std::string_view name : {row.environment_alias, std::string_view{known.back()}})
      if (const auto* value = name.empty() ? nullptr : value_of(name))
        into.set(row, parse_text(row, *value), fmt::format("environment {}", name));
  }
  // A misspelt setting would be silently without effect; a name that only starts like a program of
  // ours is none of our business.
  for (const auto& [name, value] : sources.environment) {
    if (std::ranges::find(known, name) != known.end() || is_of_others(name))
      continue;
    for (std::string_view last; const auto& row : settings_table()) {
      if (row.section != last && name.starts_with("BURSAR_" + upper_case(row.section) + "_"))
        into.fault(
          "", "environment " + name,
          fmt::format("no such setting; [{}] knows {}", row.section, known_keys(row.section)));
      last = row.section;
    }
  }
}

void read_override(reading& into, std::string_view text) {
  auto equals = text.find('=');
  auto name = text.substr(0, equals);
  auto dot = name.find('.');
  if (equals == std::string_view::npos || dot == std::string_view::npos)
    return into.fault("", "command line", "expected section.key=value");
  auto section = name.substr(0, dot);
  if (const auto* row = find_row(section, name.substr(dot + 1)))
    return into.set(*row, parse_text(*row, text.substr(equals + 1)), "command line");
  into.fault(
    "", "command line",
    is_section(section)
      ? fmt::format("no such setting `{}`; [{}] knows {}", name, section, known_keys(section))
      : fmt::format("no such section `{}`; there are {}", section, known_sections()));
}

}  // namespace

// -- endpoints ---

std::optional<endpoint> parse_endpoint(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return std::nullopt;
  std::string address{text.substr(0, colon)};
  auto digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (problem != std::errc{} || end != digits.data() + digits.size())
    return std::nullopt;
  if (address == "localhost")
    address = "127.0.0.1";
  bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (bracketed)
    address = address.substr(1, address.size() - 2);
  in6_addr parsed{};
  if (inet_pton(bracketed ? AF_INET6 : AF_INET, address.c_str(), &parsed) != 1)
    return std::nullopt;
  return endpoint{std::move(address), port};
}

std::string to_string(const endpoint& where) {
  bool is_v6 = where.address.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]:{}", where.address, where.port)
               : fmt::format("{}:{}", where.address, where.port);
}

bool is_loopback(const endpoint& where) {
  in6_addr v6{};
  if (inet_pton(AF_INET6, where.address.c_str(), &v6) == 1)
    return IN6_IS_ADDR_LOOPBACK(&v6);
  return where.address.starts_with("127.");
}

// -- settings ---

std::vector<std::chrono::seconds> settings::parked_retry_delays() const {
  std::vector<std::chrono::seconds> delays;
  const auto& given = webhooks.parked_retry_seconds;
  for (std::int64_t i = 0; i < webhooks.parked_attempts_max; ++i)
    delays.emplace_back(given[std::min(static_cast<std::size_t>(i), given.size() - 1)]);
  return delays;
}

std::vector<std::pair<std::string, std::string>> environment_of_process() {
  std::vector<std::pair<std::string, std::string>> found;
  for (char** entry = environ; *entry; ++entry) {
    std::string_view text{*entry};
    auto equals = text.find('=');
    if (equals != std::string_view::npos
        && (text.starts_with("BURSAR_") || text.starts_with("STRIPE_")))
      found.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return found;
}

result<settings> read_settings(const settings_sources& sources) {
  reading into;
  if (sources.file)
    if (auto done = read_file(into, *sources.file); !done)
      return done.error();
  read_environment(into, sources);
  for (const auto& text : sources.overrides)
    read_override(into, text);
  into.check_together();
  return into.finish();
}

}  // namespace bursar::app
