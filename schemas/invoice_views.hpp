// Invoices and credit notes that Bursar made, as JSON.
#pragma once

#include <string>

#include "domain/billing/invoice.hpp"

namespace bursar::schemas {

std::string render_invoice(const domain::native_invoice& x);
std::string render_credit_note(const domain::credit_note& x);

}  // namespace bursar::schemas
