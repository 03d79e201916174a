// Customers and their payment methods.
#include "io/stripe/mirrored_kinds.hpp"

namespace bursar::io::stripe {

domain::stripe::object read_customer(const json_view& in) {
  domain::stripe::customer out;
  out.email = in.text_at("email");
  out.name = in.text_at("name");
  out.currency = in.currency_at("currency");
  out.default_payment_method = in.id_at("invoice_settings.default_payment_method");
  out.balance = in.amount_at("balance");
  out.delinquent = in.flag_at("delinquent");
  out.deleted = in.flag_at("deleted").value_or(false);
  return out;
}

domain::stripe::object read_payment_method(const json_view& in) {
  domain::stripe::payment_method out;
  out.customer = in.customer();
  out.type = in.text_at("type");
  if (in.has("card")) {
    out.brand = in.text_at("card.brand");
    out.last4 = in.text_at("card.last4");
    out.exp_month = in.count_at("card.exp_month");
    out.exp_year = in.count_at("card.exp_year");
  } else if (out.type && out.type->find('.') == std::string::npos) {
    out.last4 = in.text_at(*out.type + ".last4");  // bank accounts have one too
  }
  return out;
}

}  // namespace bursar::io::stripe
