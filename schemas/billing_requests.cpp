#include "schemas/billing_requests.hpp"

#include "base/limits.hpp"
#include "schemas/body.hpp"

namespace bursar::schemas {
namespace {

struct subscription_body {
  std::optional<std::string> plan_id, currency, payment_method_id, coupon;
  std::optional<domain::billing_interval> interval;
  std::optional<std::int64_t> quantity, trial_days;
  std::optional<timestamp> contract_end;
  std::optional<domain::plan_price> price;
  bool pay_first = false;
};
BOOST_DESCRIBE_STRUCT(subscription_body, (),
                      (plan_id, interval, currency, payment_method_id, coupon, quantity, trial_days,
                       contract_end, price, pay_first))

struct subscription_changes_body {
  std::optional<std::string> plan_id;
  std::optional<domain::billing_interval> interval;
  std::optional<std::int64_t> quantity;
  domain::effective_at when = domain::effective_at::now;
  std::optional<domain::proration_basis> proration;
};
BOOST_DESCRIBE_STRUCT(subscription_changes_body, (), (plan_id, interval, quantity, when, proration))

struct migration_body {
  domain::effective_at when = domain::effective_at::period_end;
  std::optional<std::int64_t> limit;
  std::optional<std::string> cursor;
};
BOOST_DESCRIBE_STRUCT(migration_body, (), (when, limit, cursor))

struct trial_body {
  std::optional<timestamp> end;
};
BOOST_DESCRIBE_STRUCT(trial_body, (), (end))

struct payment_body {
  std::optional<std::int64_t> amount;
  std::optional<std::string> payment_id;
};
BOOST_DESCRIBE_STRUCT(payment_body, (), (amount, payment_id))

struct credit_line_body {
  std::optional<std::int64_t> line, amount;
};
BOOST_DESCRIBE_STRUCT(credit_line_body, (), (line, amount))

struct credit_note_body {
  std::vector<credit_line_body> lines;
  std::optional<std::string> refund_id, reason;
};
BOOST_DESCRIBE_STRUCT(credit_note_body, (), (lines, refund_id, reason))

struct payment_method_body {
  std::optional<std::string> payment_method_id;
};
BOOST_DESCRIBE_STRUCT(payment_method_body, (), (payment_method_id))

}  // namespace

result<domain::subscribe> parse_subscription(std::string_view body) {
  auto x = parse_body<subscription_body>(body);
  if (!x) {
    return x.error();
  }
  if (!x->plan_id) {
    return missing("/plan_id");
  }
  if (auto good = check_text(x->payment_method_id, "/payment_method_id"); !good) {
    return good.error();
  }
  domain::subscribe out;
  out.plan_id = *x->plan_id;
  out.currency = x->currency;
  out.interval = x->interval;
  out.payment_method = x->payment_method_id;
  out.coupon_id = x->coupon;
  out.quantity = x->quantity.value_or(1);
  out.trial_days = x->trial_days;
  out.contract_end = x->contract_end;
  out.pay_first = x->pay_first;
  out.price = x->price;
  if (out.price && out.currency.value_or(out.price->currency) != out.price->currency) {
    return error{errc::invalid_parameter,
                 "the agreed price is of another currency",
                 {{"/price/currency", "must be the subscription's"}}};
  }
  if (out.price && out.interval.value_or(out.price->interval) != out.price->interval) {
    return error{errc::invalid_parameter,
                 "the agreed price is of another interval",
                 {{"/price/interval", "must be the subscription's"}}};
  }
  return out;
}

result<domain::change_plan> parse_subscription_changes(std::string_view body) {
  auto x = parse_body<subscription_changes_body>(body);
  if (!x) {
    return x.error();
  }
  return domain::change_plan{x->plan_id, x->quantity, x->when, x->proration, x->interval};
}

result<plan_migration> parse_migration(std::string_view body) {
  auto x
    = body.empty() ? result<migration_body>{migration_body{}} : parse_body<migration_body>(body);
  if (!x) {
    return x.error();
  }
  auto limit = x->limit.value_or(limits::page_size_default);
  if (limit < 1 || limit > static_cast<std::int64_t>(limits::page_size_max)) {
    return error{
      errc::invalid_parameter, "the limit is not valid", {{"/limit", "must be 1 to 1000"}}};
  }
  return plan_migration{{{}, x->when}, static_cast<std::size_t>(limit), x->cursor.value_or("")};
}

result<domain::change_trial> parse_trial(std::string_view body) {
  auto x = body.empty() ? result<trial_body>{trial_body{}} : parse_body<trial_body>(body);
  return x ? result<domain::change_trial>{domain::change_trial{{}, x->end}} : x.error();
}

result<domain::record_payment> parse_payment(std::string_view body) {
  auto x = body.empty() ? result<payment_body>{payment_body{}} : parse_body<payment_body>(body);
  if (!x) {
    return x.error();
  }
  if (auto good = check_text(x->payment_id, "/payment_id"); !good) {
    return good.error();
  }
  return domain::record_payment{{}, x->payment_id.value_or(""), x->amount};
}

result<domain::issue_credit_note> parse_credit_note(std::string_view body) {
  auto x = body.empty() ? result<credit_note_body>{credit_note_body{}}
                        : parse_body<credit_note_body>(body);
  if (!x) {
    return x.error();
  }
  for (auto [text, pointer] :
       {std::pair{&x->refund_id, "/refund_id"}, std::pair{&x->reason, "/reason"}}) {
    if (auto good = check_text(*text, pointer); !good) {
      return good.error();
    }
  }
  domain::issue_credit_note out;
  for (std::size_t i = 0; i < x->lines.size(); ++i) {
    if (!x->lines[i].line) {
      return missing("/lines/" + std::to_string(i) + "/line");
    }
    out.lines.push_back({*x->lines[i].line, x->lines[i].amount});
  }
  out.refund_id = x->refund_id;
  out.reason = x->reason;
  return out;
}

result<domain::put_payment_method> parse_payment_method(std::string_view body) {
  auto x = parse_body<payment_method_body>(body);
  if (!x) {
    return x.error();
  }
  if (!x->payment_method_id) {
    return missing("/payment_method_id");
  }
  if (auto good = check_text(x->payment_method_id, "/payment_method_id"); !good) {
    return good.error();
  }
  return domain::put_payment_method{x->payment_method_id};
}

}  // namespace bursar::schemas
