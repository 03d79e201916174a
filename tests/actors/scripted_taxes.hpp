// A tax provider that takes nineteen per cent of every line, or says what it was told to say.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "actors/tax_provider.hpp"
#include "tests/actors/held_answers.hpp"

namespace bursar::actors::testing {

class scripted_taxes final : public tax_provider,
                             public held_answers<domain::tax_question, result<domain::taxation>> {
 public:
  // To the next questions, instead of nineteen per cent.
  void will_say(const result<domain::taxation>& what, std::size_t times = 1) {
    std::lock_guard lock{mutex_};
    script_.insert(script_.end(), times, what);
  }
  void answers_again() {
    std::lock_guard lock{mutex_};
    script_.clear();
  }

  void begin(const domain::tax_question& wanted,
             std::function<void(result<domain::taxation>)> done) override {
    answer(wanted, std::move(done), [&]() -> result<domain::taxation> {
      if (script_.empty()) {
        return nineteen_per_cent(wanted, "calc_" + std::to_string(asked_.size()));
      }
      auto out = script_.front();
      script_.erase(script_.begin());
      return out;
    });
  }

 private:
  static domain::taxation nineteen_per_cent(const domain::tax_question& wanted,
                                            const std::string& calculation) {
    domain::taxation out;
    out.treatment = domain::tax_treatment::taxed;
    out.calculation = calculation;
    for (const auto& line : wanted.lines) {
      auto amount = (line.amount * 19 + 50) / 100;
      out.lines.push_back({{"vat_de", "VAT", decimal{19}, false, line.amount, amount}});
    }
    return out;
  }

  std::vector<result<domain::taxation>> script_;
};

}  // namespace bursar::actors::testing
