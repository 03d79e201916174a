// What counts as sane is decided here, once for every reader.
#include "io/stripe/json_view.hpp"

#include <algorithm>
#include <utility>

namespace bursar::io::stripe {
namespace {

constexpr std::size_t id_bytes_max = 255;
constexpr std::size_t text_bytes_max = 5'000;
constexpr std::size_t currency_bytes_max = 16;  // "usd"; stablecoins have longer names
// Stripe takes 12 digits; a thousandfold of that still sums without overflow.
constexpr std::int64_t amount_max = 999'999'999'999'999;
constexpr std::int64_t count_max = 1'000'000'000'000;
constexpr std::int64_t time_max = 253'402'300'799;  // the last second of 9999

layer member(const layer& of, std::string_view name) {
  simdjson::dom::object object;
  simdjson::dom::element found;
  if (of && of->get(object) == simdjson::SUCCESS
      && object.at_key(name).get(found) == simdjson::SUCCESS) {
    return found;
  }
  return {};
}

}  // namespace

bool is_sane_id(std::string_view id) {
  return !id.empty() && id.size() <= id_bytes_max && std::none_of(id.begin(), id.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
  });
}

void fault_note::note(std::string what) {
  if (!first_) {
    first_ = std::move(what);
  }
}

std::string json_view::path_text() const {
  if (parent_ == nullptr) {
    return std::string{name_};
  }
  return parent_->path_text() + "." + std::string{name_} + "[" + std::to_string(index_) + "]";
}

void json_view::fail(std::string_view path, std::string_view why) const {
  auto where = path_text();
  if (!where.empty() && !path.empty()) {
    where += '.';
  }
  faults_->note(where + std::string{path} + ": " + std::string{why});
}

json_view::place json_view::merge(layer base, layer over) {
  if (!over) {
    return {base, {}};
  }
  bool both_hashes = over->is_object() && base && base->is_object();
  return both_hashes ? place{base, over} : place{over, {}};
}

json_view::place json_view::step(const place& from, std::string_view name) {
  return merge(member(from.base, name), member(from.over, name));
}

// A member of something that is neither an object nor null is a fault, unless nothing is there.
json_view::place json_view::locate(std::string_view path) const {
  place at{base_, over_};
  for (std::size_t begin = 0; begin <= path.size();) {
    auto dot = std::min(path.find('.', begin), path.size());
    if (!at.base || at.base->is_null()) {
      return {};
    }
    if (!at.base->is_object()) {
      fail(path.substr(0, begin == 0 ? 0 : begin - 1), "expected an object");
      return {};
    }
    auto name = path.substr(begin, dot - begin);
    at = begin == 0 && members_ != nullptr ? merge(members_->find(name), member(over_, name))
                                           : step(at, name);
    begin = dot + 1;
  }
  return at.base && at.base->is_null() ? place{} : at;
}

bool json_view::has(std::string_view path) const {
  return find(path).has_value();
}

bool json_view::is_text(std::string_view path) const {
  auto value = find(path);
  return value && value->is_string();
}

bool json_view::list_at(std::string_view path, simdjson::dom::array& list) const {
  auto value = find(path);
  if (value && value->get(list) != simdjson::SUCCESS) {
    fail(path, "expected a list");
    return false;
  }
  return value.has_value();
}

text json_view::text_at(std::string_view path) const {
  auto value = find(path);
  std::string_view content;
  if (!value) {
    return {};
  }
  if (value->get(content) != simdjson::SUCCESS) {
    fail(path, "expected a text");
  } else if (content.size() > text_bytes_max) {
    fail(path, "longer than any text of Stripe's");
  } else {
    return std::string{content};
  }
  return {};
}

text json_view::id_at(std::string_view path) const {
  auto where = locate(path);
  if (where.base && where.base->is_object()) {  // expanded
    where = step(where, "id");
    if (!where.base) {
      fail(path, "an object without an id");
    }
  }
  const auto& value = where.base;
  std::string_view content;
  if (!value) {
    return {};
  }
  if (value->get(content) != simdjson::SUCCESS || !is_sane_id(content)) {
    fail(path, "expected an id");
    return {};
  }
  return std::string{content};
}

text json_view::customer() const {
  auto out = id_at("customer");
  return out ? out : id_at("customer_account");
}

text json_view::currency_at(std::string_view path) const {
  auto out = text_at(path);
  bool good
    = !out
      || (!out->empty() && out->size() <= currency_bytes_max
          && std::all_of(out->begin(), out->end(), [](char c) { return c >= 'a' && c <= 'z'; }));
  if (!good) {
    fail(path, "expected a currency");
    out.reset();
  }
  return out;
}

flag json_view::flag_at(std::string_view path) const {
  auto value = find(path);
  bool content = false;
  if (!value) {
    return {};
  }
  if (value->get(content) != simdjson::SUCCESS) {
    fail(path, "expected true or false");
    return {};
  }
  return content;
}

integer json_view::integer_at(std::string_view path, std::int64_t least, std::int64_t most) const {
  auto value = find(path);
  if (!value) {
    return {};
  }
  std::int64_t content = 0;
  if (value->type() == simdjson::dom::element_type::UINT64) {  // beyond 63 bits
    fail(path, "out of range");
  } else if (value->get(content) != simdjson::SUCCESS) {
    fail(path, "expected an integer");
  } else if (content < least || content > most) {
    fail(path, "out of range");
  } else {
    return content;
  }
  return {};
}

integer json_view::amount_at(std::string_view path) const {
  return integer_at(path, -amount_max, amount_max);
}

integer json_view::owed_amount_at(std::string_view path) const {
  return integer_at(path, 0, amount_max);
}

integer json_view::count_at(std::string_view path) const {
  return integer_at(path, 0, count_max);
}

integer json_view::time_at(std::string_view path) const {
  return integer_at(path, 0, time_max);
}

}  // namespace bursar::io::stripe
