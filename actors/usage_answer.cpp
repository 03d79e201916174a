#include "actors/usage_answer.hpp"

#include "schemas/usage_views.hpp"

namespace bursar::actors {

std::optional<outcome> usage_answer(const organization_command& asked,
                                    const domain::organization& of, services& shared) {
  auto catalog = shared.catalog.get();
  auto said = [](std::string body) { return outcome{200, std::move(body), {}, {}, 0, false}; };
  if (const auto* usage = std::get_if<schemas::usage_question>(&asked)) {
    auto body = schemas::render_usage(*usage, *catalog, of.usage);
    return body ? said(std::move(*body)) : outcome::failed(body.error());
  }
  if (const auto* trend = std::get_if<schemas::trend_question>(&asked)) {
    auto body = schemas::render_trends(*trend, *catalog, of.usage, shared.clock->now());
    return body ? said(std::move(*body)) : outcome::failed(body.error());
  }
  if (const auto* amendment = std::get_if<schemas::amendment_question>(&asked)) {
    auto found = of.usage.amendments.find(amendment->id);
    return found == of.usage.amendments.end()
             ? outcome::failed({errc::not_found, "no such amendment of usage"})
             : said(schemas::render_amendment(found->first, found->second));
  }
  if (const auto* access = std::get_if<schemas::access_question>(&asked)) {
    return said(
      schemas::render_checks(check_usage(of, access->checks, *catalog, shared.clock->now())));
  }
  return std::nullopt;
}

outcome usage_answer(const domain::usage_command& told, const domain::organization& of,
                     const domain::usage_outcome* batch, const domain::catalog& catalog,
                     timestamp now) {
  outcome out;
  if (const auto* amendment = std::get_if<domain::amend_usage>(&told)) {
    out.status = amendment->draft ? 201 : 200;
    const auto& id = amendment->amendment_id;
    out.body = schemas::render_amendment(id, of.usage.amendments.at(id));
  } else if (batch != nullptr) {
    out.body = schemas::render(*batch);
  } else {
    out.body = schemas::render_entitlements(of, catalog, now);
  }
  return out;
}

}  // namespace bursar::actors
