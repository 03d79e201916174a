// Encoding and decoding of what layout.hpp describes. Decoding believes no length.
#include "persistence/layout.hpp"

#include <cstring>

namespace bursar::persistence {

sha256_digest digest_at(std::string_view bytes, std::size_t at) {
  sha256_digest out;
  std::memcpy(out.data(), bytes.data() + at, out.size());
  return out;
}

std::optional<event_name> parse_event_key(std::string_view key) {
  if (key.size() < 10 || key[key.size() - 9] != '\0') {
    return std::nullopt;
  }
  return event_name{std::string{key.substr(0, key.size() - 9)},
                    *from_big_endian(key.substr(key.size() - 8))};
}

std::optional<stored_event> parse_event(sequence_number sequence, std::string_view value) {
  if (value.size() < 2 * digest_bytes) {
    return std::nullopt;
  }
  return stored_event{sequence, digest_at(value, 0), digest_at(value, digest_bytes),
                      std::string{value.substr(2 * digest_bytes)}};
}

std::string log_value(std::string_view stream, sequence_number sequence, const sha256_digest& hash,
                      const sha256_digest& running) {
  auto out = event_key(stream, sequence);
  out += as_bytes(hash);
  out += as_bytes(running);
  return out;
}

std::optional<log_record> parse_log(std::string_view key, std::string_view value) {
  auto position = from_big_endian(key);
  if (!position || value.size() < 2 * digest_bytes) {
    return std::nullopt;
  }
  auto tail = value.size() - 2 * digest_bytes;
  auto name = parse_event_key(value.substr(0, tail));
  if (!name) {
    return std::nullopt;
  }
  return log_record{{*position, std::move(name->stream), name->sequence, digest_at(value, tail)},
                    digest_at(value, tail + digest_bytes)};
}

sha256_digest next_running(const sha256_digest& running, std::string_view stream,
                           sequence_number sequence, const sha256_digest& hash) {
  auto bytes = event_key(stream, sequence);
  bytes += as_bytes(hash);
  return chain_hash(running, bytes);
}

std::string head_value(const stream_head& head) {
  auto out = big_endian(head.sequence);
  out += as_bytes(head.hash);
  return out;
}

std::optional<stream_head> parse_head(std::string_view value) {
  if (value.size() != 8 + digest_bytes) {
    return std::nullopt;
  }
  return stream_head{*from_big_endian(value.substr(0, 8)), digest_at(value, 8)};
}

std::string counts_value(const group_counts& counts) {
  auto out = big_endian(counts.groups);
  for (auto touched : counts.touched) {
    out += big_endian(touched);
  }
  return out;
}

std::optional<group_counts> parse_counts(std::string_view value) {
  if (value.size() != 8 * (1 + counted_columns)) {
    return std::nullopt;
  }
  group_counts out;
  out.groups = *from_big_endian(value.substr(0, 8));
  for (std::size_t i = 0; i < counted_columns; ++i) {
    out.touched[i] = *from_big_endian(value.substr(8 * (i + 1), 8));
  }
  return out;
}

error damaged(std::string_view stream, sequence_number sequence, std::string_view what) {
  return {errc::integrity_error,
          std::string{stream} + " event " + std::to_string(sequence) + ": " + std::string{what}};
}

}  // namespace bursar::persistence
