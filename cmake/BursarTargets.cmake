# One static library per room; a room links exactly the rooms it may include.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)

find_program(BURSAR_CCACHE ccache)
if(BURSAR_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${BURSAR_CCACHE})
endif()

# Assertions of ours do not depend on NDEBUG. -g1: functions and lines for a backtrace.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")

option(BURSAR_WERROR "Treat warnings as errors" OFF)
option(BURSAR_HARDEN "Harden what is built, for programs that serve" OFF)
option(BURSAR_FUZZ "Build the fuzzers, with clang" OFF)
set(BURSAR_SANITIZE "" CACHE STRING "Sanitizers for every target, as in -fsanitize=")
if(BURSAR_FUZZ AND NOT BURSAR_SANITIZE)
  set(BURSAR_SANITIZE fuzzer-no-link,address,undefined)
endif()

add_library(bursar_options INTERFACE)
target_include_directories(bursar_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(bursar_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  # g++ 12 reports false ones: in std::string (PR105651), and, where it inlines a coroutine's
  # operator new but not its operator delete, in Asio's awaitable (PR109224).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-mismatched-new-delete>)
if(BURSAR_WERROR)
  target_compile_options(bursar_options INTERFACE -Werror)
endif()
if(BURSAR_SANITIZE)
  target_compile_options(bursar_options INTERFACE -fsanitize=${BURSAR_SANITIZE}
                                                  -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(bursar_options INTERFACE -fsanitize=${BURSAR_SANITIZE})
elseif(BURSAR_HARDEN)
  include(BursarHardening)
  bursar_harden(bursar_options)
endif()

# bursar_room(NAME SOURCES a.cpp … LINK targets …)
function(bursar_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINK" ${ARGN})
  add_library(bursar_${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(bursar_${name} PUBLIC bursar_options ${ROOM_LINK})
endfunction()

# Requests go from thread to thread and their memory with them: tcmalloc makes that a tenth of the
# CPU time cheaper than glibc. Sanitizers bring an allocator of their own.
function(bursar_use_tcmalloc program)
  if(NOT BURSAR_SANITIZE)
    find_library(BURSAR_TCMALLOC tcmalloc_minimal REQUIRED)
    target_link_libraries(${program} PRIVATE -Wl,--push-state,--no-as-needed ${BURSAR_TCMALLOC}
                                             -Wl,--pop-state)
  endif()
endfunction()
