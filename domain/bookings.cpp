#include "domain/bookings.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "domain/overloaded.hpp"

namespace bursar::domain {
namespace {

std::string date_of(timestamp t) {
  return format_rfc3339(t).substr(0, 10);
}

// What of a line is not tax.
// The entries of one event about one invoice.
class booker {
 public:
  booker(const billing_account& in, const native_invoice& invoice, timestamp at)
    : in_{in}, invoice_{invoice}, at_{at} {}

  void book(ledger_entry entry) {
    if (!entry.empty()) {
      out_.push_back(
        {date_of(at_), month_of(at_), invoice_.currency, invoice_.id, {}, std::move(entry)});
    }
  }

  // Spread over the line's period; what belongs to months before `no_earlier` is of that one.
  void earn(std::size_t number, std::int64_t amount, year_month no_earlier) {
    const auto& line = invoice_.lines[number];
    for (const auto& part : earned_by_month(amount, line.period, zone_of(line))) {
      if (part.amount != 0) {
        auto month = std::max(year_month{part.year, part.month}, no_earlier);
        out_.push_back({last_day_of(month), month, invoice_.currency, invoice_.id,
                        static_cast<std::int64_t>(number), entry_of_earning(part.amount)});
      }
    }
  }

  // What it no longer bills: of months that are over, in the month in which that is said.
  void take_back(std::size_t number, const billed_amounts& part) {
    earn(number, -net_of(part), month_of(at_));
  }

  std::vector<booking> bookings() && { return std::move(out_); }

 private:
  const std::string& zone_of(const line_item& line) const {
    static const std::string utc = "UTC";
    auto s = in_.subscriptions.find(line.subscription_id.value_or(""));
    return s == in_.subscriptions.end() ? utc : s->second.anchor.time_zone;
  }

  const billing_account& in_;
  const native_invoice& invoice_;
  timestamp at_;
  std::vector<booking> out_;
};

std::vector<booking> bookings_of_opening(const billing_account& before, const invoice_opened& e) {
  auto invoice = before.invoices.at(e.invoice_id);
  invoice.from_balance = e.from_balance;
  booker out{before, invoice, e.at};
  out.book(entry_of_opening(invoice));
  for (std::size_t i = 0; i < invoice.lines.size(); ++i) {
    out.earn(i, domain::net_of(invoice.lines[i]), {});
  }
  return std::move(out).bookings();
}

std::vector<booking> bookings_of_closing(const billing_account& before,
                                         const native_invoice& invoice, invoice_status as,
                                         timestamp at) {
  booker out{before, invoice, at};
  if (as == invoice_status::uncollectible) {
    out.book(entry_of_writing_off(invoice));
  } else if (as == invoice_status::voided && invoice.opened_at) {
    out.book(entry_of_voiding(invoice));
    for (std::size_t i = 0; i < invoice.lines.size(); ++i) {
      out.take_back(i, billed_by(invoice.lines[i]));
    }
  }
  return std::move(out).bookings();
}

}  // namespace

year_month month_of(timestamp t) {
  auto at = anchor_at(t, "UTC");
  return {at.year, at.month};
}

year_month next(year_month x) {
  return x.month == 12 ? year_month{x.year + 1, 1} : year_month{x.year, x.month + 1};
}

std::string text_of(const year_month& x) {
  auto month = std::to_string(x.month);
  return std::to_string(x.year) + (month.size() < 2 ? "-0" : "-") + month;
}

std::string last_day_of(const year_month& x) {
  auto after = next(x);
  billing_anchor first{after.year, after.month, 1, 0, "UTC"};
  return date_of(boundary(first, {}, 0) - std::chrono::days{1});
}

std::vector<booking> bookings_of(const billing_account& before, const billing_event& happened,
                                 timestamp recorded_at) {
  auto one = [&](const std::string& id, timestamp at, auto entry_of) {
    const auto& invoice = before.invoices.at(id);
    booker out{before, invoice, at};
    out.book(entry_of(invoice));
    return std::move(out).bookings();
  };
  using bookings = std::vector<booking>;
  return std::visit(
    overloaded{[&](const invoice_opened& e) { return bookings_of_opening(before, e); },
               [&](const invoice_payment_recorded& e) {
                 return one(e.invoice_id, e.at,
                            [&](const auto& x) { return entry_of_payment(x, e.amount); });
               },
               [&](const balance_applied& e) {
                 return one(e.invoice_id, e.at,
                            [&](const auto& x) { return entry_of_applying_balance(x, e.amount); });
               },
               [&](const credit_note_issued& e) {
                 const auto& note = e.credit_note;
                 const auto& invoice = before.invoices.at(note.invoice_id);
                 booker out{before, invoice, recorded_at};
                 out.book(entry_of_crediting(invoice, note));
                 for (const auto& x : note.lines) {
                   out.take_back(static_cast<std::size_t>(x.line), x.amounts);
                 }
                 return std::move(out).bookings();
               },
               [&](const invoice_closed& e) {
                 return bookings_of_closing(before, before.invoices.at(e.invoice_id), e.status,
                                            recorded_at);
               },
               [](const auto&) { return bookings{}; }},
    happened);
}

std::vector<ledger_posting> postings_of(ledger_entry entry) {
  BURSAR_ASSERT(is_balanced(entry), "an entry that does not balance");
  std::vector<ledger_posting> out;
  auto is_debit = [](const ledger_line& x) { return x.amount > 0; };
  auto is_credit = [](const ledger_line& x) { return x.amount < 0; };
  for (;;) {
    auto debit = std::find_if(entry.begin(), entry.end(), is_debit);
    auto credit = std::find_if(entry.begin(), entry.end(), is_credit);
    if (debit == entry.end() || credit == entry.end()) {
      return out;
    }
    auto amount = std::min(debit->amount, -credit->amount);
    out.push_back({debit->account, credit->account, amount});
    debit->amount -= amount;
    credit->amount += amount;
  }
}

}  // namespace bursar::domain
