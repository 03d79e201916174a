// The port to whoever moves the money. Bursar asks for each charge until it has an answer, so a
// gateway is asked again with the same key where nobody knows what became of the first time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace bursar::actors {

struct charge {
  std::string idempotency_key;  // the same for the same charge, whatever dies in between
  std::string organization_id, invoice_id;
  std::string payment_method;  // the gateway's token
  std::int64_t amount = 0;     // minor units
  std::string currency;        // ISO 4217 in lower case
};

struct charge_outcome {
  enum class kind : std::uint8_t {
    succeeded,
    declined,
    unknown  // no answer, or none that says so: it is asked again
  };
  kind what = kind::unknown;
  std::string payment_id;  // of succeeded: the gateway's
  std::optional<std::string> failure_code;
  bool for_good = false;  // of declined: no retry will work
};

class payment_gateway {
 public:
  virtual ~payment_gateway() = default;
  // Must not block. `done` is called once, on any thread, and may be called after the node that
  // asked has ended. The same key again has the same outcome, and moves no money again.
  virtual void begin(const charge& wanted, std::function<void(charge_outcome)> done) = 0;
};

}  // namespace bursar::actors
