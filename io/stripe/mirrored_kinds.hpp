// Which event types show an object Bursar mirrors, and one reader per kind of object. A reader
// takes the new place of a fact first and then the old one: additive fields reach every pinned
// version, so both may be there. Pure functions.
#pragma once

#include <string_view>

#include "domain/stripe/objects.hpp"
#include "io/stripe/json_view.hpp"

namespace bursar::io::stripe {

struct mirrored_kind {
  std::string_view name;  // as in data.object.object
  domain::stripe::object (*read)(const json_view& in);
};

struct mirrored_type {
  std::string_view type;
  const mirrored_kind* kind;
  bool deletes = false;  // the object is gone, whether or not the snapshot says so
};

// Null: this type shows nothing that is mirrored (invoice.upcoming is a forecast, not an invoice).
const mirrored_type* find_mirrored_type(std::string_view type);

// -- readers, by the file they are in: customer_objects.cpp ---
domain::stripe::object read_customer(const json_view& in);
domain::stripe::object read_payment_method(const json_view& in);
// -- subscription_objects.cpp ---
domain::stripe::object read_subscription(const json_view& in);
// -- invoice_objects.cpp ---
domain::stripe::object read_invoice(const json_view& in);
domain::stripe::object read_invoice_payment(const json_view& in);
domain::stripe::object read_credit_note(const json_view& in);
// -- payment_objects.cpp ---
domain::stripe::object read_payment_intent(const json_view& in);
domain::stripe::object read_charge(const json_view& in);
domain::stripe::object read_refund(const json_view& in);
domain::stripe::object read_dispute(const json_view& in);
domain::stripe::object read_checkout_session(const json_view& in);

}  // namespace bursar::io::stripe
