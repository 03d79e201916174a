#include "io/http/message.hpp"

#include <algorithm>

#include "schemas/json_writer.hpp"

namespace bursar::io::http {

std::optional<std::string_view> request::field(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (key == name) {
      return value;
    }
  }
  return std::nullopt;
}

response problem(const error& what, std::string_view request_id) {
  const auto& row = describe(what.code());
  std::string dashed{row.name};
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  response out;
  out.status = row.status;
  out.content_type = "application/problem+json";
  auto& body = out.body;
  auto member = [&body](std::string_view name, std::string_view value) {
    body += body.empty() ? '{' : ',';
    schemas::append_string(body, name);
    body += ':';
    schemas::append_string(body, value);
  };
  member("type", "https://bursar.dev/errors/" + dashed);
  member("title", row.title);
  body += ",\"status\":" + std::to_string(row.status);
  member("code", row.name);
  member("detail", what.detail().empty() ? row.title : std::string_view{what.detail()});
  member("instance", request_id);
  if (!what.fields().empty()) {
    body += ",\"errors\":[";
    for (std::size_t i = 0; i < what.fields().size(); ++i) {
      body += i == 0 ? "{\"pointer\":" : ",{\"pointer\":";
      schemas::append_string(body, what.fields()[i].pointer);
      body += ",\"message\":";
      schemas::append_string(body, what.fields()[i].message);
      body += '}';
    }
    body += ']';
  }
  body += '}';
  if (row.status == 429 || row.status == 503) {
    out.fields.emplace_back("Retry-After", "1");
  }
  return out;
}

}  // namespace bursar::io::http
