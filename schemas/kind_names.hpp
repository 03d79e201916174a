// What Stripe's objects are called in JSON.
#pragma once

#include <string_view>

#include "domain/stripe/objects.hpp"

namespace bursar::schemas {

// The name of an alternative of stripe::object in JSON; DO NOT CHANGE: journals hold them.
template <class T>
inline constexpr std::string_view kind_name = "";
template <>
inline constexpr std::string_view kind_name<domain::stripe::customer> = "customer";
template <>
inline constexpr std::string_view kind_name<domain::stripe::payment_method> = "payment_method";
template <>
inline constexpr std::string_view kind_name<domain::stripe::subscription> = "subscription";
template <>
inline constexpr std::string_view kind_name<domain::stripe::invoice> = "invoice";
template <>
inline constexpr std::string_view kind_name<domain::stripe::payment_intent> = "payment_intent";
template <>
inline constexpr std::string_view kind_name<domain::stripe::charge> = "charge";
template <>
inline constexpr std::string_view kind_name<domain::stripe::refund> = "refund";
template <>
inline constexpr std::string_view kind_name<domain::stripe::dispute> = "dispute";
template <>
inline constexpr std::string_view kind_name<domain::stripe::credit_note> = "credit_note";
template <>
inline constexpr std::string_view kind_name<domain::stripe::checkout_session> = "checkout_session";
template <>
inline constexpr std::string_view kind_name<domain::stripe::invoice_payment> = "invoice_payment";

}  // namespace bursar::schemas
