// Values of any described struct with every member set, each to something that follows from its
// name alone: the order in which members are declared does not matter, mixing two of them up does.
//
// `choice` picks among alternatives: the enumerator of an enum, the kind of a Stripe object, the
// type of a scalar. Choices 0 to choices_of<T>() - 1 show every alternative once at least.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include "base/decimal.hpp"
#include "base/time.hpp"
#include "domain/catalog.hpp"
#include "domain/stripe/objects.hpp"
#include "domain/usage/total.hpp"

namespace bursar::testing {

class filler {
 public:
  explicit filler(std::size_t choice) : choice_{choice} {}

  // The number of alternatives of whatever was filled that had most.
  std::size_t alternatives() const { return alternatives_; }

  void fill(const std::string& path, std::string& to) { to = path; }
  void fill(const std::string& path, bool& to) { to = number_of(path) % 2 == 0 || choice_ > 0; }
  void fill(const std::string& path, std::int64_t& to) {
    to = path.size() % 3 == 0 ? -number_of(path) : number_of(path);
  }
  void fill(const std::string& path, std::uint64_t& to) {
    to = static_cast<std::uint64_t>(number_of(path));
  }
  void fill(const std::string& path, timestamp& to) {
    to = from_unix_seconds(1'600'000'000 + number_of(path)) + std::chrono::microseconds{123'456};
  }
  void fill(const std::string& path, decimal& to) { to = {number_of(path), 3}; }
  void fill(const std::string& path, domain::total& to) {
    to.millionths = -domain::wide_integer{number_of(path)} * 1'500'000;
  }
  void fill(const std::string& path, domain::scalar& to) {
    switch (chosen(std::variant_size_v<domain::scalar>)) {
      case 0: to = true; break;
      case 1: to = -number_of(path); break;
      default: to = path; break;
    }
  }
  void fill(const std::string& path, domain::stripe::observation& to) {
    fill(path + ".id", to.id);
    fill_kind(path + ".after", to.after);
    fill_kind(path + ".before", to.before.emplace());
  }

  template <class T>
  void fill(const std::string& path, std::optional<T>& to) {
    fill(path, to.emplace());
  }
  template <class T>
  void fill(const std::string& path, std::vector<T>& to) {
    to.resize(2);
    fill(path + ".0", to[0]);
    fill(path + ".1", to[1]);
  }
  void fill(const std::string& path, std::set<std::string>& to) { to = {path + ".0", path + ".1"}; }
  template <class T>
  void fill(const std::string& path, std::map<std::string, T>& to) {
    fill(path + ".key_1", to["key_1"]);
    fill(path + ".key_2", to["key_2"]);
  }
  template <class T>
  requires boost::describe::has_describe_enumerators<T>::value void fill(const std::string&,
                                                                         T& to) {
    using list = boost::describe::describe_enumerators<T>;
    std::size_t at = 0, wanted = chosen(boost::mp11::mp_size<list>::value);
    boost::mp11::mp_for_each<list>([&](auto row) {
      if (at++ == wanted) {
        to = row.value;
      }
    });
  }
  template <class T>
  requires boost::describe::has_describe_members<T>::value void fill(const std::string& path,
                                                                     T& to) {
    using list = boost::describe::describe_members<T, boost::describe::mod_public
                                                        | boost::describe::mod_inherited>;
    auto prefix = path.empty() ? path : path + '.';
    boost::mp11::mp_for_each<list>(
      [&](auto member) { fill(prefix + member.name, to.*member.pointer); });
  }

 private:
  std::size_t chosen(std::size_t among) {
    alternatives_ = std::max(alternatives_, among);
    return choice_ % among;
  }

  void fill_kind(const std::string& path, domain::stripe::object& to) {
    auto wanted = chosen(std::variant_size_v<domain::stripe::object>);
    boost::mp11::mp_with_index<std::variant_size_v<domain::stripe::object>>(
      wanted, [&](auto index) { fill(path, to.template emplace<index>()); });
  }

  static std::int64_t number_of(const std::string& path) {
    std::uint32_t hash = 2166136261u;
    for (char c : path) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    }
    return hash % 1'000'000'000;
  }

  std::size_t choice_;
  std::size_t alternatives_ = 1;
};

template <class T>
T filled(std::size_t choice) {
  T out{};
  filler{choice}.fill({}, out);
  return out;
}

template <class T>
std::size_t choices_of() {
  T out{};
  filler all{0};
  all.fill({}, out);
  return all.alternatives();
}

}  // namespace bursar::testing
