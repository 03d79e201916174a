// `bursar catalog load`: what a file lists is published on a stopped server's directory, judged as
// over HTTP.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "app/command.hpp"
#include "app/stopped_server.hpp"
#include "app/table.hpp"
#include "schemas/json_writer.hpp"
#include "schemas/requests.hpp"

namespace bursar::app {
namespace {

struct load_options : common_options {
  std::string file;
  bool replace = false;
};

struct loaded {
  std::string kind, id;
  std::string result;  // created, replaced, unchanged, differs, refused
  std::optional<std::string> problem;
};
BOOST_DESCRIBE_STRUCT(loaded, (), (kind, id, result, problem))

result<schemas::catalog_file> read_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (!in) {
    return error{errc::io_error, "cannot read " + path};
  }
  return schemas::parse_catalog_file(text);
}

class loading {
 public:
  loading(stopped_server& server, bool replace) : server_{server}, replace_{replace} {}

  template <class Value>
  void load(const char* kind, const std::vector<Value>& values) {
    const auto known = domain::kept_in<Value>;
    for (const auto& value : values) {
      auto catalog = server_.node().shared().catalog.get();
      auto found = ((*catalog).*known).find(value.id);
      bool exists = found != ((*catalog).*known).end();
      loaded row{kind, value.id, exists ? "replaced" : "created", {}};
      if (exists && found->second == value) {
        row.result = "unchanged";
      } else if (exists && !replace_) {
        row.result = "differs";
      } else if (auto what = server_.ask<domain::catalog_command>(
                   domain::put<Value>{value, exists ? std::optional{found->second} : std::nullopt});
                 what.problem) {
        row.result = "refused";
        row.problem = what.problem->text();
      }
      rows_.push_back(std::move(row));
    }
  }
  const std::vector<loaded>& rows() const { return rows_; }

 private:
  stopped_server& server_;
  const bool replace_;
  std::vector<loaded> rows_;
};

void print(const std::vector<loaded>& rows) {
  std::vector<row> cells;
  for (const auto& x : rows) {
    cells.push_back({x.kind, x.id, x.result, x.problem.value_or("")});
  }
  print_table({"WHAT", "ID", "RESULT", "PROBLEM"}, std::move(cells));
}

int load(const load_options& options) {
  auto settings = options.read();
  auto file = read_file(options.file);
  if (!settings || !file) {
    return complain(settings ? file.error() : settings.error());
  }
  auto server = stopped_server::open(*settings);
  if (!server) {
    return complain(server.error());
  }
  loading what{**server, options.replace};
  what.load("plan", file->plans);
  what.load("coupon", file->coupons);
  what.load("credit product", file->credit_products);
  what.load("tax rate", file->tax_rates);
  what.load("legal entity", file->legal_entities);
  what.load("meter", file->meters);
  what.load("credit event", file->credit_events);
  if (options.json) {
    std::printf("%s\n", schemas::to_json(what.rows()).c_str());
  } else {
    print(what.rows());
  }
  bool all = true;
  for (const auto& x : what.rows()) {
    all = all && x.result != "differs" && x.result != "refused";
  }
  if (!all) {
    std::fprintf(stderr,
                 "bursar: not all of it was loaded: mend what was refused; --replace publishes "
                 "what differs\n");
  }
  return all ? done : found_a_problem;
}

}  // namespace

void add_catalog(CLI::App& root, chosen& run) {
  auto* catalog
    = root.add_subcommand("catalog", "Plans and prices, on a stopped server's directory.");
  catalog->require_subcommand(1);
  auto* command = catalog->add_subcommand(
    "load",
    "Publish the plans, coupons, credit products, tax rates and legal entities of a file.\n"
    "Example: bursar catalog load config/catalog.json --data ./data");
  auto options = std::make_shared<load_options>();
  options->add_with_json_to(*command);
  command->add_option("file", options->file, "JSON: {\"plans\": […], \"coupons\": […], …}")
    ->required();
  command->add_flag("--replace", options->replace,
                    "publish a new version of what differs; who subscribed keeps the old one");
  command->callback([options, &run] { run = [=] { return load(*options); }; });
}

}  // namespace bursar::app
