// The one JSON writer: any described struct, canonically (RFC 8785 for what Bursar writes: keys
// are ASCII and sorted at compile time, numbers are 64-bit integers, no blanks). Appends to `out`.
// nulls::omit leaves empty members out (events, states); nulls::write shows them (answers).
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include "base/decimal.hpp"
#include "base/time.hpp"
#include "domain/catalog.hpp"
#include "domain/stripe/objects.hpp"
#include "domain/usage/total.hpp"
#include "schemas/kind_names.hpp"

namespace bursar::schemas {

enum class nulls { omit, write };

void append_string(std::string& out, std::string_view text);
// A JSON object that has members, with one more in front.
std::string prepended(std::string_view name, std::string_view value, std::string_view object);

inline void append_integer(std::string& out, std::int64_t value) {
  std::array<char, 24> digits;
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

namespace detail {

template <class T>
using public_members = boost::describe::describe_members<T, boost::describe::mod_public
                                                              | boost::describe::mod_inherited>;

// The order of a struct's members by name.
template <class T>
constexpr auto sorted_members() {
  using list = public_members<T>;
  constexpr std::size_t count = boost::mp11::mp_size<list>::value;
  std::array<std::string_view, count> names{};
  std::size_t at = 0;
  boost::mp11::mp_for_each<list>([&](auto member) { names[at++] = member.name; });
  std::array<std::size_t, count> order{};
  for (std::size_t i = 0; i < count; ++i) {
    order[i] = i;
    for (std::size_t j = i; j > 0 && names[order[j]] < names[order[j - 1]]; --j) {
      std::swap(order[j], order[j - 1]);
    }
  }
  return order;
}

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
concept described_struct = boost::describe::has_describe_members<T>::value && !std::is_union_v<T>;
template <class T>
concept described_enum = boost::describe::has_describe_enumerators<T>::value;

}  // namespace detail

template <nulls N>
struct json_writer {
  std::string& out;

  void write(bool x) { out += x ? "true" : "false"; }
  void write(std::int64_t x) { append_integer(out, x); }
  void write(std::uint64_t x) { append_integer(out, static_cast<std::int64_t>(x)); }
  void write(std::string_view x) { append_string(out, x); }
  void write(const std::string& x) { append_string(out, x); }
  void write(const char* x) { append_string(out, x); }
  void write(timestamp x) { append_string(out, format_rfc3339(x)); }
  void write(const decimal& x) { append_string(out, format_decimal(x)); }
  void write(const domain::total& x) { append_string(out, domain::format_total(x)); }
  void write(const domain::scalar& x) {
    std::visit([this](const auto& value) { write(value); }, x);
  }
  void write(const domain::stripe::observation& x);

  template <detail::described_enum E>
  void write(E x) {
    append_string(out, boost::describe::enum_to_string(x, "?"));
  }

  template <class T>
  void write(const std::optional<T>& x) {
    if (x) {
      write(*x);
    } else {
      out += "null";
    }
  }

  template <class A, class B>
  void write(const std::pair<A, B>& x) {
    out += '[';
    write(x.first);
    out += ',';
    write(x.second);
    out += ']';
  }

  template <class T>
  void write(const std::vector<T>& x) {
    write_list(x);
  }
  template <class T>
  void write(const std::set<T>& x) {
    write_list(x);
  }

  template <class T>
  void write(const std::map<std::string, T>& x) {
    out += '{';
    bool first = true;
    for (const auto& [key, value] : x) {
      write_key(key, first);
      write(value);
    }
    out += '}';
  }

  template <detail::described_struct T>
  void write(const T& x) {
    out += '{';
    bool first = true;
    write_members(x, first);
    out += '}';
  }

  template <detail::described_struct T>
  void write_members(const T& x, bool& first) {
    static constexpr auto order = detail::sorted_members<T>();
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (write_member<boost::mp11::mp_at_c<detail::public_members<T>, order[I]>>(x, first), ...);
    }
    (std::make_index_sequence<order.size()>{});
  }

  void write_key(std::string_view key, bool& first) {
    if (!first) {
      out += ',';
    }
    first = false;
    append_string(out, key);
    out += ':';
  }

 private:
  template <class Member, class T>
  void write_member(const T& x, bool& first) {
    const auto& value = x.*Member::pointer;
    if constexpr (N == nulls::omit && detail::is_optional<std::decay_t<decltype(value)>>) {
      if (!value) {
        return;
      }
    }
    write_key(Member::name, first);
    write(value);
  }

  template <class List>
  void write_list(const List& x) {
    out += '[';
    bool first = true;
    for (const auto& item : x) {
      if (!first) {
        out += ',';
      }
      first = false;
      write(item);
    }
    out += ']';
  }
};

template <nulls N>
void json_writer<N>::write(const domain::stripe::observation& x) {
  std::visit(
    [&](const auto& after) {
      using kind = std::decay_t<decltype(after)>;
      static_assert(!kind_name<kind>.empty(), "every kind has its name");
      out += "{\"after\":";
      write(after);
      if (x.before) {
        out += ",\"before\":";
        write(std::get<kind>(*x.before));
      }
      out += ",\"id\":";
      write(x.id);
      out += ",\"kind\":";
      write(kind_name<kind>);
      out += '}';
    },
    x.after);
}

template <nulls N = nulls::omit, class T>
void append_json(std::string& out, const T& x) {
  json_writer<N>{out}.write(x);
}

template <nulls N = nulls::omit, class T>
std::string to_json(const T& x) {
  std::string out;
  append_json<N>(out, x);
  return out;
}

}  // namespace bursar::schemas
