// What a period came to less than agreed. It is billed once the period is over; what was used in it
// may come later still, and then it is counted again.
#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "domain/billing/recorder.hpp"

namespace bursar::domain {
namespace {

bool is_part(const metered_period& of, const agreed_minimum& in) {
  return of.full == in.full && of.terms.minimum == in.agreed;
}

// What was used in its parts comes to: what is billed of it and what is going to be.
std::int64_t fees_of(const subscription& s, const agreed_minimum& in,
                     const std::vector<line_item>& usage) {
  std::int64_t out = 0;
  for (const auto& of : s.metered) {
    if (!is_part(of, in)) {
      continue;
    }
    for (const auto& [metric, billed] : of.usage) {
      out += billed.amount;
    }
    for (const auto& line : usage) {
      bool is_its = line.usage && line.subscription_id == s.id && line.period == of.period;
      auto amount = is_its ? amount_of(line) : result<std::int64_t>{0};
      out += amount ? *amount : 0;
    }
  }
  return out;
}

const plan_terms& terms_of(const subscription& s, const agreed_minimum& of) {
  auto part = std::find_if(s.metered.rbegin(), s.metered.rend(),
                           [&](const metered_period& x) { return is_part(x, of); });
  return part == s.metered.rend() ? s.terms : part->terms;
}

line_item line_of(const subscription& s, const plan_terms& terms, const billing_period& full,
                  std::int64_t amount) {
  line_item out;
  out.kind = line_kind::minimum;
  out.description = terms.name + ", agreed minimum";
  out.subscription_id = s.id;
  out.plan_id = terms.plan_id;
  out.product_class = terms.product_class;
  out.period = out.full = full;
  out.basis.price.unit_amount = amount;
  out.basis.price_version = terms.plan_version;
  out.basis.units = 1;
  return out;
}

std::int64_t billed_of(const agreed_minimum& of) {
  std::int64_t out = 0;
  for (const auto& line : of.lines) {
    out += line.amount;
  }
  return out;
}

// What one of them misses beside what is billed of it.
line_item minimum_line(const subscription& s, const agreed_minimum& of,
                       const std::vector<line_item>& usage) {
  auto out = line_of(s, terms_of(s, of), of.full, of.agreed);
  out.basis.share = of.share;
  out.basis.counted = of.counted + fees_of(s, of, usage) + billed_of(of);
  return out;
}

line_item back_line(const subscription& s, const plan_terms& terms, const billing_period& full,
                    const line_reference& of, const billed_amounts& rest, std::int64_t amount) {
  auto out = line_of(s, terms, full, amount);
  out.basis.given_back = true;
  out.basis.billed = rest;
  out.corrects = of;
  return out;
}

// Of the lines that billed it, the last first. What nobody owes is not given back.
void give_back(const recorder& to, const subscription& s, const agreed_minimum& of,
               std::int64_t too_much, std::vector<line_item>& into) {
  for (auto line = of.lines.rbegin(); line != of.lines.rend() && too_much > 0; ++line) {
    const auto& invoice = to.state().invoices.at(line->invoice_id);
    auto rest = rest_of(invoice, static_cast<std::size_t>(line->line));
    auto part = std::min({line->amount, rest.amount, too_much});
    if (invoice.status != invoice_status::voided && part > 0) {
      line_reference where{line->invoice_id, line->line};
      into.push_back(back_line(s, terms_of(s, of), of.full, where, rest, part));
      too_much -= part;
    }
  }
}

}  // namespace

void fix_minimums(recorder& to, const subscription& s, const interval_ledger& billed) {
  auto length = [](const billing_period& x) { return unix_seconds(x.end) - unix_seconds(x.start); };
  auto whole = std::max<std::int64_t>(length(s.period), 1);
  std::map<std::int64_t, minimum_fixed> out;  // by what was agreed
  for (const auto& x : billed.intervals) {
    if (x.minimum && x.full == s.period) {
      minimum_fixed nothing{s.id, s.period, *x.minimum, {0, whole}, 0};
      auto& made = out.try_emplace(*x.minimum, nothing).first->second;
      made.share.part = std::min(made.share.part + length(x.interval), whole);
      made.counted += x.billed.amount + x.credited;
    }
  }
  for (auto& [agreed, made] : out) {
    to.emit(std::move(made));
  }
}

std::vector<line_item> minimum_lines(const recorder& to, const subscription& s,
                                     const std::vector<line_item>& usage,
                                     const std::optional<billing_period>& but) {
  std::vector<line_item> out;
  for (const auto& of : s.minimums) {
    if (of.full == but) {
      continue;
    }
    auto line = minimum_line(s, of, usage);
    auto missing = amount_of(line);
    if (!missing || *missing > 0) {
      out.push_back(std::move(line));
      continue;
    }
    auto billed = billed_of(of);
    line.basis.counted -= billed;
    give_back(to, s, of, billed - *amount_of(line), out);
  }
  return out;
}

void recount_minimums(std::vector<line_item>& lines, const native_invoice& draft,
                      const subscription& s) {
  for (const auto& of : s.minimums) {
    auto line = minimum_line(s, of, {});
    auto more
      = minimum_line(s, of, lines).basis.counted - minimum_line(s, of, draft.lines).basis.counted;
    auto had = std::find_if(lines.begin(), lines.end(), [&](const line_item& x) {
      return x.kind == line_kind::minimum && !x.corrects && x.full == of.full
             && x.subscription_id == s.id && x.basis.price == line.basis.price;
    });
    line.basis.counted += more;
    if (had != lines.end()) {
      had->basis.counted += more;
    } else if (auto missing = amount_of(line); more != 0 && (!missing || *missing > 0)) {
      lines.push_back(std::move(line));
    }
  }
}

std::vector<line_item> released_minimums(const recorder& to, const subscription& s) {
  std::vector<line_item> out;
  for (const auto& of : s.released->minimums) {
    const auto& invoice = to.state().invoices.at(of.invoice_id);
    auto rest = rest_of(invoice, static_cast<std::size_t>(of.line));
    out.push_back(back_line(s, s.released->terms, s.released->period, of, rest, rest.amount));
  }
  return out;
}

}  // namespace bursar::domain
