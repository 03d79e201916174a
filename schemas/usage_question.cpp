#include "schemas/usage_question.hpp"

namespace bursar::schemas {
namespace {

constexpr std::int64_t windows_max = 1'000;

error wrong(const char* parameter, std::string what) {
  return {errc::invalid_parameter,
          "the usage cannot be shown",
          {{std::string{"?"} + parameter, std::move(what)}}};
}

result<timestamp> time_of(const char* name, const std::string& text) {
  auto parsed = parse_rfc3339(text);
  return parsed ? result<timestamp>{*parsed} : wrong(name, "must be an RFC 3339 time");
}

}  // namespace

result<usage_question> question_of(const usage_question_texts& said, timestamp now) {
  usage_question out;
  out.metric = said.metric;
  out.group_by = said.group_by;
  if (said.granularity && !boost::describe::enum_from_string(said.granularity->c_str(), out.by)) {
    return wrong("granularity", "must be hour, day or month");
  }
  auto first = said.start ? time_of("start", *said.start) : domain::remembered_since(out.by, now);
  auto last = said.end ? time_of("end", *said.end) : end_of(domain::start_of(now, out.by), out.by);
  if (!first || !last) {
    return first ? last.error() : first.error();
  }
  if (*last < *first) {
    return wrong("end", "must not be before start");
  }
  out.in.start = domain::start_of(*first, out.by);
  out.in.end = domain::start_of(*last, out.by);
  if (out.in.end < *last || out.in.end == out.in.start) {
    out.in.end = domain::end_of(out.in.end, out.by);
  }
  constexpr std::chrono::microseconds shortest{std::chrono::hours{1}};
  auto length = out.by == domain::usage_granularity::hour  ? shortest
                : out.by == domain::usage_granularity::day ? shortest * 24
                                                           : shortest * 24 * 28;
  if ((out.in.end - out.in.start) / length > windows_max) {
    return wrong("start", "must be at most 1000 windows before the end");
  }
  return out;
}

}  // namespace bursar::schemas
