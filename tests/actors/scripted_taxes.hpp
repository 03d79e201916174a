// A tax provider that takes nineteen per cent of every line, or says what it was told to say.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/tax_provider.hpp"

namespace bursar::actors::testing {

class scripted_taxes final : public tax_provider {
 public:
  using answer = result<domain::taxation>;

  // To the next questions, instead of nineteen per cent.
  void will_say(answer what, int times = 1) {
    std::lock_guard lock{mutex_};
    script_.insert(script_.end(), static_cast<std::size_t>(times), std::move(what));
  }
  void answers_again() {
    std::lock_guard lock{mutex_};
    script_.clear();
  }
  void hold() {
    std::lock_guard lock{mutex_};
    holds_ = true;
  }
  // Answers what it held back.
  void let_go() {
    std::vector<std::pair<std::function<void(answer)>, answer>> held;
    {
      std::lock_guard lock{mutex_};
      holds_ = false;
      held = std::exchange(held_, {});
    }
    for (auto& [done, what] : held) {
      done(std::move(what));
    }
  }
  std::vector<domain::tax_question> asked() const {
    std::lock_guard lock{mutex_};
    return asked_;
  }

  void begin(const domain::tax_question& asked, std::function<void(answer)> done) override {
    std::optional<answer> out;
    {
      std::lock_guard lock{mutex_};
      asked_.push_back(asked);
      if (script_.empty()) {
        out = nineteen_per_cent(asked, "calc_" + std::to_string(asked_.size()));
      } else {
        out = script_.front();
        script_.erase(script_.begin());
      }
      if (holds_) {
        held_.emplace_back(std::move(done), std::move(*out));
        return;
      }
    }
    done(std::move(*out));
  }

 private:
  static domain::taxation nineteen_per_cent(const domain::tax_question& asked,
                                            const std::string& calculation) {
    domain::taxation out;
    out.treatment = domain::tax_treatment::taxed;
    out.calculation = calculation;
    for (const auto& line : asked.lines) {
      out.lines.push_back(
        {{"vat_de", "VAT", decimal{19}, false, line.amount, (line.amount * 19 + 50) / 100}});
    }
    return out;
  }

  mutable std::mutex mutex_;
  std::vector<answer> script_;
  bool holds_ = false;
  std::vector<std::pair<std::function<void(answer)>, answer>> held_;
  std::vector<domain::tax_question> asked_;
};

}  // namespace bursar::actors::testing
