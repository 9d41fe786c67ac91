#include "http_server.h"

#include <netdb.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "connection_threads.h"
#include "json_data.h"
#include "route.h"

namespace server {
namespace {

// Longer than any of the protocol's; cpp-httplib matches paths recursively.
constexpr size_t kMaxPathBytes = 1024;
constexpr int kBacklog = 1024;
// Of a connection, as its replies say; nothing counts them.
constexpr size_t kMaxRequests = 1'000'000;

// The connection that this thread serves, for handlers, which cpp-httplib does not tell; and
// whether it has to go after the reply, since its next bytes may be no request's beginning.
struct Current {
  Connection* connection = nullptr;
  bool must_close = false;
};
thread_local Current current;

void fill(HttpReply reply, httplib::Response& response) {
  response.status = reply.status;
  response.body = std::move(reply.body);
  response.set_header("Content-Type", reply.content_type);
  for (const auto& [name, value] : reply.headers) response.set_header(name, value);
}

// For a request whose body is not read to its end.
void refuse(HttpReply reply, const httplib::Request& request, httplib::Response& response) {
  current.must_close = true;
  if (request.get_header_value("Connection") != "close")
    reply.headers.emplace_back("Connection", "close");
  fill(std::move(reply), response);
}

// What the headers say of the body.
struct Framing {
  bool chunked = false;
  uint64_t length = 0;
};

// Stricter than cpp-httplib, which takes the first of several lengths and numbers like -1: proxies
// in between must agree on where a request ends.
std::optional<Framing> read_framing(const httplib::Request& request) {
  size_t lengths = request.get_header_value_count("Content-Length");
  size_t encodings = request.get_header_value_count("Transfer-Encoding");
  if (lengths + encodings > 1) return std::nullopt;
  Framing framing;
  if (encodings == 1) {
    framing.chunked = true;
    if (absl::AsciiStrToLower(request.get_header_value("Transfer-Encoding")) != "chunked")
      return std::nullopt;
  }
  if (lengths == 1) {
    std::string text = request.get_header_value("Content-Length");
    if (!std::ranges::all_of(text, absl::ascii_isdigit) || !absl::SimpleAtoi(text, &framing.length))
      return std::nullopt;
  }
  return framing;
}

// What this build of cpp-httplib unpacks.
constexpr const char* kEncodings[] = {
#ifdef CPPHTTPLIB_ZLIB_SUPPORT
    "gzip", "deflate",
#endif
#ifdef CPPHTTPLIB_BROTLI_SUPPORT
    "br",
#endif
    "identity"};

// What is wrong with the headers of a request with a body; OK: nothing.
absl::Status check_body_headers(const httplib::Request& request, size_t max_bytes) {
  std::optional<Framing> framing = read_framing(request);
  if (!framing)
    return absl::InvalidArgumentError(
        "the body wants one Content-Length, a number of bytes, or Transfer-Encoding: chunked");
  if (framing->length > max_bytes)
    return absl::OutOfRangeError(absl::StrCat("the body has ", framing->length,
                                              " bytes, this server takes at most ", max_bytes));
  if (request.is_multipart_form_data())
    return absl::InvalidArgumentError("the body is a form, this server takes JSON");
  std::string encoding = request.get_header_value("Content-Encoding");
  if (!encoding.empty() && std::ranges::find(kEncodings, encoding) == std::end(kEncodings))
    return absl::InvalidArgumentError(absl::StrCat("the Content-Encoding ", json_string(encoding),
                                                   " is not supported; there are ",
                                                   absl::StrJoin(kEncodings, ", ")));
  return absl::OkStatus();
}

// Reads the body, unpacked. Errors: OUT_OF_RANGE when it is too large; RESOURCE_EXHAUSTED when all
// bodies together are; INVALID_ARGUMENT when it does not come, or is not packed as the headers say.
absl::StatusOr<std::string> read_body(const httplib::Request& request,
                                      const httplib::ContentReader& read, size_t max_bytes,
                                      BodyBudget::Share& share) {
  Framing framing = *read_framing(request);
  std::string body;
  // Chunks have lines between them.
  current.connection->begin_body(framing.chunked ? 2 * max_bytes + kMaxPathBytes
                                                 : static_cast<size_t>(framing.length));
  if (!framing.chunked && framing.length == 0) return body;
  absl::Status refused;
  bool complete = read([&](const char* data, size_t size) {
    if (body.size() + size > max_bytes)
      refused = absl::OutOfRangeError(
          absl::StrCat("the body has more than the ", max_bytes, " bytes that this server takes"));
    else if (!share.take(size))
      refused = absl::ResourceExhaustedError("too many requests are being read; try again later");
    if (!refused.ok()) return false;
    body.append(data, size);
    return true;
  });
  if (!refused.ok()) return refused;
  std::string encoding = request.get_header_value("Content-Encoding");
  if (!complete && !encoding.empty() && !current.connection->has_ended())
    return absl::InvalidArgumentError(
        absl::StrCat("the body is not ", encoding, ", as its Content-Encoding says",
                     framing.chunked ? ", or its chunks are damaged" : ""));
  if (!complete)
    return absl::InvalidArgumentError(
        absl::StrCat("the body ended, was damaged or stopped coming after ", body.size(),
                     framing.chunked ? " bytes" : absl::StrCat(" of ", framing.length, " bytes")));
  return body;
}

// Why cpp-httplib could not listen, of which it says no more than that.
std::string why_not_bound(const std::string& host, int error) {
  addrinfo hints{}, *addresses = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  int unknown = getaddrinfo(host.c_str(), nullptr, &hints, &addresses);
  if (unknown != 0) return gai_strerror(unknown);
  freeaddrinfo(addresses);
  return std::strerror(error);
}

}  // namespace

HttpServer::HttpServer(Service& service, Metrics& metrics, const HttpOptions& options)
    : service_(service),
      metrics_(metrics),
      options_(options),
      bodies_(options.max_bodies_bytes),
      stop_event_(eventfd(0, EFD_CLOEXEC)) {
  const std::string any_path = "[\\s\\S]*";
  new_task_queue = [this] {
    return new ConnectionThreads(static_cast<size_t>(options_.max_connections));
  };
  set_tcp_nodelay(true);
  set_socket_options([](socket_t socket) {
    int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  });
  set_keep_alive_max_count(kMaxRequests);
  set_keep_alive_timeout(
      std::chrono::duration_cast<std::chrono::seconds>(options_.limits.idle_timeout).count());
  set_pre_routing_handler(
      [this](const auto& request, auto& response) { return before_body(request, response); });
  set_expect_100_continue_handler([this](const auto& request, auto& response) {
    absl::Status status = check_body_headers(request, options_.limits.max_body_bytes);
    if (status.ok()) return 100;
    refuse(error_reply(status), request, response);
    return response.status;
  });
  Post(any_path, [this](const auto& request, auto& response, const auto& read) {
    with_body(request, response, read);
  });
  // What cpp-httplib refuses itself has no body yet.
  set_error_handler([](const httplib::Request& request, httplib::Response& response) {
    if (!response.body.empty()) return;
    refuse(error_reply(response.status, "the request is no HTTP that this server understands"),
           request, response);
  });
  set_exception_handler([](const auto& request, auto& response, std::exception_ptr) {
    refuse(error_reply(500, "the server has failed on this request"), request, response);
  });
}

HttpServer::~HttpServer() { ::close(stop_event_); }

absl::StatusOr<int> HttpServer::bind() {
  int port = options_.port;
  if (port == 0)
    port = bind_to_any_port(options_.host);
  else if (!bind_to_port(options_.host, port))
    port = -1;
  if (int error = errno; port < 0)
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options_.host, ":",
                                               options_.port, ": ",
                                               why_not_bound(options_.host, error)));
  // cpp-httplib lets five connections wait.
  ::listen(svr_sock_, kBacklog);
  return port;
}

void HttpServer::serve() { listen_after_bind(); }

void HttpServer::stop() {
  // Before serve() has begun there is nothing that cpp-httplib would stop.
  while (!is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  eventfd_write(stop_event_, 1);
  httplib::Server::stop();
}

bool HttpServer::process_and_close_socket(socket_t socket) {
  GaugeScope open(metrics_.connections());
  Connection connection(socket, stop_event_, options_.limits);
  current = {&connection};
  try {
    while (!current.must_close && connection.wait_for_request()) {
      bool is_last = svr_sock_ == INVALID_SOCKET, closed = false;
      // Ranges of a reply are nothing that the protocol has.
      auto without_ranges = [](httplib::Request& request) { request.ranges.clear(); };
      if (!process_request(connection, is_last, closed, without_ranges) || closed || is_last) break;
    }
  } catch (...) {
    // No memory for so much as a reply, outside of what cpp-httplib catches itself. The other
    // connections, and the process, are to go on.
  }
  connection.close_gently();
  current = {};
  return true;
}

HttpServer::HandlerResponse HttpServer::before_body(const httplib::Request& request,
                                                    httplib::Response& response) {
  if (request.path.size() > kMaxPathBytes) {
    refuse(error_reply(414, "the path is too long"), request, response);
    return HandlerResponse::Handled;
  }
  if (request.method == "POST") return HandlerResponse::Unhandled;
  std::optional<Framing> framing = read_framing(request);
  if (framing && !framing->chunked && framing->length == 0)
    reply(request, "", response);
  else if (find_route(request.method, request.path).ok())
    refuse(error_reply(400, absl::StrCat(request.method, " takes no body here")), request,
           response);
  else  // whatever its body
    refuse(service_.handle({.method = request.method, .path = request.path}), request, response);
  return HandlerResponse::Handled;
}

void HttpServer::with_body(const httplib::Request& request, httplib::Response& response,
                           const httplib::ContentReader& read) {
  size_t max_bytes = options_.limits.max_body_bytes;
  absl::Status status = check_body_headers(request, max_bytes);
  if (!status.ok()) return refuse(error_reply(status), request, response);
  BodyBudget::Share share(bodies_);
  absl::StatusOr<std::string> body = read_body(request, read, max_bytes, share);
  if (!body.ok()) return refuse(error_reply(body.status()), request, response);
  reply(request, *std::move(body), response);
}

void HttpServer::reply(const httplib::Request& request, std::string body,
                       httplib::Response& response) {
  HttpRequest message{.method = request.method, .path = request.path, .body = std::move(body)};
  if (request.has_header(kJsonLengthHeader))
    message.json_length = request.get_header_value(kJsonLengthHeader);
  fill(service_.handle(message), response);
}

}  // namespace server
