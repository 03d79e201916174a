// The port to whoever says what taxes are due, where the rates of the catalog do not.
#pragma once

#include <functional>

#include "domain/billing/outside_tax.hpp"

namespace bursar::actors {

class tax_provider {
 public:
  virtual ~tax_provider() = default;
  // Must not block. `done` is called once, on any thread, and may be called after the node that
  // asked has ended; after limits::tax_answer_wait nobody listens. unprocessable: what the buyer or
  // the lines say cannot be taxed, and the detail tells the caller why; any other error: later.
  // Asking records nothing: previews ask, and who was not answered asks again.
  virtual void begin(const domain::tax_question& asked,
                     std::function<void(result<domain::taxation>)> done)
    = 0;
};

}  // namespace bursar::actors
