// A client's connection under cpp-httplib, with the limits that the library lacks: it reads header
// lines and chunked bodies of any length, and waits for each byte anew.
#ifndef ETCH_EXAMPLES_SERVER_CONNECTION_H_
#define ETCH_EXAMPLES_SERVER_CONNECTION_H_

#include <httplib.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "job.h"

namespace server {

struct ConnectionLimits {
  // Bytes of a request's body, as sent and as unpacked, and of all its header lines.
  size_t max_body_bytes = 64 << 20;
  size_t max_header_bytes = 32 << 10;
  // How long a client may be silent between two requests, take to send one, and take to receive its
  // answer.
  std::chrono::milliseconds idle_timeout{5'000};
  std::chrono::milliseconds send_timeout{10'000};
  std::chrono::milliseconds receive_timeout{10'000};
};

// Reads end, as if the client had closed the connection, where the limits do. Threads: one.
class Connection final : public httplib::Stream {
 public:
  // Owns `socket` from here on. `stop_event` becomes readable when idle connections are to close.
  Connection(socket_t socket, int stop_event, const ConnectionLimits& limits) noexcept;
  ~Connection() override;

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Until the first byte of another request is there, which gets new limits. False when the client
  // has left or is silent for too long, and when the server stops.
  bool wait_for_request();
  // The header has been read, and perhaps answered with "100 Continue"; the body may have so many
  // bytes more.
  void begin_body(size_t max_bytes);

  // Whether a read of this body found an end: the client's, or that of a limit.
  bool has_ended() const { return has_ended_; }

  // Lets the client read what was sent before the connection goes: closing with unread bytes would
  // tear the answer from it.
  void close_gently();

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* to, size_t size) override;
  // All of it, or -1. The time to take a reply runs from its first write to its last.
  ssize_t write(const char* from, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

 private:
  bool wait_for(short events, Clock::time_point until) const;
  // Fills the buffer; 0 at the end, -1 when there was an error or no time left.
  ssize_t receive();
  Clock::time_point write_deadline() const {
    return write_deadline_.value_or(Clock::now() + limits_.receive_timeout);
  }

  const socket_t socket_;
  const int stop_event_;
  const ConnectionLimits limits_;
  std::array<char, 64 << 10> buffer_;
  size_t begin_ = 0, end_ = 0;  // what was received and not yet read
  size_t allowance_ = 0;        // bytes that may still be read
  bool has_ended_ = false;
  Clock::time_point read_deadline_;
  std::optional<Clock::time_point> write_deadline_;  // none before a reply has begun
};

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_CONNECTION_H_
