#include "schemas/answers.hpp"

#include "schemas/strict_json.hpp"

namespace bursar::schemas {

std::optional<std::string> member_text(std::string_view object, std::string_view name) {
  auto document = parse_strict(object);
  simdjson::dom::element found;
  if (!document || document->at_key(name).get(found) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  std::string_view text;
  if (found.get(text) == simdjson::SUCCESS) {
    return std::string{text};
  }
  return found.is_int64() || found.is_bool() ? std::optional{simdjson::minify(found)}
                                             : std::nullopt;
}

std::vector<std::string> ids_of_list(std::string_view list) {
  std::vector<std::string> out;
  auto document = parse_strict(list);
  simdjson::dom::array rows;
  if (document && document->at_key("data").get(rows) == simdjson::SUCCESS) {
    for (auto row : rows) {
      std::string_view id;
      if (row["id"].get(id) == simdjson::SUCCESS) {
        out.emplace_back(id);
      }
    }
  }
  return out;
}

}  // namespace bursar::schemas
