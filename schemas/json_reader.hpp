// The one JSON reader: any described struct, out of a strictly parsed document. Included only by
// .cpp files (simdjson). The first fault ends the reading and names its JSON pointer. An absent or
// null optional is empty; an absent required member is a fault.
// Longer than the rule: one overload per kind of value, and they call each other.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "base/error.hpp"
#include "schemas/json_writer.hpp"

namespace bursar::schemas {

enum class unknown_members { refuse, ignore };
// Members a struct gives a default may be absent in a request; never in what Bursar wrote itself.
enum class absent_members { refuse, keep_default };

struct json_reader {
  unknown_members unknown = unknown_members::refuse;
  absent_members absent = absent_members::refuse;
  std::string path;
  errc code = errc::none;
  std::string message;

  using element = simdjson::dom::element;

  bool fail(errc why, std::string text) {
    if (code == errc::none) {
      code = why;
      message = std::move(text);
    }
    return false;
  }
  bool expected(const char* what) {
    return fail(errc::invalid_parameter, std::string{"must be "} + what);
  }
  error problem() const {
    return {code, "the document is not as expected", {{path.empty() ? "/" : path, message}}};
  }

  bool read(element from, bool& to) {
    return from.get(to) == simdjson::SUCCESS || expected("true or false");
  }
  bool read(element from, std::int64_t& to) {
    return from.get(to) == simdjson::SUCCESS || expected("an integer");
  }
  bool read(element from, std::uint64_t& to) {
    return from.get(to) == simdjson::SUCCESS || expected("a positive integer");
  }
  bool read(element from, std::string& to) {
    std::string_view text;
    if (from.get(text) != simdjson::SUCCESS) {
      return expected("a string");
    }
    to = text;
    return true;
  }
  bool read(element from, timestamp& to) {
    std::string_view text;
    std::optional<timestamp> parsed;
    if (from.get(text) == simdjson::SUCCESS) {
      parsed = parse_rfc3339(text);
    }
    if (!parsed) {
      return expected("an RFC 3339 time");
    }
    to = *parsed;
    return true;
  }
  bool read(element from, decimal& to) {
    std::string_view text;
    if (from.get(text) != simdjson::SUCCESS) {
      return expected("a decimal number in a string");
    }
    auto parsed = parse_decimal(text);
    if (!parsed) {
      return expected("a decimal number with at most twelve decimals, as \"0.0005\"");
    }
    to = *parsed;
    return true;
  }
  bool read(element from, domain::total& to) {
    std::string_view text;
    auto parsed = from.get(text) == simdjson::SUCCESS ? domain::parse_total(text) : std::nullopt;
    to = parsed.value_or(domain::total{});
    return parsed || expected("a sum of quantities in a string");
  }
  bool read(element from, domain::scalar& to) {
    bool flag = false;
    std::int64_t number = 0;
    std::string_view text;
    if (from.get(flag) == simdjson::SUCCESS) {
      to = flag;
    } else if (from.get(number) == simdjson::SUCCESS) {
      to = number;
    } else if (from.get(text) == simdjson::SUCCESS) {
      to = std::string{text};
    } else {
      return expected("true, false, an integer or a string");
    }
    return true;
  }
  bool read(element from, element& to) {  // anything: it is read later, while the parser is
    to = from;
    return true;
  }
  bool read(element from, domain::stripe::observation& to);

  template <detail::described_enum E>
  bool read(element from, E& to) {
    std::string_view text;
    if (from.get(text) == simdjson::SUCCESS
        && boost::describe::enum_from_string(std::string{text}.c_str(), to)) {
      return true;
    }
    std::string names;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>(
      [&](auto row) { names += (names.empty() ? "" : ", ") + std::string{row.name}; });
    return fail(errc::invalid_parameter, "must be one of " + names);
  }

  template <class T>
  bool read(element from, std::optional<T>& to) {
    if (from.is_null()) {
      to.reset();
      return true;
    }
    return read(from, to.emplace());
  }

  template <class T>
  bool read(element from, std::vector<T>& to) {
    simdjson::dom::array list;
    if (from.get(list) != simdjson::SUCCESS) {
      return expected("a list");
    }
    to.clear();
    std::size_t index = 0;
    for (auto item : list) {
      if (!at(std::to_string(index++), [&] { return read(item, to.emplace_back()); })) {
        return false;
      }
    }
    return true;
  }

  template <class T>
  bool read(element from, std::set<T>& to) {
    std::vector<T> list;
    if (!read(from, list)) {
      return false;
    }
    to = {list.begin(), list.end()};
    return true;
  }

  template <class T>
  bool read(element from, std::map<std::string, T>& to) {
    simdjson::dom::object object;
    if (from.get(object) != simdjson::SUCCESS) {
      return expected("an object");
    }
    to.clear();
    for (auto [key, value] : object) {
      if (!at(key, [&, k = std::string{key}, v = value] { return read(v, to[k]); })) {
        return false;
      }
    }
    return true;
  }

  template <detail::described_struct T>
  bool read(element from, T& to) {
    simdjson::dom::object object;
    if (from.get(object) != simdjson::SUCCESS) {
      return expected("an object");
    }
    std::size_t found = 0;
    bool good = true;
    boost::mp11::mp_for_each<detail::public_members<T>>([&](auto member) {
      if (!good) {
        return;
      }
      auto& value = to.*member.pointer;
      element item;
      if (object[member.name].get(item) == simdjson::SUCCESS) {
        ++found;
        good = at(member.name, [&] { return read(item, value); });
      } else if (!detail::is_optional<
                   std::decay_t<decltype(value)>> && absent == absent_members::refuse) {
        good = at(member.name, [&] { return fail(errc::invalid_parameter, "is required"); });
      }
    });
    if (good && unknown == unknown_members::refuse && found != object.size()) {
      return fail_unknown<T>(object);
    }
    return good;
  }

 private:
  // Reads one level deeper; the path stays where the first fault was found.
  template <class Reading>
  bool at(std::string_view name, Reading reading) {
    auto size = path.size();
    path += '/';
    path += name;
    bool good = reading();
    if (good) {
      path.resize(size);
    }
    return good;
  }

  template <class T>
  bool fail_unknown(simdjson::dom::object object) {
    for (auto [key, value] : object) {
      bool known = false;
      boost::mp11::mp_for_each<detail::public_members<T>>(
        [&, name = key](auto member) { known = known || name == member.name; });
      if (!known) {
        return at(key, [&] { return fail(errc::unknown_field, "is not known here"); });
      }
    }
    return true;
  }
};

inline bool json_reader::read(element from, domain::stripe::observation& to) {
  simdjson::dom::object object;
  std::string_view kind;
  element after;
  if (from.get(object) != simdjson::SUCCESS || object["kind"].get(kind) != simdjson::SUCCESS
      || object["after"].get(after) != simdjson::SUCCESS) {
    return expected("an object with kind and after");
  }
  element id;
  if (object["id"].get(id) != simdjson::SUCCESS || !read(id, to.id)) {
    return expected("an object with an id");
  }
  element before;
  bool has_before = object["before"].get(before) == simdjson::SUCCESS;
  bool known = false;
  bool good = true;
  boost::mp11::mp_for_each<
    boost::mp11::mp_transform<boost::mp11::mp_identity, domain::stripe::object>>([&](auto type) {
    using alternative = typename decltype(type)::type;
    if (known || kind != kind_name<alternative>) {
      return;
    }
    known = true;
    good = at("after", [&] { return read(after, to.after.emplace<alternative>()); });
    if (good && has_before) {
      good = at("before",
                [&] { return read(before, to.before.emplace().template emplace<alternative>()); });
    }
  });
  return known ? good : expected("of a known kind");
}

// Reads all of `from` into a T; what Bursar wrote itself by default.
template <class T>
result<T> read_json(simdjson::dom::element from, unknown_members unknown = unknown_members::refuse,
                    absent_members absent = absent_members::refuse) {
  json_reader reader{unknown, absent, {}, errc::none, {}};
  T out{};
  if (!reader.read(from, out)) {
    return reader.problem();
  }
  return out;
}

}  // namespace bursar::schemas
