#include "schemas/explanation.hpp"

#include <algorithm>
#include <utility>

#include "schemas/json_writer.hpp"
#include "schemas/rating_view.hpp"

namespace bursar::schemas {
namespace {

struct line_explanation_view {
  std::string description;
  std::int64_t amount = 0;
  domain::pricing_model model = domain::pricing_model::flat;
  std::int64_t price_version = 1;
  std::optional<bool> catalog_same, usage_same;
  std::optional<domain::metered_units> usage;
  decimal units;
  std::vector<step_view> steps;
  std::string price, share, unrounded;
  bool given_back = false;
  std::optional<std::int64_t> at_most;
  std::int64_t counted = 0;
  std::optional<std::int64_t> maximum;
  std::int64_t recomputed = 0;
  bool same = false;
};
BOOST_DESCRIBE_STRUCT(line_explanation_view, (),
                      (description, amount, model, price_version, catalog_same, usage_same, usage,
                       units, steps, price, share, unrounded, given_back, at_most, counted, maximum,
                       recomputed, same))

struct note_explanation_view {
  std::string id;
  std::optional<std::string> number;
  std::uint64_t sequence = 0;
  bool lines_same = false, total_same = false;
};
BOOST_DESCRIBE_STRUCT(note_explanation_view, (), (id, number, sequence, lines_same, total_same))

struct explanation_view {
  std::string invoice_id;
  std::uint64_t sequence = 0;
  std::optional<std::string> number;
  std::optional<domain::legal_entity> legal_entity;
  std::optional<std::string> tax_calculation;
  std::vector<line_explanation_view> lines;
  std::vector<note_explanation_view> credit_notes;
  bool discounts_same = false, taxes_same = false, totals_same = false, reproduced = false;
};
BOOST_DESCRIBE_STRUCT(explanation_view, (),
                      (invoice_id, sequence, number, legal_entity, tax_calculation, lines,
                       credit_notes, discounts_same, taxes_same, totals_same, reproduced))

line_explanation_view view_of(const domain::line_item& line, const domain::line_explanation& x) {
  line_explanation_view out;
  out.description = line.description;
  out.amount = line.amount;
  out.model = line.basis.price.model;
  out.price_version = line.basis.price_version;
  out.usage = line.usage;
  out.units = line.basis.units;
  out.steps = steps_of(x.price);
  out.price = domain::text_of(x.price.amount);
  out.share = text_of(line.basis.share);
  out.unrounded = domain::text_of(x.unrounded);
  out.given_back = line.basis.given_back;
  if (line.basis.billed) {
    out.at_most = line.basis.billed->amount;
  }
  out.counted = line.basis.counted;
  out.maximum = line.basis.maximum;
  out.recomputed = x.recomputed;
  out.same = x.same;
  return out;
}

// From what the journal has of usage until then. A line that stays as it was says nothing new.
void recount(const std::vector<domain::line_item>& lines,
             const std::vector<domain::line_item>& before, const domain::organization& then,
             explained_invoice& into) {
  into.usage_same.resize(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    bool stays
      = i < before.size() && lines[i].basis == before[i].basis && lines[i].usage == before[i].usage;
    if (!stays) {
      into.usage_same[i] = domain::is_recounted(lines[i], then.usage);
    }
  }
}

}  // namespace

onlooker looking_for(const std::string& invoice_id, explained_invoice& into) {
  return [&invoice_id, &into](const domain::organization& before, const domain::event& happened,
                              const envelope& about) {
    if (const auto* created = std::get_if<domain::invoice_created>(&happened);
        created != nullptr && created->invoice.id == invoice_id) {
      into.sequence = about.sequence;
      recount(created->invoice.lines, {}, before, into);
    } else if (const auto* revised = std::get_if<domain::invoice_revised>(&happened);
               revised != nullptr && revised->invoice_id == invoice_id) {
      recount(revised->lines, before.billing.invoices.at(invoice_id).lines, before, into);
    } else if (const auto* issued = std::get_if<domain::credit_note_issued>(&happened);
               issued != nullptr && issued->credit_note.invoice_id == invoice_id) {
      const auto& invoice = before.billing.invoices.at(invoice_id);
      into.notes.push_back({about.sequence, domain::explain(invoice, issued->credit_note)});
    }
  };
}

result<explained_invoice> explained(explained_invoice of, const domain::organization& in,
                                    const std::string& invoice_id,
                                    const domain::plan_history& plans) {
  auto found = in.billing.invoices.find(invoice_id);
  if (found == in.billing.invoices.end()) {
    return error{errc::not_found, "there is no invoice " + invoice_id};
  }
  of.invoice = found->second;
  of.told = domain::explain(of.invoice);
  for (const auto& line : of.invoice.lines) {
    of.catalog_same.push_back(domain::is_of_catalog(line, of.invoice.currency, plans));
  }
  return of;
}

bool is_reproduced(const explained_invoice& of) {
  bool recounted = std::none_of(of.usage_same.begin(), of.usage_same.end(),
                                [](const auto& same) { return same == false; });
  return domain::is_reproduced(of.told) && recounted
         && std::all_of(of.notes.begin(), of.notes.end(), [](const explained_note& x) {
              return x.told.lines_same && x.told.total_same;
            });
}

std::string render_explanation(const explained_invoice& of) {
  const auto& x = of.invoice;
  explanation_view out;
  out.sequence = of.sequence;
  out.invoice_id = x.id;
  out.number = x.number;
  out.legal_entity = x.legal_entity;
  out.tax_calculation = x.tax_calculation;
  for (std::size_t i = 0; i < x.lines.size(); ++i) {
    out.lines.push_back(view_of(x.lines[i], of.told.lines[i]));
    out.lines.back().catalog_same = of.catalog_same[i];
    out.lines.back().usage_same = of.usage_same[i];
  }
  for (std::size_t i = 0; i < x.credit_notes.size(); ++i) {
    const auto& note = of.notes[i];
    out.credit_notes.push_back({x.credit_notes[i].id, x.credit_notes[i].number, note.sequence,
                                note.told.lines_same, note.told.total_same});
  }
  out.discounts_same = of.told.discounts_same;
  out.taxes_same = of.told.taxes_same;
  out.totals_same = of.told.totals_same;
  out.reproduced = is_reproduced(of);
  return to_json<nulls::write>(out);
}

}  // namespace bursar::schemas
