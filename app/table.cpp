#include "app/table.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>

#include <unistd.h>

namespace bursar::app {
namespace {

// Characters, not bytes, so that names in any script line up.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
    std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

// A cell may hold what a stranger wrote: no control character of it reaches the terminal. U+0080 to
// U+009F, which are such too, begin with the byte C2.
std::string shown(const std::string& cell) {
  std::string out;
  for (std::size_t i = 0; i < cell.size(); ++i) {
    auto c = static_cast<unsigned char>(cell[i]);
    auto next = i + 1 < cell.size() ? static_cast<unsigned char>(cell[i + 1]) : 0U;
    bool two_bytes = c == 0xc2 && next >= 0x80 && next < 0xa0;
    bool control = c < 0x20 || c == 0x7f || two_bytes;
    out += control ? '?' : cell[i];
    i += two_bytes ? 1 : 0;
  }
  return out;
}

}  // namespace

std::string heading_of(std::string_view member) {
  std::string out;
  for (char c : member) {
    out += c == '_' ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

void print_table(const row& heading, std::vector<row> rows) {
  for (auto& line : rows) {
    std::transform(line.begin(), line.end(), line.begin(), shown);
  }
  std::vector<std::size_t> widths;
  for (const auto& cell : heading) {
    widths.push_back(width(cell));
  }
  for (const auto& line : rows) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], width(line[i]));
    }
  }
  auto print = [&](const row& line) {
    std::string out;
    for (std::size_t i = 0; i < line.size(); ++i) {
      out += line[i];
      if (i + 1 < line.size()) {
        out.append(widths[i] - width(line[i]) + 2, ' ');
      }
    }
    std::printf("%s\n", out.c_str());
  };
  print(heading);
  for (const auto& line : rows) {
    print(line);
  }
}

progress_bar::progress_bar(std::string label)
  : label_{std::move(label)}, terminal_{::isatty(STDERR_FILENO) == 1} {}

progress_bar::~progress_bar() {
  if (shown_) {
    std::fprintf(stderr, "\n");
  }
}

void progress_bar::show(std::uint64_t done, std::uint64_t all) {
  if (!terminal_ || all == 0) {
    return;
  }
  constexpr std::uint64_t cells = 40;
  auto filled = std::min(cells, done * cells / all);
  std::string bar(filled, '#');
  bar.resize(cells, '.');
  std::fprintf(stderr, "\r%s [%s] %llu/%llu", label_.c_str(), bar.c_str(),
               static_cast<unsigned long long>(done), static_cast<unsigned long long>(all));
  std::fflush(stderr);
  shown_ = true;
}

}  // namespace bursar::app
