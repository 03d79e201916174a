#include "base/log.hpp"

#include <atomic>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/time.hpp"

namespace bursar::log {
namespace {

std::atomic<format> current_format{format::text};

spdlog::logger& sink() {
  static const auto logger = [] {
    auto made = spdlog::stderr_logger_mt("bursar");
    made->set_pattern("%v");
    made->set_level(spdlog::level::debug);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

std::atomic<level> lowest_level{level::info};

std::string_view name_of(level what) {
  switch (what) {
    case level::debug: return "debug";
    case level::info: return "info";
    case level::warning: return "warning";
    case level::error: return "error";
  }
  return "error";
}

void append_quoted(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string as_json(level what, std::string_view message, std::initializer_list<field> fields) {
  std::string line = "{\"time\":\"" + format_rfc3339(system_wall_clock{}.now()) + "\",\"level\":\"";
  line += name_of(what);
  line += "\",\"message\":";
  append_quoted(line, message);
  for (const auto& item : fields) {
    line += ',';
    append_quoted(line, item.name);
    line += ':';
    append_quoted(line, item.value);
  }
  return line + "}";
}

std::string as_text(level what, std::string_view message, std::initializer_list<field> fields) {
  std::string line = format_rfc3339(system_wall_clock{}.now());
  line += ' ';
  line += name_of(what);
  line += ' ';
  line += message;
  for (const auto& item : fields) {
    line += ' ';
    line += item.name;
    line += '=';
    append_quoted(line, item.value);
  }
  return line;
}

}  // namespace

void configure(level lowest, format how) {
  lowest_level = lowest;
  current_format = how;
}

void write(level what, std::string_view message, std::initializer_list<field> fields) {
  if (what < lowest_level.load()) {
    return;
  }
  auto line = current_format.load() == format::json ? as_json(what, message, fields)
                                                    : as_text(what, message, fields);
  sink().log(spdlog::level::info, line);
}

}  // namespace bursar::log
