// schemas/openapi.yaml as JSON, made when the program is built.
#pragma once

#include <string_view>

namespace bursar::schemas {

extern const std::string_view open_api_document;

}  // namespace bursar::schemas
