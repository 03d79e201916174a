#include "persistence/damaged_log.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>

#include "persistence/layout.hpp"

namespace bursar::persistence {
namespace {

constexpr std::size_t block_bytes = 32'768;
constexpr std::size_t header_bytes = 7;
constexpr std::size_t batch_header_bytes = 12;
constexpr std::size_t events_column = 1;  // the first after the default one: rocks_store.cpp

struct batch {
  std::string bytes;
  bool whole = true;  // framed as it should be, to its end
};

std::size_t little_endian_16(std::string_view bytes) {
  return static_cast<unsigned char>(bytes[0]) + 256 * static_cast<unsigned char>(bytes[1]);
}

// What the records of a log carry; where the framing breaks, it goes on with the next block.
std::vector<batch> batches_of(std::string_view log) {
  enum kind : char { all = 1, first = 2, middle = 3, last = 4 };
  std::vector<batch> out;
  bool open = false;
  for (std::size_t at = 0; at + header_bytes <= log.size();) {
    auto left = block_bytes - at % block_bytes;
    auto length = little_endian_16(log.substr(at + 4));
    char what = log[at + 6];
    bool framed
      = left >= header_bytes && length <= left - header_bytes && what >= all && what <= last;
    if (!framed) {
      if (open) {
        out.back().whole = false;
      }
      at += left;
      continue;
    }
    bool follows = open && (what == middle || what == last);
    if (!follows) {
      if (open) {
        out.back().whole = false;
      }
      out.push_back({{}, what == all || what == first});
    }
    auto payload = log.substr(at + header_bytes, length);
    out.back().bytes += payload;
    out.back().whole = out.back().whole && payload.size() == length;
    open = what == first || what == middle;
    at += header_bytes + length;
  }
  if (open) {
    out.back().whole = false;
  }
  return out;
}

// Reads a batch from its beginning; nothing once it makes no sense.
class entries {
 public:
  explicit entries(std::string_view batch) : rest_{batch} {
    rest_.remove_prefix(std::min(batch_header_bytes, rest_.size()));
  }

  struct entry {
    std::size_t column = 0;
    std::string_view key, value;
  };
  std::optional<entry> next() {
    if (rest_.empty()) {
      return std::nullopt;
    }
    auto tag = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    bool in_column = tag >= 0x4 && tag <= 0x6;  // deletion, value, merge of a named column
    bool has_value = tag == 0x1 || tag == 0x2 || tag == 0x5 || tag == 0x6;
    sound_ = tag <= 0x2 || in_column;
    entry out;
    out.column = in_column ? varint() : 0;
    out.key = piece();
    out.value = has_value ? piece() : std::string_view{};
    return sound_ ? std::optional{out} : std::nullopt;
  }
  bool sound() const { return sound_; }

 private:
  std::size_t varint() {
    std::size_t out = 0;
    for (unsigned shift = 0; shift < 35 && !rest_.empty(); shift += 7) {
      auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      out |= static_cast<std::size_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        return out;
      }
    }
    sound_ = false;
    return 0;
  }
  std::string_view piece() {
    auto length = varint();
    if (length > rest_.size()) {
      sound_ = false;
    }
    auto out = rest_.substr(0, length);
    rest_.remove_prefix(out.size());
    return out;
  }

  std::string_view rest_;
  bool sound_ = true;
};

// The event that the entry is, by its key; none where it is something else.
std::optional<damaged_event> event_of(const entries::entry& x) {
  auto name = parse_event_key(x.key);
  return name && x.column == events_column
           ? std::optional{damaged_event{std::move(name->stream), name->sequence}}
           : std::nullopt;
}

bool is_intact(const damaged_event& name, std::string_view value) {
  auto stored = parse_event(name.sequence, value);
  auto says
    = "\"sequence\":" + std::to_string(name.sequence) + ",\"stream\":\"" + name.stream + "\"";
  return stored && chain_hash(stored->previous, stored->json) == stored->hash
         && stored->json.find(says) != std::string::npos;
}

void look_into(const batch& from, std::set<damaged_event>& found) {
  std::vector<damaged_event> seen;
  entries all{from.bytes};
  while (auto entry = all.next()) {
    if (auto name = event_of(*entry)) {
      if (!is_intact(*name, entry->value)) {
        found.insert(*name);
      }
      seen.push_back(std::move(*name));
    }
  }
  if (!from.whole || !all.sound()) {
    found.insert(seen.begin(), seen.end());
  }
}

}  // namespace

std::vector<damaged_event> damaged_events(const std::filesystem::path& database) {
  std::set<std::filesystem::path> logs;
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator{database, ignored}) {
    if (file.path().extension() == ".log") {
      logs.insert(file.path());
    }
  }
  std::set<damaged_event> found;
  for (const auto& path : logs) {
    std::ifstream in{path, std::ios::binary};
    std::string bytes{std::istreambuf_iterator<char>{in}, {}};
    for (const auto& one : batches_of(bytes)) {
      look_into(one, found);
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace bursar::persistence
