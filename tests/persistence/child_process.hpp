// A program started by a test: what it says, line by line, and a kill.
#pragma once

#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bursar::persistence::testing {

class child_process {
 public:
  explicit child_process(std::vector<std::string> words) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
      throw std::runtime_error{"no pipe"};
    }
    std::vector<char*> arguments;
    for (auto& word : words) {
      arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int failed = ::posix_spawn(&id_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failed != 0) {
      throw std::runtime_error{"cannot start " + words[0]};
    }
    from_ = ::fdopen(ends[0], "r");
  }
  ~child_process() {
    if (id_ > 0) {
      kill();
      wait();
    }
    std::fclose(from_);
  }
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  // False at the end of what it says.
  bool line(std::string& out) {
    out.clear();
    for (int c = std::fgetc(from_); c != EOF; c = std::fgetc(from_)) {
      if (c == '\n') {
        return true;
      }
      out += static_cast<char>(c);
    }
    return false;
  }
  void kill() { ::kill(id_, SIGKILL); }
  // As waitpid tells it.
  int wait() {
    int status = 0;
    ::waitpid(id_, &status, 0);
    id_ = -1;
    return status;
  }

 private:
  pid_t id_ = -1;
  std::FILE* from_ = nullptr;
};

}  // namespace bursar::persistence::testing
