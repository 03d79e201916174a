#include "io/http/message.hpp"

#include <algorithm>

#include <boost/beast/http/status.hpp>

#include "base/limits.hpp"
#include "schemas/json_writer.hpp"

namespace bursar::io::http {
namespace {

std::string_view reason_of(unsigned status) {
  auto text = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
  return {text.data(), text.size()};
}

}  // namespace

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
  for (const auto& [name, figure] : what.figures()) {
    body += ',';
    schemas::append_string(body, name);
    body += ':' + std::to_string(figure);
  }
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

std::string head_text(const response& r, std::string_view request_id, bool keep_alive) {
  std::string out;
  constexpr std::size_t usual = 320;  // and a small body is appended
  out.reserve(usual + std::min(r.body.size(), limits::http_small_answer_bytes));
  if (r.status == 200) {
    out += "HTTP/1.1 200 OK";
  } else {
    out += "HTTP/1.1 " + std::to_string(r.status) + ' ';
    out += reason_of(r.status);
  }
  auto field = [&out](std::string_view name, std::string_view value) {
    out += "\r\n";
    out += name;
    out += ": ";
    out += value;
  };
  if (r.status != 304 && r.status != 204) {
    field("Content-Type", r.content_type);
    field("Content-Length", std::to_string(r.body.size()));
  }
  out += "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff";
  if (!request_id.empty()) {
    field("X-Request-Id", request_id);
  }
  for (const auto& [name, value] : r.fields) {
    field(name, value);
  }
  out += keep_alive ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
  return out;
}

}  // namespace bursar::io::http
