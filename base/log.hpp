// The process log: one line per statement on standard error, JSON lines in production. Fields go
// in as name and value; never a body, a secret or a person's data. Callable from any thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace bursar::log {

enum class level { debug, info, warning, error };
enum class format { text, json };

struct field {
  field(std::string_view n, std::string_view v) : name{n}, value{v} {}
  field(std::string_view n, const char* v) : name{n}, value{v} {}
  field(std::string_view n, const std::string& v) : name{n}, value{v} {}
  template <class Number>
  requires std::is_arithmetic_v<Number> field(std::string_view n, Number v)
    : name{n}, value{std::to_string(v)} {}
  std::string_view name;
  std::string value;
};

void configure(level lowest, format how);
void write(level what, std::string_view message, std::initializer_list<field> fields = {});

inline void debug(std::string_view m, std::initializer_list<field> f = {}) {
  write(level::debug, m, f);
}
inline void info(std::string_view m, std::initializer_list<field> f = {}) {
  write(level::info, m, f);
}
inline void warning(std::string_view m, std::initializer_list<field> f = {}) {
  write(level::warning, m, f);
}
inline void error(std::string_view m, std::initializer_list<field> f = {}) {
  write(level::error, m, f);
}

}  // namespace bursar::log
