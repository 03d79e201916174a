#include "io/http/session.hpp"

#include <array>
#include <type_traits>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "io/http/gate.hpp"
#include "io/http/target.hpp"

namespace bursar::io::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
constexpr auto as_value = asio::as_tuple(use_awaitable);
constexpr std::size_t read_bytes = 8192;
// A head and one read, or a chunk's size line with what some write after it.
constexpr std::size_t buffer_bytes_max = 2 * limits::http_head_bytes_max;
static_assert(buffer_bytes_max >= limits::http_head_bytes_max + read_bytes);

std::string_view view(const beast::flat_buffer& buffer) {
  auto data = buffer.cdata();
  return {static_cast<const char*>(data.data()), data.size()};
}

std::string fresh_id() {
  return make_id("req_", system_wall_clock{}.now());
}

// A request of which only the head is there.
struct begun {
  gated_head head;
  std::size_t head_bytes = 0;
  request out;
  std::size_t body_bytes_max = 0;
};

template <class Stream>
class session {
 public:
  session(std::shared_ptr<server_core> core, std::shared_ptr<connection> on, Stream& stream,
          std::string peer)
    : core_{std::move(core)}, on_{std::move(on)}, stream_{stream}, peer_{std::move(peer)} {}

  // Request by request, until the connection is over. After each the others have a turn: who
  // pipelines cannot keep the thread, and looking at once for what is not there yet costs a call.
  awaitable<void> run() {
    for (bool more = true; more;) {
      auto reading = read_head();
      auto size = co_await std::move(reading);
      on_->idle = false;
      begun now;
      auto sound = size ? begin(*size, now) : result<void>{size.error()};
      if (!sound) {
        if (sound.error().code() != errc::none) {
          auto refusing = refuse(sound.error(), fresh_id());
          co_await std::move(refusing);
        }
        co_return;
      }
      auto going_on = answer_one(now);
      more = co_await std::move(going_on);
      on_->idle = true;
      auto taking_turns = asio::post(stream_.get_executor(), use_awaitable);
      co_await std::move(taking_turns);
      more = more && !core_->draining;
    }
  }

 private:
  // Bytes of the head in the buffer, up to and with its empty line. errc::none: the peer is gone.
  awaitable<result<std::size_t>> read_head() {
    std::size_t looked_at = 0;
    for (bool has_begun = false;;) {
      auto bytes = view(buffer_);
      auto end = bytes.find("\r\n\r\n", looked_at > 3 ? looked_at - 3 : 0);
      if (end != std::string_view::npos) {
        co_return end + 4;
      }
      if (bytes.find("\n\n") != std::string_view::npos) {
        co_return error{errc::bad_framing, "lines must end with CR LF"};
      }
      if (bytes.size() >= limits::http_head_bytes_max) {
        co_return error{errc::header_too_large, "the head is larger than 16 KiB"};
      }
      looked_at = bytes.size();
      if (!has_begun) {
        has_begun = looked_at > 0;
        on_->expires_after(has_begun ? core_->options.head_timeout : core_->options.idle_timeout);
      }
      auto reading = stream_.async_read_some(buffer_.prepare(read_bytes), as_value);
      auto [problem, size] = co_await std::move(reading);
      if (problem) {
        bool slow = on_->timed_out && buffer_.size() > 0;
        co_return slow ? error{errc::request_timeout, "the head did not arrive in time"} : error{};
      }
      buffer_.commit(size);
    }
  }

  // Gate, target and admission of the head in the buffer.
  result<void> begin(std::size_t head_bytes, begun& out) {
    out.head_bytes = head_bytes;
    head_text_.assign(view(buffer_).substr(0, head_bytes));
    auto head = check_head(head_text_);
    if (!head) {
      return head.error();
    }
    auto target = parse_target(head->target);
    if (!target) {
      return target.error();
    }
    out.head = std::move(*head);
    auto& r = out.out;
    r.verb = *parse_method(out.head.method);
    r.target = out.head.target;
    r.path = std::move(target->path);
    r.query = std::move(target->query);
    r.fields = std::move(out.head.fields);
    r.peer_address = peer_;
    return {};
  }

  // `now` is the caller's, who waits for it.
  awaitable<bool> answer_one(begun& now) {
    ++core_->requests;
    auto& r = now.out;
    buffer_.consume(now.head_bytes);
    auto id_field = r.field("x-request-id");
    r.request_id = id_field && is_request_id(*id_field) ? std::string{*id_field} : fresh_id();
    auto content_type = r.field("content-type");
    auto admitted = core_->admission(head_view{r.verb, r.path, content_type});
    bool has_body = now.head.chunked || now.head.content_length.value_or(0) > 0;
    bool head_only = r.verb == method::head;
    if (auto refusal = refusal_of(now, admitted)) {
      bool keep = now.head.keep_alive && !has_body;
      auto out = begin_sending(problem_of(*refusal, r.request_id), r.request_id, keep, head_only);
      auto sending = send_rest(std::move(out));
      bool sent = co_await std::move(sending);
      co_return sent&& keep;
    }
    now.body_bytes_max = admitted->body_bytes_max;
    r.route = admitted->route;
    if (has_body) {
      auto reading = read_body(now, r.body);
      auto came = co_await std::move(reading);
      if (!came) {
        if (came.error().code() != errc::none) {
          auto refusing = refuse(came.error(), r.request_id);
          co_await std::move(refusing);
        }
        co_return false;
      }
    }
    auto id = r.request_id;
    response answered;
    on_->expires_never();
    try {
      counted here{core_->in_flight, 1};
      auto handling = core_->handle(std::move(r));
      answered = co_await std::move(handling);
    } catch (const std::exception& problem) {
      answered = failed(id, problem);
    }
    bool large = answered.body.size() > limits::http_small_answer_bytes;
    if (large && core_->answers_bytes > core_->options.answers_bytes_max) {
      ++core_->shed;
      answered = problem_of({errc::overloaded, "too many answers wait to be read"}, id);
    }
    bool keep = now.head.keep_alive && !answered.close && !core_->draining;
    auto out = begin_sending(std::move(answered), id, keep, head_only);
    if (!out.is_sent()) {
      auto sending = send_rest(std::move(out));
      keep = co_await std::move(sending) && keep;
    }
    co_return keep;
  }

  // Why the request is refused before its body is read; none: it goes on.
  std::optional<error> refusal_of(const begun& now, const result<admission>& admitted) {
    if (!admitted) {
      return admitted.error();
    }
    if (now.head.content_length && *now.head.content_length > admitted->body_bytes_max) {
      return error{errc::payload_too_large,
                   "the body may have " + std::to_string(admitted->body_bytes_max) + " bytes here"};
    }
    if (core_->in_flight >= core_->options.requests_in_flight_max) {
      ++core_->shed;
      return error{errc::overloaded, "too many requests are being handled"};
    }
    return std::nullopt;
  }

  response problem_of(const error& why, std::string_view id) {
    auto out = problem(why, id);
    if (why.code() == errc::method_not_allowed) {
      out.fields.emplace_back("Allow", why.detail());
    }
    return out;
  }

  awaitable<result<void>> read_body(const begun& now, std::string& body) {
    if (!now.head.chunked && now.head.content_length.value_or(0) == 0) {
      co_return result<void>{};
    }
    on_->begin_body(core_->options.body_timeout);
    if (now.head.expects_continue && buffer_.size() == 0) {
      static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      auto writing = asio::async_write(stream_, asio::buffer(go_on), as_value);
      auto [problem, size] = co_await std::move(writing);
      if (problem) {
        co_return error{};
      }
    }
    auto reading = now.head.chunked ? read_chunks(now.body_bytes_max, body)
                                    : read_bytes_of(*now.head.content_length, body);
    auto problem = co_await std::move(reading);
    if (!problem) {
      co_return result<void>{};
    }
    if (problem == beast::http::error::body_limit) {
      co_return error{errc::payload_too_large, "the body is larger than this route takes"};
    }
    if (on_->timed_out) {
      co_return error{errc::request_timeout, "the body did not arrive in time"};
    }
    if (problem == beast::http::error::buffer_overflow) {
      co_return error{errc::bad_framing, "a chunk's size or the trailer is too long"};
    }
    bool gone = problem == beast::http::error::partial_message
                || problem.category()
                     != beast::http::make_error_code(beast::http::error::bad_chunk).category();
    co_return gone ? error{} : error{errc::bad_framing, "the body is not framed as HTTP/1.1 says"};
  }

  // Beast's parser, shown the head that the gate let pass.
  awaitable<error_code> read_chunks(std::size_t body_bytes_max, std::string& body) {
    beast::http::request_parser<beast::http::string_body> parser;
    parser.header_limit(limits::http_head_bytes_max);
    parser.body_limit(body_bytes_max);
    error_code wrong;
    auto used = parser.put(asio::buffer(head_text_), wrong);
    bool whole = !wrong || wrong == beast::http::error::need_more;
    if (!whole || !parser.is_header_done() || used != head_text_.size()) {
      co_return make_error_code(beast::http::error::bad_field);
    }
    error_code problem;
    for (std::size_t received = 0; !problem && !parser.is_done();) {
      auto reading = beast::http::async_read_some(stream_, buffer_, parser, as_value);
      auto [failed, size] = co_await std::move(reading);
      problem = failed;
      received += size;
      on_->body_came(received);
    }
    body = std::move(parser.get().body());
    co_return problem;
  }

  // Most often the body came with the head. Memory grows with what arrives, not with what is said.
  awaitable<error_code> read_bytes_of(std::uint64_t length, std::string& body) {
    auto here = view(buffer_).substr(0, length);
    body.assign(here);
    buffer_.consume(here.size());
    if (body.size() == length) {
      co_return error_code{};
    }
    auto into = asio::dynamic_buffer(body);
    auto rest = [on = on_, length, here = body.size()](const error_code& failed, std::size_t came) {
      on->body_came(here + came);
      return failed ? 0 : length - here - came;
    };
    auto reading = asio::async_read(stream_, into, rest, as_value);
    auto [problem, size] = co_await std::move(reading);
    co_return problem;
  }

  response failed(const std::string& id, const std::exception& problem) {
    log::error("a handler failed", {{"request", id}, {"what", problem.what()}});
    return problem_of(
      {errc::internal, "something is wrong on our side; the request id finds it in the log"}, id);
  }

  // An answer on its way: in one piece, unless it is large.
  struct outgoing {
    std::string text, large_body;
    std::size_t sent = 0;  // of the text
    bool is_sent() const { return sent == text.size() && large_body.empty(); }
  };

  // Most often the socket takes all of it at once, and nothing need be awaited. If not, the reason
  // comes again for the rest.
  outgoing begin_sending(response r, std::string_view id, bool keep, bool head_only) {
    outgoing out{head_text(r, id, keep), {}, 0};
    if (r.body.size() > limits::http_small_answer_bytes && !head_only) {
      out.large_body = std::move(r.body);
    } else if (!head_only) {
      out.text += r.body;
    }
    if constexpr (std::is_same_v<Stream, tcp_socket>) {
      error_code ignored;
      out.sent = stream_.write_some(asio::buffer(out.text), ignored);
    }
    return out;
  }

  awaitable<bool> send_rest(outgoing out) {
    if (out.is_sent()) {
      co_return true;
    }
    on_->expires_after(core_->options.write_timeout);
    counted waiting{core_->answers_bytes, out.text.size() + out.large_body.size()};
    std::array<asio::const_buffer, 2> parts{asio::buffer(out.text) + out.sent,
                                            asio::buffer(out.large_body)};
    auto writing = asio::async_write(stream_, parts, as_value);
    auto [problem, size] = co_await std::move(writing);
    co_return !problem;
  }

  // The last answer of a connection whose framing cannot be trusted any more.
  awaitable<void> refuse(error why, std::string id) {
    auto out = begin_sending(problem_of(why, id), id, false, false);
    auto sending = send_rest(std::move(out));
    co_await std::move(sending);
  }

  std::shared_ptr<server_core> core_;
  std::shared_ptr<connection> on_;
  Stream& stream_;
  std::string peer_;
  std::string head_text_;
  beast::flat_buffer buffer_{buffer_bytes_max};
};

// Tells the peer that no more comes, and gives it a moment to read what it was told.
awaitable<void> linger(connection& on) {
  error_code ignored;
  on.socket.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  constexpr std::size_t read_max = 256 * 1024;
  constexpr std::chrono::seconds linger_max{2};
  on.expires_after(linger_max);
  std::array<char, 4096> dropped;
  for (std::size_t total = 0; total < read_max;) {
    auto reading = on.socket.async_read_some(asio::buffer(dropped), as_value);
    auto [problem, size] = co_await std::move(reading);
    if (problem) {
      break;
    }
    total += size;
  }
  on.socket.close(ignored);
}

}  // namespace

awaitable<void> serve(std::shared_ptr<server_core> core, std::shared_ptr<connection> on,
                      asio::ssl::context* tls) {
  using socket = tcp_socket;
  error_code problem;
  auto endpoint = on->socket.remote_endpoint(problem);
  auto peer = problem ? std::string{} : endpoint.address().to_string();
  on->socket.set_option(asio::ip::tcp::no_delay{true}, problem);
  if (tls == nullptr) {
    on->socket.non_blocking(true, problem);  // what it does not take at once is awaited
    session<socket> plain{core, on, on->socket, peer};
    auto running = plain.run();
    co_await std::move(running);
  } else {
    asio::ssl::stream<socket&> secured{on->socket, *tls};
    on->expires_after(core->options.head_timeout);
    auto greeting = secured.async_handshake(asio::ssl::stream_base::server, as_value);
    auto [failed] = co_await std::move(greeting);
    if (!failed) {
      session<asio::ssl::stream<socket&>> secure{core, on, secured, peer};
      auto running = secure.run();
      co_await std::move(running);
      on->expires_after(std::chrono::seconds{2});
      auto closing = secured.async_shutdown(as_value);
      co_await std::move(closing);
    }
  }
  auto lingering = linger(*on);
  co_await std::move(lingering);
}

}  // namespace bursar::io::http
