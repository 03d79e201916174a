#include "io/stripe/hints.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bursar::io::stripe {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::size_t organization_bytes_max = 200;  // as long as a client_reference_id may be
constexpr std::size_t hints_max = 16;                // of each list; no honest event has more

// Members of an object that name another one which belongs to the same customer.
constexpr std::array<std::string_view, 8> related_names{
  "payment_intent", "charge",         "latest_charge", "invoice",
  "subscription",   "latest_invoice", "setup_intent",  "credit_note"};

std::optional<object> object_in(element value) {
  object out;
  return value.get(out) == simdjson::SUCCESS ? std::optional{out} : std::nullopt;
}

std::optional<object> object_in(object of, std::string_view name) {
  element found;
  return of.at_key(name).get(found) == simdjson::SUCCESS ? object_in(found) : std::nullopt;
}

std::optional<std::string_view> text_in(object of, std::string_view name) {
  std::string_view out;
  return of.at_key(name).get(out) == simdjson::SUCCESS ? std::optional{out} : std::nullopt;
}

// An id, or that of the object expanded in its place.
std::optional<std::string_view> id_in(element value) {
  std::string_view out;
  if (value.get(out) == simdjson::SUCCESS) {
    return is_sane_id(out) ? std::optional{out} : std::nullopt;
  }
  if (auto expanded = object_in(value)) {
    auto id = text_in(*expanded, "id");
    return id && is_sane_id(*id) ? id : std::nullopt;
  }
  return std::nullopt;
}

void add(std::vector<std::string>& to, std::optional<std::string_view> value) {
  if (value && to.size() < hints_max && std::find(to.begin(), to.end(), *value) == to.end()) {
    to.emplace_back(*value);
  }
}

class search {
 public:
  explicit search(const adapter_settings& settings) : keys_{settings.metadata_keys} {}

  domain::stripe::hints run(object of, const layer& previous);

 private:
  void organization(std::optional<std::string_view> named) {
    if (named && named->size() <= organization_bytes_max && is_sane_id(*named)) {
      add(out_.organizations, named);
    }
  }
  void metadata_of(object of) {
    if (auto metadata = object_in(of, "metadata")) {
      for (const auto& key : keys_) {
        organization(text_in(*metadata, key));
      }
    }
  }
  void subscription_details_of(object of) {
    if (auto details = object_in(of, "subscription_details")) {
      metadata_of(*details);
      element subscription;
      if (details->at_key("subscription").get(subscription) == simdjson::SUCCESS) {
        add(out_.related, id_in(subscription));
      }
    }
  }
  void payment_of(object payment) {
    for (std::string_view name : {"payment_intent", "charge"}) {
      element value;
      if (payment.at_key(name).get(value) == simdjson::SUCCESS) {
        add(out_.related, id_in(value));
      }
    }
  }
  void lines_of(object of);
  void members_of(object of);

  const std::vector<std::string>& keys_;
  domain::stripe::hints out_;
  std::optional<object> parent_, lines_;
  bool has_details_ = false;
  bool has_metadata_ = false;
};

// One pass, because objects are wide and most names are absent.
void search::members_of(object of) {
  std::string_view kind;
  std::optional<std::string_view> own_id;
  for (auto [name, value] : of) {
    if (name == "id") {
      own_id = id_in(value);
    } else if (name == "object") {
      kind = value.is_string() ? std::string_view(value) : std::string_view{};
    } else if (name == "customer") {
      out_.customer = id_in(value);
    } else if (name == "client_reference_id") {
      organization(id_in(value));
    } else if (name == "metadata") {
      has_metadata_ = true;
    } else if (name == "subscription_details") {
      has_details_ = true;
    } else if (name == "parent") {
      parent_ = object_in(value);
    } else if (name == "lines") {
      lines_ = object_in(value);
    } else if (name == "payment") {
      if (auto payment = object_in(value)) {
        payment_of(*payment);
      }
    } else if (std::find(related_names.begin(), related_names.end(), name) != related_names.end()) {
      add(out_.related, id_in(value));
    }
  }
  if (own_id) {
    if (kind == "customer") {
      out_.customer = own_id;
    }
    auto place = std::find(out_.related.begin(), out_.related.end(), *own_id);
    if (place == out_.related.end()) {
      out_.related.emplace(out_.related.begin(), *own_id);
    }
  }
}

void search::lines_of(object of) {
  simdjson::dom::array lines;
  if (of.at_key("data").get(lines) != simdjson::SUCCESS) {
    return;
  }
  for (auto line : lines) {
    if (auto item = object_in(line)) {
      metadata_of(*item);
    }
  }
}

domain::stripe::hints search::run(object of, const layer& previous) {
  members_of(of);
  if (has_metadata_) {
    metadata_of(of);
  }
  if (parent_) {
    subscription_details_of(*parent_);
  }
  if (has_details_) {
    subscription_details_of(of);
  }
  if (lines_) {
    lines_of(*lines_);
  }
  if (!out_.customer && previous) {
    element former;
    auto before = object_in(*previous);
    if (before && before->at_key("customer").get(former) == simdjson::SUCCESS) {
      out_.customer = id_in(former);
    }
  }
  return std::move(out_);
}

}  // namespace

domain::stripe::hints find_hints(object of, const layer& previous,
                                 const adapter_settings& settings) {
  return search{settings}.run(of, previous);
}

}  // namespace bursar::io::stripe
