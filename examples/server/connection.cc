#include "connection.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace server {
namespace {

constexpr std::chrono::milliseconds kLinger{500};

int milliseconds_until(Clock::time_point until) {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::max<int64_t>(left, 0));
}

using GetName = int (*)(int, sockaddr*, socklen_t*);

void ip_and_port(GetName get_name, socket_t socket, std::string& ip, int& port) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  char host[NI_MAXHOST], service[NI_MAXSERV];
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (get_name(socket, generic, &size) != 0 ||
      getnameinfo(generic, size, host, sizeof(host), service, sizeof(service),
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return;
  ip = host;
  port = std::atoi(service);
}

}  // namespace

Connection::Connection(socket_t socket, int stop_event, const ConnectionLimits& limits) noexcept
    : socket_(socket), stop_event_(stop_event), limits_(limits) {}

Connection::~Connection() { ::close(socket_); }

bool Connection::wait_for(short events, Clock::time_point until) const {
  pollfd descriptor{.fd = socket_, .events = events, .revents = 0};
  int ready;
  do {
    ready = poll(&descriptor, 1, milliseconds_until(until));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

bool Connection::wait_for_request() {
  Clock::time_point until = Clock::now() + limits_.idle_timeout;
  if (begin_ == end_) {
    pollfd descriptors[] = {{.fd = socket_, .events = POLLIN, .revents = 0},
                            {.fd = stop_event_, .events = POLLIN, .revents = 0}};
    int ready;
    do {
      ready = poll(descriptors, 2, milliseconds_until(until));
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0 || descriptors[0].revents == 0) return false;
  }
  allowance_ = limits_.max_header_bytes;
  read_deadline_ = Clock::now() + limits_.send_timeout;
  write_deadline_.reset();
  return true;
}

void Connection::begin_body(size_t max_bytes) {
  allowance_ = max_bytes;
  has_ended_ = false;
  write_deadline_.reset();
}

void Connection::close_gently() {
  ::shutdown(socket_, SHUT_WR);
  read_deadline_ = Clock::now() + kLinger;
  while (receive() > 0) {
  }
}

ssize_t Connection::receive() {
  while (Clock::now() < read_deadline_) {
    ssize_t received = recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (received >= 0) return received;
    if (errno == EAGAIN)
      wait_for(POLLIN, read_deadline_);
    else if (errno != EINTR)
      return -1;
  }
  return -1;
}

ssize_t Connection::read(char* to, size_t size) {
  if (size == 0) return 0;
  if (allowance_ == 0) {
    has_ended_ = true;
    return -1;
  }
  if (begin_ == end_) {
    ssize_t received = receive();
    if (received <= 0) {
      has_ended_ = true;
      return received;
    }
    begin_ = 0;
    end_ = static_cast<size_t>(received);
  }
  size = std::min({size, end_ - begin_, allowance_});
  std::memcpy(to, buffer_.data() + begin_, size);
  begin_ += size;
  allowance_ -= size;
  return static_cast<ssize_t>(size);
}

ssize_t Connection::write(const char* from, size_t size) {
  write_deadline_ = write_deadline();
  // cpp-httplib would send the rest of a body, but not of a header.
  size_t done = 0;
  while (done < size) {
    // Whatever the client takes meanwhile: its time is that of the whole reply.
    if (Clock::now() >= *write_deadline_) return -1;
    ssize_t sent = send(socket_, from + done, size - done, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0)
      done += static_cast<size_t>(sent);
    else if (errno == EAGAIN)
      wait_for(POLLOUT, *write_deadline_);
    else if (errno != EINTR)
      return -1;
  }
  return static_cast<ssize_t>(size);
}

bool Connection::is_readable() const { return begin_ < end_ || wait_for(POLLIN, read_deadline_); }

bool Connection::is_writable() const { return wait_for(POLLOUT, write_deadline()); }

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip_and_port(&getpeername, socket_, ip, port);
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  ip_and_port(&getsockname, socket_, ip, port);
}

}  // namespace server
