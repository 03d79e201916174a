// Lists of side records, in the order of their keys, without waking anybody.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "io/api/handlers.hpp"

namespace bursar::io::api {

struct record_list {
  persistence::column in{};
  std::string prefix;   // of their keys
  std::string filters;  // that a cursor is bound to
  // The record as a row of the list, JSON; empty: it is not in it. Called on a thread that may
  // block.
  std::function<std::optional<std::string>(const persistence::record&)> row_of;
  bool newest_first = false;  // their keys begin with a time
  std::string after{};        // it and what is before it in the list are left out; empty: nothing
  std::string least{};        // of what is listed newest first, smaller keys are left out
};

// The page that `limit` and `cursor` ask for. It may be shorter than that, and others follow, where
// few of many records are in the list.
answering list_records(api& in, call c, std::map<std::string, std::string> query,
                       record_list wanted);

}  // namespace bursar::io::api
