// LZ4 over one body. The size before is stored so that unpacking allocates once and no more
// than a body may have.
#include "persistence/payload.hpp"

#include <lz4.h>

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace bursar::persistence {
namespace {
constexpr char layout_version = 1;
constexpr std::size_t head_bytes = 5;

// Kept per thread: a fresh one begins by clearing 16 KiB.
LZ4_stream_t* packer() {
  struct stream {
    LZ4_stream_t* is = LZ4_createStream();
    ~stream() { LZ4_freeStream(is); }
  };
  thread_local stream kept;
  BURSAR_ASSERT(kept.is != nullptr, "no memory to pack a payload");
  LZ4_resetStream_fast(kept.is);
  return kept.is;
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
  if (packed.size() < head_bytes || packed[0] != layout_version) {
    return damaged;
  }
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    size = size << 8 | static_cast<unsigned char>(packed[1 + i]);
  }
  if (size > limits::payload_bytes_max) {
    return damaged;
  }
  std::string out(size, '\0');
  int unpacked
    = LZ4_decompress_safe(packed.data() + head_bytes, out.data(),
                          static_cast<int>(packed.size() - head_bytes), static_cast<int>(size));
  if (unpacked != static_cast<int>(size)) {
    return damaged;
  }
  return out;
}

}  // namespace bursar::persistence
