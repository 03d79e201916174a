# What makes a bug in a running server harder to use: stack canaries, checked libc calls, checked
# containers, addresses at random, tables that cannot be rewritten. Costs a few per cent.
include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)

function(bursar_harden target)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON PARENT_SCOPE)
  target_compile_definitions(${target} INTERFACE _GLIBCXX_ASSERTIONS)
  # _FORTIFY_SOURCE needs optimization; without it glibc warns in every file.
  target_compile_options(${target} INTERFACE -fstack-protector-strong
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
  target_link_options(${target} INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack)
endfunction()
