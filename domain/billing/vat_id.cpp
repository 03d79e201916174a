#include "domain/billing/vat_id.hpp"

#include <algorithm>
#include <array>

namespace bursar::domain {
namespace {

// 9 a digit, L a letter, X either, S either or + or *, anything else itself; | between forms.
struct form {
  std::string_view prefix, country, patterns;
};

constexpr std::array forms{
  form{"AT", "AT", "U99999999"},
  form{"BE", "BE", "0999999999|1999999999"},
  form{"BG", "BG", "999999999|9999999999"},
  form{"CY", "CY", "99999999L"},
  form{"CZ", "CZ", "99999999|999999999|9999999999"},
  form{"DE", "DE", "999999999"},
  form{"DK", "DK", "99999999"},
  form{"EE", "EE", "999999999"},
  form{"EL", "GR", "999999999"},
  form{"ES", "ES", "L9999999X|99999999L"},
  form{"FI", "FI", "99999999"},
  form{"FR", "FR", "XX999999999"},
  form{"HR", "HR", "99999999999"},
  form{"HU", "HU", "99999999"},
  form{"IE", "IE", "9S99999L|9999999LL"},
  form{"IT", "IT", "99999999999"},
  form{"LT", "LT", "999999999|999999999999"},
  form{"LU", "LU", "99999999"},
  form{"LV", "LV", "99999999999"},
  form{"MT", "MT", "99999999"},
  form{"NL", "NL", "SSSSSSSSSSSS"},
  form{"PL", "PL", "9999999999"},
  form{"PT", "PT", "999999999"},
  form{"RO", "RO", "99|999|9999|99999|999999|9999999|99999999|999999999|9999999999"},
  form{"SE", "SE", "999999999999"},
  form{"SI", "SI", "99999999"},
  form{"SK", "SK", "9999999999"},
  form{"XI", "GB", "999999999|999999999999|GD999|HA999"},
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return c >= 'A' && c <= 'Z';
}

bool fits(char c, char pattern) {
  switch (pattern) {
    case '9': return is_digit(c);
    case 'L': return is_letter(c);
    case 'X': return is_digit(c) || is_letter(c);
    case 'S': return is_digit(c) || is_letter(c) || c == '+' || c == '*';
    default: return c == pattern;
  }
}

bool fits(std::string_view text, std::string_view patterns) {
  for (;;) {
    auto bar = patterns.find('|');
    auto one = patterns.substr(0, bar);
    if (std::equal(text.begin(), text.end(), one.begin(), one.end(),
                   [](char c, char p) { return fits(c, p); })) {
      return true;
    }
    if (bar == std::string_view::npos) {
      return false;
    }
    patterns.remove_prefix(bar + 1);
  }
}

}  // namespace

std::string normal_vat_id(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c != ' ' && c != '.' && c != '-') {
      out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
  }
  return out;
}

std::optional<std::string> country_of_vat_id(std::string_view vat_id) {
  for (const auto& one : forms) {
    if (vat_id.starts_with(one.prefix) && fits(vat_id.substr(2), one.patterns)) {
      return std::string{one.country};
    }
  }
  return std::nullopt;
}

bool is_in_vat_union(std::string_view country) {
  return country != "GB" && std::any_of(forms.begin(), forms.end(), [&](const form& one) {
           return one.country == country;
         });
}

}  // namespace bursar::domain
