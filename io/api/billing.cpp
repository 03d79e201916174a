// What Bursar bills itself: the subscription, its invoices, the way they are paid.
#include "base/ids.hpp"
#include "io/api/handlers.hpp"
#include "io/api/organization_calls.hpp"
#include "io/api/organization_rows.hpp"
#include "schemas/billing_requests.hpp"
#include "schemas/requests.hpp"

namespace bursar::io::api {
namespace {

answering show(api& in, call c, schemas::billing_request what) {
  if (auto query = query_of(c.request, {}); !query) {
    co_return refuse(c, query.error());
  }
  auto looking = look(in, c, std::move(what));
  auto came = co_await std::move(looking);
  came.sequence = 0;  // no ETag: time and the catalog change it, too
  co_return answer(c, std::move(came));
}

answering command(api& in, call c, domain::billing_command wanted) {
  auto organization = c.parameter("org");
  auto sending
    = send_command(in, std::move(c), std::move(organization), domain::command{std::move(wanted)});
  auto out = co_await std::move(sending);
  co_return out;
}

// That of the path; empty: the one that runs.
std::string subscription_in(const call& c) {
  const auto* id = c.find_parameter("id");
  return id == nullptr ? std::string{} : *id;
}

template <class Command>
domain::billing_command about_named(const call& c, Command wanted) {
  if constexpr (requires { wanted.invoice_id; }) {
    wanted.invoice_id = c.parameter("id");
  } else if constexpr (requires { wanted.subscription_id; }) {
    wanted.subscription_id = subscription_in(c);
  }
  return wanted;
}

// A command whose body was read, or could not be.
template <class Command>
answering read_command(api& in, call c, result<Command> wanted) {
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  auto about = about_named(c, std::move(*wanted));
  auto sending = command(in, std::move(c), std::move(about));
  auto out = co_await std::move(sending);
  co_return out;
}

// A command that has no body.
answering plain_command(api& in, call c, domain::billing_command wanted) {
  if (auto good = schemas::parse_nothing(c.request.body); !good) {
    co_return refuse(c, good.error());
  }
  auto sending = command(in, std::move(c), std::move(wanted));
  auto out = co_await std::move(sending);
  co_return out;
}

// What costs the seller money is not the customer's to say, nor is a price of its own.
result<void> allowed(const call& c, bool of_sellers, bool of_platform = false) {
  if (of_platform && c.who->role != domain::role::platform_admin) {
    return error{errc::forbidden, "a price is agreed on by a platform_admin"};
  }
  if (of_sellers && c.who->role == domain::role::customer) {
    return error{errc::forbidden,
                 "trial_days, contract_end, proration and prorate need another role"};
  }
  return {};
}

// Of a coupon that only some may redeem, the catalog counts who does, once it is known that the
// subscription can be. The same organization may again, so that what is tried again counts once.
http::awaitable<actors::outcome> redeem(api& in, const call& c, domain::subscribe wanted) {
  auto coupon_id = *wanted.coupon_id;
  wanted.subscription_id = "sub_";
  schemas::billing_request asked{schemas::billing_view::preview, {}, std::move(wanted)};
  auto looking = look(in, c, std::move(asked));
  auto there = co_await std::move(looking);
  if (there.problem) {
    co_return there;
  }
  auto r = std::make_shared<actors::basic_request<domain::catalog_command>>();
  r->command = domain::redeem_coupon{std::move(coupon_id), c.parameter("org")};
  r->caller = caller_of(c);
  auto asking = ask(in.node(), std::move(r));
  auto came = co_await std::move(asking);
  co_return came;
}

}  // namespace

namespace {

answering subscribe(api& in, call c, bool beside_others) {
  auto wanted = schemas::parse_subscription(c.request.body);
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  wanted->beside_others = beside_others;
  if (auto may = allowed(c, wanted->trial_days || wanted->contract_end, wanted->price.has_value());
      !may) {
    co_return refuse(c, may.error());
  }
  if (auto key = idempotency_of(c); !key) {
    co_return refuse(c, key.error());
  }
  if (wanted->coupon_id) {
    auto redeeming = redeem(in, c, *wanted);
    auto redeemed = co_await std::move(redeeming);
    if (redeemed.problem) {
      co_return refuse(c, *redeemed.problem);
    }
  }
  wanted->subscription_id = make_id("sub_", in.clock().now());
  auto sending = command(in, std::move(c), std::move(*wanted));
  auto out = co_await std::move(sending);
  co_return out;
}

}  // namespace

answering create_subscription(api& in, call c) {
  return subscribe(in, std::move(c), false);
}
answering add_subscription(api& in, call c) {
  return subscribe(in, std::move(c), true);
}

answering get_subscription(api& in, call c) {
  auto id = subscription_in(c);
  return show(in, std::move(c), {schemas::billing_view::subscription, std::move(id), {}});
}

answering change_subscription(api& in, call c) {
  auto wanted = schemas::parse_subscription_changes(c.request.body);
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  if (auto may = allowed(c, wanted->proration.has_value()); !may) {
    co_return refuse(c, may.error());
  }
  auto about = about_named(c, std::move(*wanted));
  auto sending = command(in, std::move(c), std::move(about));
  auto out = co_await std::move(sending);
  co_return out;
}

answering cancel_subscription(api& in, call c) {
  auto query = query_of(c.request, {"immediate", "prorate"});
  if (!query) {
    co_return refuse(c, query.error());
  }
  std::map<std::string, bool> is{{"immediate", false}, {"prorate", false}};
  for (const auto& [name, value] : *query) {
    if (value != "true" && value != "false") {
      error why{errc::invalid_parameter, name + " must be true or false"};
      co_return refuse(c, why);
    }
    is[name] = value == "true";
  }
  if (is["prorate"] && !is["immediate"]) {
    error why{errc::invalid_parameter, "prorate is of what is cancelled immediately"};
    co_return refuse(c, why);
  }
  if (auto may = allowed(c, is["prorate"]); !may) {
    co_return refuse(c, may.error());
  }
  domain::cancel_subscription wanted;
  wanted.when = is["immediate"] ? domain::effective_at::now : domain::effective_at::period_end;
  wanted.give_back = is["prorate"];
  auto about = about_named(c, std::move(wanted));
  auto sending = plain_command(in, std::move(c), std::move(about));
  auto out = co_await std::move(sending);
  co_return out;
}

answering change_trial(api& in, call c) {
  auto wanted = schemas::parse_trial(c.request.body);
  return read_command(in, std::move(c), std::move(wanted));
}

answering pause_subscription(api& in, call c) {
  auto wanted = about_named(c, domain::pause_subscription{});
  return plain_command(in, std::move(c), std::move(wanted));
}
answering resume_subscription(api& in, call c) {
  auto wanted = about_named(c, domain::resume_subscription{});
  return plain_command(in, std::move(c), std::move(wanted));
}
answering reactivate_subscription(api& in, call c) {
  auto wanted = about_named(c, domain::keep_subscription{});
  return plain_command(in, std::move(c), std::move(wanted));
}

answering preview_subscription(api& in, call c) {
  auto wanted = schemas::parse_subscription_changes(c.request.body);
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  schemas::billing_request asked{schemas::billing_view::preview, subscription_in(c),
                                 about_named(c, std::move(*wanted))};
  auto showing = show(in, std::move(c), std::move(asked));
  auto out = co_await std::move(showing);
  co_return out;
}

answering list_invoices(api& in, call c) {
  return ask_list(in, std::move(c), schemas::listing::invoices);
}
answering get_invoice(api& in, call c) {
  auto id = c.parameter("id");
  return show(in, std::move(c), {schemas::billing_view::invoice, std::move(id), {}});
}
answering get_upcoming_invoice(api& in, call c) {
  return show(in, std::move(c), {schemas::billing_view::upcoming_invoice, {}, {}});
}

answering finalize_invoice(api& in, call c) {
  auto wanted = about_named(c, domain::finalize_invoice{});
  return plain_command(in, std::move(c), std::move(wanted));
}
answering void_invoice(api& in, call c) {
  auto wanted = about_named(c, domain::void_invoice{});
  return plain_command(in, std::move(c), std::move(wanted));
}
answering write_off_invoice(api& in, call c) {
  auto wanted = about_named(c, domain::write_off_invoice{});
  return plain_command(in, std::move(c), std::move(wanted));
}

answering pay_invoice(api& in, call c) {
  auto wanted = schemas::parse_payment(c.request.body);
  if (wanted && wanted->payment_id.empty()) {
    wanted->payment_id = make_id("pay_", in.clock().now());
  }
  return read_command(in, std::move(c), std::move(wanted));
}

answering create_credit_note(api& in, call c) {
  auto wanted = schemas::parse_credit_note(c.request.body);
  if (wanted) {
    wanted->credit_note_id = make_id("cn_", in.clock().now());
  }
  return read_command(in, std::move(c), std::move(wanted));
}

answering remove_payment_method(api& in, call c) {
  auto token = c.parameter("id");
  return plain_command(in, std::move(c), domain::remove_payment_method{std::move(token)});
}

answering list_payment_methods(api& in, call c) {
  return show(in, std::move(c), {schemas::billing_view::payment_methods, {}, {}});
}

answering put_payment_method(api& in, call c) {
  auto wanted = schemas::parse_payment_method(c.request.body);
  return read_command(in, std::move(c), std::move(wanted));
}

}  // namespace bursar::io::api
