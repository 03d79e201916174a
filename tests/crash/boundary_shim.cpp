// Preloaded into the program: counts its calls that change files below a directory and kills it at
// one of them. A call is write, sync, create, resize, rename or remove; sockets, logs and files
// elsewhere do not count.
//
//   BOUNDARY_ROOT  the directory
//   BOUNDARY_AT    at which call, counted from 1
//   BOUNDARY_MODE  before: the call is not made; after: it is made; torn: the first half of what
//                  it writes is written (only calls that write count)
//
// Threads: any of the program's; the count is atomic. Nothing here allocates or throws.
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

enum class moment { before, after, torn };

struct plan {
  std::string_view root;
  unsigned long at = 0;
  moment when = moment::before;
};

plan read_plan() {
  auto text = [](const char* name) {
    const char* found = std::getenv(name);
    return std::string_view{found == nullptr ? "" : found};
  };
  auto mode = text("BOUNDARY_MODE");
  return {text("BOUNDARY_ROOT"), std::strtoul(text("BOUNDARY_AT").data(), nullptr, 10),
          mode == "torn"    ? moment::torn
          : mode == "after" ? moment::after
                            : moment::before};
}

const plan& planned() {
  static const plan out = read_plan();
  return out;
}

std::atomic<unsigned long> calls{0};

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) {
    ::pause();
  }
}

bool counts(std::string_view path) {
  auto root = planned().root;
  auto name = path.substr(path.rfind('/') + 1);
  return !root.empty() && path.substr(0, root.size()) == root && name.substr(0, 3) != "LOG";
}

bool counts(const char* path) {
  return path != nullptr && counts(std::string_view{path});
}

bool counts(int file) {
  char link[32];
  char path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  auto saved = errno;
  auto size = ::readlink(link, path, sizeof path);
  errno = saved;
  return size > 0 && counts(std::string_view{path, static_cast<std::size_t>(size)});
}

bool reached() {
  return ++calls == planned().at;
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// A call that does not write bytes.
template <class Target, class Call>
auto boundary(Target target, Call call) {
  if (planned().when == moment::torn || !counts(target) || !reached()) {
    return call();
  }
  if (planned().when == moment::after) {
    call();
  }
  die();
}

// A call that writes `size` bytes; `call` makes it with fewer.
template <class Call>
auto writing(int file, std::size_t size, Call call) {
  if (!counts(file) || !reached()) {
    return call(size);
  }
  if (planned().when != moment::before) {
    call(planned().when == moment::torn ? size / 2 : size);
  }
  die();
}

std::size_t bytes_of(const iovec* parts, int count) {
  std::size_t out = 0;
  for (int i = 0; i < count; ++i) {
    out += parts[i].iov_len;
  }
  return out;
}

// Half of a vector of buffers is its first buffers.
int parts_for(const iovec* parts, int count, std::size_t size) {
  return size == bytes_of(parts, count) ? count : count / 2;
}

}  // namespace

// The C library's names, with the same types; `64` is another name for the same call here.
#define BOUNDARY_CALL(result, name, parameters, arguments, target) \
  extern "C" result name parameters {                              \
    static auto* const real = next<result parameters>(#name);      \
    return boundary(target, [&] { return real arguments; });       \
  }

// `half` stands in the arguments for how much of `size` is to be written.
#define BOUNDARY_WRITE(name, parameters, arguments)                               \
  extern "C" ssize_t name parameters {                                            \
    static auto* const real = next<ssize_t parameters>(#name);                    \
    return writing(file, size, [&](std::size_t half) { return real arguments; }); \
  }

#define BOUNDARY_WRITE_PARTS(name, parameters, arguments)                 \
  extern "C" ssize_t name parameters {                                    \
    static auto* const real = next<ssize_t parameters>(#name);            \
    return writing(file, bytes_of(parts, count), [&](std::size_t bytes) { \
      int half = parts_for(parts, count, bytes);                          \
      return real arguments;                                              \
    });                                                                   \
  }

#define BOUNDARY_OPEN(name)                                             \
  extern "C" int name(const char* path, int flags, ...) {               \
    static auto* const real = next<int(const char*, int, ...)>(#name);  \
    va_list more;                                                       \
    va_start(more, flags);                                              \
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;    \
    va_end(more);                                                       \
    auto* target = (flags & (O_CREAT | O_TRUNC)) != 0 ? path : nullptr; \
    return boundary(target, [&] { return real(path, flags, mode); });   \
  }

BOUNDARY_OPEN(open)
BOUNDARY_OPEN(open64)
BOUNDARY_CALL(FILE*, fopen, (const char* path, const char* mode), (path, mode),
              *mode == 'r' ? nullptr : path)
BOUNDARY_CALL(FILE*, fopen64, (const char* path, const char* mode), (path, mode),
              *mode == 'r' ? nullptr : path)

BOUNDARY_WRITE(write, (int file, const void* data, size_t size), (file, data, half))
BOUNDARY_WRITE(pwrite, (int file, const void* data, size_t size, off_t at), (file, data, half, at))
BOUNDARY_WRITE(pwrite64, (int file, const void* data, size_t size, off64_t at),
               (file, data, half, at))
BOUNDARY_WRITE_PARTS(writev, (int file, const iovec* parts, int count), (file, parts, half))
BOUNDARY_WRITE_PARTS(pwritev, (int file, const iovec* parts, int count, off_t at),
                     (file, parts, half, at))
BOUNDARY_WRITE_PARTS(pwritev64, (int file, const iovec* parts, int count, off64_t at),
                     (file, parts, half, at))

BOUNDARY_CALL(int, fsync, (int file), (file), file)
BOUNDARY_CALL(int, fdatasync, (int file), (file), file)
BOUNDARY_CALL(int, sync_file_range, (int file, off64_t at, off64_t size, unsigned flags),
              (file, at, size, flags), file)
BOUNDARY_CALL(int, ftruncate, (int file, off_t size), (file, size), file)
BOUNDARY_CALL(int, ftruncate64, (int file, off64_t size), (file, size), file)
BOUNDARY_CALL(int, truncate, (const char* path, off_t size), (path, size), path)
BOUNDARY_CALL(int, fallocate, (int file, int mode, off_t at, off_t size), (file, mode, at, size),
              file)
BOUNDARY_CALL(int, fallocate64, (int file, int mode, off64_t at, off64_t size),
              (file, mode, at, size), file)
BOUNDARY_CALL(int, posix_fallocate, (int file, off_t at, off_t size), (file, at, size), file)
BOUNDARY_CALL(int, posix_fallocate64, (int file, off64_t at, off64_t size), (file, at, size), file)

BOUNDARY_CALL(int, rename, (const char* from, const char* to), (from, to), to)
BOUNDARY_CALL(int, link, (const char* from, const char* to), (from, to), to)
BOUNDARY_CALL(int, unlink, (const char* path), (path), path)
BOUNDARY_CALL(int, remove, (const char* path), (path), path)
BOUNDARY_CALL(int, rmdir, (const char* path), (path), path)
BOUNDARY_CALL(int, mkdir, (const char* path, mode_t mode), (path, mode), path)
