// What a period came to less than agreed. It is billed once the period is over; what was used in it
// may come later still, or be taken back, and then it is counted again.
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

// So much less, where that can be said now; else the next time.
void give_back(recorder& to, const subscription& s, const agreed_minimum& of,
               std::int64_t too_much) {
  if (too_much <= 0 || !can_be_credited(to, of.lines)) {
    return;
  }
  minimum_corrected out{s.id, of.full, of.agreed, of.lines};
  if (credit(to, out.lines, too_much, "more was used than the minimum was billed for") > 0) {
    to.emit(std::move(out));
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

std::vector<line_item> missing_minimums(recorder& to, const subscription& s,
                                        const std::vector<line_item>& usage,
                                        const std::optional<billing_period>& goes_on) {
  std::vector<line_item> out;
  auto all = s.minimums;  // what is corrected changes them
  for (const auto& of : all) {
    if (of.full == goes_on) {
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
    give_back(to, s, of, billed - *amount_of(line));
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
    auto line = line_of(s, s.released->terms, s.released->period, rest.amount);
    line.basis.given_back = true;
    line.basis.billed = std::move(rest);
    line.corrects = of;
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace bursar::domain
