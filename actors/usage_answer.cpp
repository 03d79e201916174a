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
  if (const auto* access = std::get_if<schemas::access_question>(&asked)) {
    return said(
      schemas::render_checks(check_usage(of, access->checks, *catalog, shared.clock->now())));
  }
  return std::nullopt;
}

}  // namespace bursar::actors
