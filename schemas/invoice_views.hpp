// Invoices, credit notes and how their amounts came about, as JSON.
#pragma once

#include <string>

#include "domain/billing/invoice.hpp"

namespace bursar::schemas {

std::string render_invoice(const domain::native_invoice& x);
std::string render_credit_note(const domain::credit_note& x);
// Its lines with the steps by which their amounts come about, computed again.
std::string render_explanation(const domain::native_invoice& x);

}  // namespace bursar::schemas
