// A value that cannot be printed, logged or compared by accident.
#pragma once

#include <utility>

namespace bursar {

template <class T>
class secret {
 public:
  secret() = default;
  explicit secret(T value) : value_{std::move(value)} {}
  // The one way to the value: the name is meant to be searched for.
  const T& reveal() const { return value_; }

 private:
  T value_{};
};

}  // namespace bursar
