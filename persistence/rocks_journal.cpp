// Opening the embedded journal. Order matters: the head file is read before the database is
// touched, everything is checked before the first append, and new names are synced into their
// directories before anything is acknowledged.
#include "persistence/rocks_journal.hpp"

#include <exception>

#include "base/log.hpp"
#include "persistence/embedded_journal.hpp"
#include "persistence/open_checks.hpp"

namespace bursar::persistence {
namespace {

result<void> make_directory(const std::filesystem::path& directory) {
  std::error_code problem;
  bool fresh = std::filesystem::create_directories(directory, problem);
  if (problem) {
    return error{errc::io_error, directory.string() + ": " + problem.message()};
  }
  if (!fresh) {
    return {};
  }
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all, problem);
  return sync_directory(std::filesystem::absolute(directory).parent_path());
}

// Nothing is created next to a head file that knows of events: that would hide the loss.
result<std::optional<head_mark>> expected_mark(const rocks_options& options) {
  auto mark = durable_head::read(head_path(options));
  if (mark && *mark && (*mark)->groups > 0 && !holds_journal(options)) {
    return error{errc::integrity_error, "the head file knows " + std::to_string((*mark)->position)
                                          + " events, but there is no database in "
                                          + database_path(options).string()
                                          + "; restore the newest backup"};
  }
  return mark;
}

result<std::unique_ptr<durable_head>> start_head(const rocks_options& options,
                                                 const head_mark& at) {
  auto file = std::filesystem::absolute(head_path(options));
  if (auto made = make_directory(file.parent_path()); !made) {
    return made.error();
  }
  auto head = durable_head::open(file, at);
  if (!head) {
    return head.error();
  }
  if (auto done = (*head)->advance(at); !done) {
    return done.error();
  }
  if (auto done = (*head)->sync(); !done) {
    return done.error();
  }
  return head;
}

result<std::unique_ptr<journal>> open_for_writing(const rocks_options& options,
                                                  const journal_surroundings& in) {
  if (auto made = make_directory(options.directory); !made) {
    return made.error();
  }
  auto expected = expected_mark(options);
  if (!expected) {
    return expected.error();
  }
  auto source = in.free_bytes ? in.free_bytes : free_bytes_at(options.directory);
  if (auto room = check_room_to_open(options, source()); !room) {
    return room.error();
  }
  auto store = open_store(options, open_mode::write, in.env);
  if (!store) {
    return store.error();
  }
  if (auto synced = sync_directory(options.directory); !synced) {
    return synced.error();
  }
  auto at = check_at_open(**store, *expected);
  if (!at) {
    return at.error();
  }
  auto head = start_head(options, at->mark);
  if (!head) {
    return head.error();
  }
  make_ballast(options, source());
  auto space = std::make_unique<free_space>(source, options.free_bytes_min);
  return std::unique_ptr<journal>{
    new embedded_journal{std::move(*store), std::move(*head), *at, std::move(space)}};
}

result<std::unique_ptr<journal>> read_beside(const rocks_options& options) {
  auto opened = open_for_reading(options);
  if (!opened.is) {
    return opened.is.error();
  }
  auto space
    = std::make_unique<free_space>(free_bytes_at(options.directory), options.free_bytes_min);
  return std::unique_ptr<journal>{
    new embedded_journal{std::move(opened.store), nullptr, *opened.is, std::move(space)}};
}

// Exceptions do not leave the room: a full memory, a file name that cannot be.
template <class Open>
result<std::unique_ptr<journal>> guarded(Open open) {
  try {
    return open();
  } catch (const std::exception& problem) {
    return error{errc::io_error, std::string{"the journal cannot be opened: "} + problem.what()};
  }
}

}  // namespace

result<std::unique_ptr<journal>> open_rocks_journal(const rocks_options& options,
                                                    const journal_surroundings& in) {
  return guarded([&] { return open_for_writing(options, in); });
}

result<std::unique_ptr<journal>> open_rocks_journal(const rocks_options& options) {
  return open_rocks_journal(options, journal_surroundings{});
}

result<std::unique_ptr<journal>> open_rocks_journal_read_only(const rocks_options& options) {
  return guarded([&] { return read_beside(options); });
}

}  // namespace bursar::persistence
