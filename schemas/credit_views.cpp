#include "schemas/credit_views.hpp"

#include "domain/overloaded.hpp"
#include "schemas/json_reader.hpp"
#include "schemas/json_writer.hpp"
#include "schemas/strict_json.hpp"

namespace bursar::schemas {
namespace {

using domain::credit_draw;

struct bucket_view {
  std::string grant_id;
  domain::credit_kind kind = domain::credit_kind::manual;
  std::int64_t priority = 0, remaining = 0, held = 0;
  std::optional<timestamp> expires_at;
};
BOOST_DESCRIBE_STRUCT(bucket_view, (), (grant_id, kind, priority, remaining, held, expires_at))

struct credits_view {
  std::int64_t balance = 0, held = 0;
  std::vector<bucket_view> buckets;
};
BOOST_DESCRIBE_STRUCT(credits_view, (), (balance, held, buckets))

struct granted_view {
  std::string grant_id;
  std::int64_t balance = 0;
};
BOOST_DESCRIBE_STRUCT(granted_view, (), (grant_id, balance))

struct consumed_view {
  std::string transaction_id;
  std::int64_t consumed = 0, balance = 0;
  std::vector<credit_draw> from;
};
BOOST_DESCRIBE_STRUCT(consumed_view, (), (transaction_id, consumed, balance, from))

struct hold_view {
  std::string hold_id;
  std::int64_t held = 0, available = 0;
  timestamp expires_at{};
  std::vector<credit_draw> from;
};
BOOST_DESCRIBE_STRUCT(hold_view, (), (hold_id, held, available, expires_at, from))

struct released_view {
  std::string hold_id;
  std::int64_t balance = 0;
};
BOOST_DESCRIBE_STRUCT(released_view, (), (hold_id, balance))

struct given_back_view {
  std::string transaction_id, reverses;
  std::int64_t given_back = 0, balance = 0;
  std::vector<credit_draw> to;
};
BOOST_DESCRIBE_STRUCT(given_back_view, (), (transaction_id, reverses, given_back, balance, to))

struct transferred_view {
  std::string transfer_id, transaction_id, to_organization_id;
  std::int64_t transferred = 0, balance = 0;
  std::vector<credit_draw> from;
};
BOOST_DESCRIBE_STRUCT(transferred_view, (),
                      (transfer_id, transaction_id, to_organization_id, transferred, balance, from))

struct open_hold_view {
  std::string id;
  std::int64_t amount = 0;
  std::optional<std::string> event_name;
  std::optional<std::int64_t> quantity;
  timestamp expires_at{};
};
BOOST_DESCRIBE_STRUCT(open_hold_view, (), (id, amount, event_name, quantity, expires_at))

struct bulk_granted_view {
  std::int64_t index = 0;
  std::string organization_id, grant_id;
};
BOOST_DESCRIBE_STRUCT(bulk_granted_view, (), (index, organization_id, grant_id))

struct bulk_rejected_view {
  std::int64_t index = 0;
  std::optional<std::string> organization_id;
  std::string code, pointer, message;
};
BOOST_DESCRIBE_STRUCT(bulk_rejected_view, (), (index, organization_id, code, pointer, message))

struct bulk_grants_view {
  std::vector<bulk_granted_view> granted;
  std::vector<bulk_rejected_view> rejected;
};
BOOST_DESCRIBE_STRUCT(bulk_grants_view, (), (granted, rejected))

struct taken_back_view {
  std::string grant_id;
  std::int64_t taken_back = 0, balance = 0;
};
BOOST_DESCRIBE_STRUCT(taken_back_view, (), (grant_id, taken_back, balance))

void tell(credit_transaction& out, std::vector<credit_draw> grants) {
  out.amount = domain::sum_of(grants);
  out.grants = std::move(grants);
}

void tell(credit_transaction& out, const domain::credit_use& use, std::vector<credit_draw> grants) {
  out.event_name = use.event_name;
  out.quantity = use.quantity;
  tell(out, std::move(grants));
}

// False: the event is not about credits.
bool tell(credit_transaction& out, const domain::event& event) {
  auto is_about = domain::overloaded{
    [&](const domain::credits_granted& e) {
      out.kind = e.grant.kind;
      out.reason = e.grant.reason;
      out.from_organization_id = e.grant.from_organization_id;
      tell(out, {{e.grant_id, e.grant.amount}});
      return true;
    },
    [&](const domain::credits_consumed& e) {
      tell(out, e.use, e.draws);
      return true;
    },
    [&](const domain::credits_held& e) {
      out.hold_id = e.hold_id;
      tell(out, e.hold.use, e.hold.draws);
      return true;
    },
    [&](const domain::credit_hold_confirmed& e) {
      out.hold_id = e.hold_id;
      tell(out, e.use, e.draws);
      return true;
    },
    [&](const domain::credit_hold_released& e) {
      out.hold_id = e.hold_id;
      out.reason = e.expired ? std::optional<std::string>{"expired"} : std::nullopt;
      return true;
    },
    [&](const domain::credit_consumption_reversed& e) {
      out.reverses = e.reverses;
      out.reason = e.reason;
      tell(out, e.draws);
      return true;
    },
    [&](const domain::credit_grant_reversed& e) {
      out.reason = e.reason;
      tell(out, {{e.grant_id, e.amount}});
      return true;
    },
    [&](const domain::credits_expired& e) {
      tell(out, {{e.grant_id, e.amount}});
      return true;
    },
    [&](const domain::credits_transferred& e) {
      out.transfer_id = e.transfer_id;
      out.to_organization_id = e.to_organization_id;
      out.reason = e.reason;
      tell(out, e.draws);
      return true;
    },
    [&](const domain::credit_transfer_returned& e) {
      out.transfer_id = e.transfer_id;
      out.reason = e.reason;
      tell(out, e.draws);
      return true;
    },
    [](const auto&) { return false; }};
  return std::visit(is_about, event);
}

}  // namespace

std::string render_credits(const domain::credit_account& x, timestamp now) {
  credits_view out{domain::balance_of(x, now), domain::held_of(x, now), {}};
  for (const auto& id : x.order) {
    const auto& of = x.grants.at(id);
    if (!domain::has_expired(of.grant, now)) {
      out.buckets.push_back({id, of.grant.kind, domain::priority_of(of.grant),
                             domain::remaining(of), of.held, of.grant.expires_at});
    }
  }
  return to_json<nulls::write>(out);
}

std::string render_granted(const std::string& grant_id, std::int64_t balance) {
  return to_json<nulls::write>(granted_view{grant_id, balance});
}

std::string render_consumed(const std::string& transaction_id,
                            const std::vector<credit_draw>& draws, std::int64_t balance) {
  return to_json<nulls::write>(
    consumed_view{transaction_id, domain::sum_of(draws), balance, draws});
}

std::string render_hold(const std::string& hold_id, const domain::credit_hold& x,
                        std::int64_t balance) {
  return to_json<nulls::write>(
    hold_view{hold_id, domain::sum_of(x.draws), balance, x.expires_at, x.draws});
}

std::string render_released(const std::string& hold_id, std::int64_t balance) {
  return to_json<nulls::write>(released_view{hold_id, balance});
}

std::string render_given_back(const std::string& transaction_id, const std::string& reverses,
                              const std::vector<credit_draw>& draws, std::int64_t balance) {
  return to_json<nulls::write>(
    given_back_view{transaction_id, reverses, domain::sum_of(draws), balance, draws});
}

std::string render_transferred(const domain::credits_transferred& x, std::int64_t balance) {
  return to_json<nulls::write>(transferred_view{x.transfer_id, x.transaction_id,
                                                x.to_organization_id, domain::sum_of(x.draws),
                                                balance, x.draws});
}

std::string render_open_hold(const std::string& hold_id, const domain::credit_hold& x) {
  return to_json<nulls::write>(open_hold_view{hold_id, domain::sum_of(x.draws), x.use.event_name,
                                              x.use.quantity, x.expires_at});
}

std::string render_bulk_grants(const std::vector<grant_outcome>& all) {
  bulk_grants_view out;
  for (const auto& x : all) {
    if (!x.problem) {
      auto granted = parse_strict(x.granted);
      auto view = read_json<granted_view>(granted.value());
      out.granted.push_back({x.index, x.organization_id.value(), view.value().grant_id});
      continue;
    }
    const auto& fields = x.problem->fields();
    auto item = "/grants/" + std::to_string(x.index);
    bool one = !fields.empty() && fields.front().pointer != "/";
    out.rejected.push_back({x.index, x.organization_id,
                            std::string{describe(x.problem->code()).name},
                            one ? item + fields.front().pointer : item,
                            fields.empty() ? x.problem->detail() : fields.front().message});
  }
  return to_json<nulls::write>(out);
}

std::string render_taken_back(const std::string& grant_id, std::int64_t amount,
                              std::int64_t balance) {
  return to_json<nulls::write>(taken_back_view{grant_id, amount, balance});
}

result<std::optional<credit_transaction>> transaction_of(std::string_view json) {
  auto about = decode_envelope(json);
  if (!about) {
    return about.error();
  }
  if (!about->type.starts_with("credit")) {
    return std::optional<credit_transaction>{};
  }
  auto event = decode_event<domain::event>(json);
  if (!event) {
    return event.error();
  }
  credit_transaction out;
  out.transaction_id = domain::transaction_id_of(about->sequence);
  out.type = about->type;
  out.at = about->recorded_at;
  out.actor = about->actor;
  return tell(out, event->event) ? std::optional{std::move(out)} : std::nullopt;
}

result<std::optional<std::string>> render_transaction(std::string_view json) {
  auto row = transaction_of(json);
  if (!row) {
    return row.error();
  }
  return *row ? std::optional{to_json<nulls::write>(**row)} : std::nullopt;
}

result<std::vector<credit_draw>> draws_of(std::string_view json) {
  auto event = decode_event<domain::event>(json);
  if (!event) {
    return event.error();
  }
  if (auto* consumed = std::get_if<domain::credits_consumed>(&event->event)) {
    return std::move(consumed->draws);
  }
  if (auto* confirmed = std::get_if<domain::credit_hold_confirmed>(&event->event)) {
    return std::move(confirmed->draws);
  }
  return error{errc::not_found,
               "no credits were used by " + domain::transaction_id_of(event->about.sequence)};
}

}  // namespace bursar::schemas
