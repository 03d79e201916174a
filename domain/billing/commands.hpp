// What an account that Bursar bills can be told. A subscription without id is the one that runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/describe.hpp>

#include "domain/billing/subscription.hpp"
#include "domain/catalog.hpp"

namespace bursar::domain {

// To a plan of the catalog, whose newest version becomes the terms: they stay, whatever is
// published later.
struct subscribe {
  std::string subscription_id, plan_id;
  std::optional<std::string> currency;         // else the buyer's, else the only one of the plan
  std::optional<billing_interval> interval{};  // else the only one in that currency
  std::int64_t quantity = 1;
  std::optional<std::int64_t> trial_days;  // else the plan's, of whoever had no trial yet
  std::optional<timestamp> contract_end;
  std::optional<std::string> payment_method;  // the gateway's token, of the account from now on
  std::optional<std::string> coupon_id{};
  std::optional<plan_price> price{};  // as agreed, instead of one of the plan's
  bool pay_first = false;             // it begins once its first invoice is paid
  bool beside_others = false;         // of the same account; else it must be the only one
};

// On terms that were agreed on, not the catalog's.
struct start_subscription {
  std::string id;
  plan_terms terms;
  std::int64_t quantity = 1;
  std::int64_t trial_days = 0;
  std::string time_zone = "UTC";
  std::optional<timestamp> contract_end;  // it expires there
  std::optional<domain::coupon> coupon{};
  bool pay_first = false;
};

BOOST_DEFINE_ENUM_CLASS(effective_at, now, period_end)

struct change_subscription {
  std::string subscription_id;
  plan_terms terms;
  std::int64_t quantity = 1;
  effective_at when = effective_at::now;
  std::optional<proration_basis> proration{};  // of this change; else as the terms say
};

// Without a plan its terms stay as they were sold.
struct change_plan {
  std::optional<std::string> plan_id;
  std::optional<std::int64_t> quantity;
  effective_at when = effective_at::now;
  std::optional<proration_basis> proration{};
  std::optional<billing_interval> interval{};  // else as it is, where the plan has that
  std::string subscription_id{};
};

// What runs of the plan gets its newest version, at the same quantity and interval.
struct migrate_plan {
  std::string plan_id;
  effective_at when = effective_at::period_end;
};

struct cancel_subscription {
  std::string subscription_id;
  effective_at when = effective_at::period_end;
  bool give_back = false;  // of now: what is billed and not used yet
};

struct keep_subscription {  // what was to happen at the end of the period does not
  std::string subscription_id;
};
// Of a trial that runs: it ends then, and the first period begins. Without an end: now.
struct change_trial {
  std::string subscription_id;
  std::optional<timestamp> end;
};
struct pause_subscription {
  std::string subscription_id;
};
struct resume_subscription {
  std::string subscription_id;
};
struct put_payment_method {
  std::optional<std::string> token;
};
struct remove_payment_method {
  std::string token;
};
struct record_payment {
  std::string invoice_id;
  std::string payment_id;              // the same one again changes nothing
  std::optional<std::int64_t> amount;  // minor units, at most what is due; else all of that
  bool of_gateway = false;             // the answer to what it was asked for
};
struct record_failed_payment {
  std::string invoice_id;
  std::optional<std::string> failure_code;
  bool for_good = false;  // the issuer says that no retry will work
};
struct finalize_invoice {  // a draft is opened before its time
  std::string invoice_id;
};
struct record_invoice_number {
  std::string document_id;  // an invoice, or a credit note
  std::string number;
};
struct void_invoice {
  std::string invoice_id;
};
struct write_off_invoice {
  std::string invoice_id;
};
// Takes back what an invoice billed, or part of it. What of it is owed is owed no longer; the rest
// becomes the account's credit, or was refunded.
struct issue_credit_note {
  struct wanted_line {
    std::int64_t line = 0;               // of the invoice, from 0
    std::optional<std::int64_t> amount;  // before discounts and taxes; else all that is left
  };
  std::string invoice_id, credit_note_id;
  std::vector<wanted_line> lines;        // none: all that is left of the invoice
  std::optional<std::string> refund_id;  // of whoever gave the money back
  std::optional<std::string> reason;
};
struct advance_time {              // what was due until now happens, each at its time, in order
  std::optional<timestamp> timer;  // of whom it comes, which is used up then
};

using billing_command
  = std::variant<subscribe, start_subscription, change_plan, migrate_plan, change_subscription,
                 cancel_subscription, keep_subscription, change_trial, pause_subscription,
                 resume_subscription, put_payment_method, remove_payment_method, finalize_invoice,
                 record_invoice_number, record_payment, record_failed_payment, void_invoice,
                 write_off_invoice, issue_credit_note, advance_time>;

}  // namespace bursar::domain
