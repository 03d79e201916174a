// The size before is stored so that unpacking allocates once and no more than a body may have.
#include "persistence/payload.hpp"

#include <array>

#include <lz4.h>

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace bursar::persistence {
namespace {

constexpr char layout_version = 2;
constexpr std::size_t head_bytes = 5;
// By version. DO NOT CHANGE what one says: bodies are stored with it. Add another.
constexpr std::array<std::string_view, layout_version + 1> dictionaries{
  "",
  "",
#include "persistence/payload_dictionary.inc"
};

// Reading the dictionary costs more than packing a body: it is done once, and copied.
LZ4_stream_t* packer() {
  static const LZ4_stream_t prepared = [] {
    constexpr auto dictionary = dictionaries[layout_version];
    LZ4_stream_t out;
    LZ4_initStream(&out, sizeof(out));
    LZ4_loadDict(&out, dictionary.data(), static_cast<int>(dictionary.size()));
    return out;
  }();
  thread_local LZ4_stream_t kept;
  kept = prepared;
  return &kept;
}

}  // namespace

std::string pack_payload(std::string_view body) {
  auto size = static_cast<int>(body.size());
  std::string out(head_bytes + static_cast<std::size_t>(LZ4_compressBound(size)), '\0');
  out[0] = layout_version;
  for (std::size_t i = 0; i < 4; ++i) {
    out[1 + i] = static_cast<char>(body.size() >> (8 * (3 - i)));
  }
  int packed = LZ4_compress_fast_continue(packer(), body.data(), out.data() + head_bytes, size,
                                          static_cast<int>(out.size() - head_bytes), 1);
  BURSAR_ASSERT(packed > 0, "LZ4 refuses a body within its bound");
  out.resize(head_bytes + static_cast<std::size_t>(packed));
  return out;
}

result<std::string> unpack_payload(std::string_view packed) {
  error damaged{errc::integrity_error, "a stored payload is damaged"};
  if (packed.size() < head_bytes || packed[0] < 1 || packed[0] > layout_version) {
    return damaged;
  }
  auto dictionary = dictionaries[static_cast<std::size_t>(packed[0])];
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    size = size << 8 | static_cast<unsigned char>(packed[1 + i]);
  }
  if (size > limits::payload_bytes_max) {
    return damaged;
  }
  std::string out(size, '\0');
  int unpacked = LZ4_decompress_safe_usingDict(
    packed.data() + head_bytes, out.data(), static_cast<int>(packed.size() - head_bytes),
    static_cast<int>(size), dictionary.data(), static_cast<int>(dictionary.size()));
  if (unpacked != static_cast<int>(size)) {
    return damaged;
  }
  return out;
}

}  // namespace bursar::persistence
