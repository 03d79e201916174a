#include "app/command.hpp"
namespace bursar::app {
void add_demo(CLI::App&, chosen&) {}
}  // namespace bursar::app
