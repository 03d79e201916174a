// std::visit with one lambda per alternative and no catch-all: a new event breaks the build.
#pragma once

namespace bursar::domain {

template <class... Visitors>
struct overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
overloaded(Visitors...) -> overloaded<Visitors...>;

}  // namespace bursar::domain
