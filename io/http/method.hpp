// Request methods that are known here.
#pragma once

#include <string_view>

namespace bursar::io::http {

enum class method { get, head, post, put, patch, del, options };
std::string_view to_string(method m);

}  // namespace bursar::io::http
