#include "app/command.hpp"

#include <cstdio>

namespace bursar::app {

void common_options::add_to(CLI::App& command) {
  command.add_option("--config", config, "settings file (TOML)");
  command.add_option("--data", data, "data directory (default: the settings' server.data)");
  command.add_option("--set", overrides, "one more setting: SECTION.KEY=VALUE");
}

void common_options::add_with_json_to(CLI::App& command) {
  add_to(command);
  command.add_flag("--json", json, "answer as JSON, for programs");
}

result<std::unique_ptr<persistence::journal>> common_options::open_read_only() const {
  auto settings = read();
  return settings ? persistence::open_rocks_journal_read_only(journal_options(*settings))
                  : settings.error();
}

result<settings> common_options::read() const {
  settings_sources sources;
  if (config) {
    sources.file = *config;
  }
  sources.environment = environment_of_process();
  sources.overrides = overrides;
  if (data) {
    sources.overrides.push_back("server.data=" + *data);
  }
  auto out = read_settings(sources);
  if (!out) {
    return out;
  }
  log::configure(out->log.level, out->log.format);
  return out;
}

persistence::rocks_options journal_options(const settings& from) {
  persistence::rocks_options out;
  out.directory = from.server.data;
  out.head_file = from.journal.head_file;
  out.free_bytes_min = static_cast<std::uint64_t>(from.journal.free_bytes_min);
  out.ballast_bytes = static_cast<std::uint64_t>(from.journal.ballast_bytes);
  out.block_cache_bytes = static_cast<std::uint64_t>(from.journal.block_cache_bytes);
  out.write_buffer_bytes = static_cast<std::uint64_t>(from.journal.write_buffer_bytes);
  return out;
}

actors::node_options node_options(const settings& from) {
  actors::node_options out;
  out.worker_threads = static_cast<std::size_t>(from.server.worker_threads);
  out.stripe = {from.stripe.account, from.stripe.livemode, from.stripe.create_organizations};
  auto said
    = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional{text}; };
  out.billing.seller.country = said(from.seller.country);
  out.billing.seller.vat_id = said(from.seller.vat_id);
  out.billing.invoice_number_prefix = from.invoices.number_prefix;
  out.billing.draft_for = std::chrono::seconds{from.invoices.draft_seconds};
  out.billing.due_after = std::chrono::days{from.invoices.due_days};
  out.credits.low_balance = from.credits.low_balance;
  out.credits.expiry_notice = std::chrono::days{from.credits.expiry_notice_days};
  out.credits.revoke_on_refund = from.credits.revoke_on_refund;
  out.parked_retry_delays = from.parked_retry_delays();
  out.snapshot_interval_events = static_cast<std::uint64_t>(from.actors.snapshot_interval_events);
  out.passivate_after = std::chrono::seconds{from.actors.passivate_after_seconds};
  return out;
}

int complain(const error& why) {
  std::fprintf(stderr, "bursar: %s\n", why.detail().c_str());
  return why.code() == errc::invalid_parameter ? wrong_usage
         : why.code() == errc::integrity_error ? found_a_problem
                                               : could_not;
}

}  // namespace bursar::app
