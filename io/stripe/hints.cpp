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

std::optional<element> member_of(object of, std::string_view name) {
  element found;
  return of.at_key(name).get(found) == simdjson::SUCCESS ? std::optional{found} : std::nullopt;
}

std::optional<object> object_in(object of, std::string_view name) {
  auto found = member_of(of, name);
  return found ? object_in(*found) : std::nullopt;
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
  search(const member_index& object, const adapter_settings& settings)
    : object_{object}, keys_{settings.metadata_keys} {}

  domain::stripe::hints run(const layer& previous);

 private:
  void organization(std::optional<std::string_view> named) {
    if (named && named->size() <= organization_bytes_max && is_sane_id(*named)) {
      add(out_.organizations, named);
    }
  }
  void metadata(std::optional<object> of) {
    for (const auto& key : keys_) {
      if (of) {
        organization(text_in(*of, key));
      }
    }
  }
  void related(std::optional<element> value) {
    if (value) {
      add(out_.related, id_in(*value));
    }
  }
  std::optional<object> member_object(std::string_view name) const {
    auto found = object_.find(name);
    return found ? object_in(*found) : std::nullopt;
  }
  void subscription_details(std::optional<object> of);
  void lines(std::optional<object> of);
  void customer(const layer& previous);

  const member_index& object_;
  const std::vector<std::string>& keys_;
  domain::stripe::hints out_;
};

void search::customer(const layer& previous) {
  if (auto named = object_.find("customer")) {
    out_.customer = id_in(*named);
  }
  auto kind = object_.find("object");
  if (auto id = object_.find("id");
      id && kind && kind->is_string() && std::string_view(*kind) == "customer") {
    out_.customer = id_in(*id);
  }
  if (auto account = object_.find("customer_account"); account && !out_.customer) {
    out_.customer = id_in(*account);
  }
  auto former = previous && !out_.customer ? object_in(*previous) : std::nullopt;
  for (auto name : {"customer", "customer_account"}) {
    if (auto named = former ? member_of(*former, name) : std::nullopt; named && !out_.customer) {
      out_.customer = id_in(*named);
    }
  }
}

void search::subscription_details(std::optional<object> of) {
  auto details = of ? object_in(*of, "subscription_details") : std::nullopt;
  if (details) {
    metadata(object_in(*details, "metadata"));
    related(member_of(*details, "subscription"));
  }
}

void search::lines(std::optional<object> of) {
  simdjson::dom::array list;
  if (!of || of->at_key("data").get(list) != simdjson::SUCCESS) {
    return;
  }
  for (auto line : list) {
    if (auto item = object_in(line)) {
      metadata(object_in(*item, "metadata"));
    }
  }
}

domain::stripe::hints search::run(const layer& previous) {
  customer(previous);
  related(object_.find("id"));
  for (auto name : related_names) {
    related(object_.find(name));
  }
  if (auto payment = member_object("payment")) {
    related(member_of(*payment, "payment_intent"));
    related(member_of(*payment, "charge"));
  }
  if (auto reference = object_.find("client_reference_id")) {
    organization(id_in(*reference));
  }
  metadata(member_object("metadata"));
  subscription_details(member_object("parent"));
  if (auto details = member_object("subscription_details")) {
    metadata(object_in(*details, "metadata"));
  }
  lines(member_object("lines"));
  return std::move(out_);
}

}  // namespace

domain::stripe::hints find_hints(const member_index& of, const layer& previous,
                                 const adapter_settings& settings) {
  return search{of, settings}.run(previous);
}

}  // namespace bursar::io::stripe
