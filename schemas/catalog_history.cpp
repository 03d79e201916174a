#include "schemas/catalog_history.hpp"

#include "schemas/json_writer.hpp"

namespace bursar::schemas {
namespace {

struct plan_version_view {
  std::int64_t version = 1;
  timestamp published_at{};
  domain::plan plan;
};
BOOST_DESCRIBE_STRUCT(plan_version_view, (), (version, published_at, plan))

}  // namespace

result<void> see_catalog_event(std::string_view json, const catalog_onlooker& see) {
  auto event = decode_event<domain::catalog_event>(json);
  if (!event) {
    return event.error();
  }
  see(std::move(*event));
  return {};
}

std::string render_plan_version(std::size_t number, const envelope& about, const domain::plan& x) {
  plan_version_view out{static_cast<std::int64_t>(number), about.recorded_at, x};
  return to_json<nulls::write>(out);
}

}  // namespace bursar::schemas
