// Credit notes: an invoice that was sent is never changed; what it billed too much is taken back by
// a document of its own.
#include <algorithm>
#include <utility>

#include "base/money.hpp"
#include "domain/billing/recorder.hpp"

namespace bursar::domain {
namespace {

error wrong(std::string what, std::string pointer = {}) {
  if (pointer.empty()) {
    return {errc::unprocessable, std::move(what)};
  }
  return {errc::unprocessable, "the credit note is not valid", {{std::move(pointer), what}}};
}

credited_line all_that_is_left(const native_invoice& of, std::size_t line) {
  return {static_cast<std::int64_t>(line), rest_of(of, line)};
}

result<credited_line> credited(const native_invoice& of, const issue_credit_note::wanted_line& x,
                               const std::string& pointer) {
  if (x.line < 0 || x.line >= static_cast<std::int64_t>(of.lines.size())) {
    return wrong("the invoice has " + std::to_string(of.lines.size()) + " lines, from 0", pointer);
  }
  auto all = all_that_is_left(of, static_cast<std::size_t>(x.line));
  if (all.amounts.amount <= 0) {
    return wrong("nothing of this line is left to be credited", pointer);
  }
  auto amount = x.amount.value_or(all.amounts.amount);
  if (amount < 1 || amount > all.amounts.amount) {
    return wrong(std::to_string(amount) + " where " + std::to_string(all.amounts.amount)
                   + " of the line is left",
                 pointer);
  }
  all.amounts = part_of(all.amounts, amount);
  return all;
}

result<std::vector<credited_line>> lines_of(const native_invoice& of, const issue_credit_note& c) {
  std::vector<credited_line> out;
  for (std::size_t i = 0; i < c.lines.size(); ++i) {
    auto pointer = "/lines/" + std::to_string(i);
    bool twice = std::any_of(out.begin(), out.end(),
                             [&](const credited_line& x) { return x.line == c.lines[i].line; });
    if (twice) {
      return wrong("the line is named twice", pointer);
    }
    auto line = credited(of, c.lines[i], pointer);
    if (!line) {
      return line.error();
    }
    out.push_back(std::move(*line));
  }
  for (std::size_t i = 0; c.lines.empty() && i < of.lines.size(); ++i) {
    if (auto rest = all_that_is_left(of, i); rest.amounts.amount > 0) {
      out.push_back(std::move(rest));
    }
  }
  return out;
}

// int128: sums of amounts that are each what an amount can be.
int128 sum_of(const std::vector<credited_line>& lines) {
  int128 out = 0;
  for (const auto& line : lines) {
    out += total_of(line.amounts);
  }
  return out;
}

// Less than the invoice says, where its lines give back more than they bill.
int128 left_of(const native_invoice& of) {
  int128 out = of.totals.total;
  for (const auto& note : of.credit_notes) {
    out -= note.total;
  }
  return out;
}

result<void> may_be_credited(const native_invoice& of, const issue_credit_note& c) {
  if (of.status == invoice_status::draft || of.status == invoice_status::voided) {
    return refused(of, "only what was sent is credited");
  }
  for (const auto& x : of.credit_notes) {
    if (x.id == c.credit_note_id || (c.refund_id && x.refund_id == c.refund_id)) {
      return error{errc::already_exists, "credit note " + x.id + " says that already"};
    }
  }
  return {};
}

}  // namespace

result<void> act(recorder& to, const native_invoice& invoice, const issue_credit_note& c) {
  if (auto may = may_be_credited(invoice, c); !may) {
    return may;
  }
  if (auto may = not_under_way(to, invoice); !may) {
    return may;
  }
  if (c.lines.empty() && gives_back(invoice)) {
    return wrong("it gives back what another one billed: say which lines, and how much");
  }
  auto lines = lines_of(invoice, c);
  if (!lines) {
    return lines.error();
  }
  auto total = sum_of(*lines);
  if (total <= 0 || total > left_of(invoice)) {
    return wrong("nothing of the invoice, or not that much, is left to be credited");
  }
  credit_note note;
  note.id = c.credit_note_id;
  note.invoice_id = invoice.id;
  note.currency = invoice.currency;
  note.lines = std::move(*lines);
  note.total = static_cast<std::int64_t>(total);
  note.to_invoice = std::min(note.total, amount_due(invoice));
  auto settled = note.total - note.to_invoice;
  if (c.refund_id && settled == 0) {
    return wrong("nothing of that was paid, and could be refunded");
  }
  note.refund_id = c.refund_id;
  (note.refund_id ? note.refunded : note.to_balance) = settled;
  note.reason = c.reason;
  note.issued_at = to.now();
  if (note.refunded > 0) {
    auto refunded = note.refunded;
    for (const auto& earlier : invoice.credit_notes) {
      refunded += earlier.refunded;
    }
    if (refunded > invoice.paid) {
      return wrong("more than was paid cannot be refunded");
    }
  } else if (auto sum = add_checked(balance_of(to.state(), note.currency), note.to_balance); !sum) {
    return sum.error();
  }
  to.emit(credit_note_issued{std::move(note)});
  if (invoice.status != invoice_status::paid && amount_due(invoice) == 0) {
    if (auto done = close(to, invoice, invoice_status::paid, to.now()); !done) {
      return done;
    }
  }
  return set_off(to, invoice.currency, to.now());
}

result<void> act(recorder& to, const credit_note& note, const record_invoice_number& c) {
  if (note.number && note.number != c.number) {
    return error{errc::invalid_transition, "the number of " + note.id + " is " + *note.number};
  }
  if (!note.number) {
    to.emit(credit_note_numbered{note.invoice_id, note.id, c.number});
  }
  return {};
}

bool can_be_credited(const recorder& to, const std::vector<billed_line>& lines) {
  return std::all_of(lines.begin(), lines.end(), [&](const billed_line& line) {
    const auto& invoice = to.state().invoices.at(line.invoice_id);
    return invoice.status != invoice_status::draft && not_under_way(to, invoice).has_value();
  });
}

std::int64_t credit(recorder& to, std::vector<billed_line>& lines, std::int64_t amount,
                    const std::string& reason) {
  std::int64_t credited = 0;
  for (auto line = lines.rbegin(); line != lines.rend() && credited < amount; ++line) {
    const auto& invoice = to.state().invoices.at(line->invoice_id);
    auto wanted = std::min(line->amount, amount - credited);
    auto rest = rest_of(invoice, static_cast<std::size_t>(line->line));
    auto part = part_coming_to(rest, wanted);
    if (invoice.status != invoice_status::voided && part > 0) {
      issue_credit_note note{invoice.id, to.new_credit_note_id(), {{line->line, part}}, {}, {}};
      note.reason = reason;
      if (!act(to, invoice, note)) {
        continue;
      }
    }
    credited += wanted;
    line->amount -= wanted;
  }
  return credited;
}

}  // namespace bursar::domain
