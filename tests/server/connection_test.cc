// The time that a client has to take its reply.
#include "connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace server {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kReceiveTimeout{300};

// A connection, and its client's end.
class ConnectionTest : public testing::Test {
 protected:
  ConnectionTest() {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets_), 0);
    connection_.emplace(sockets_[0], -1, ConnectionLimits{.receive_timeout = kReceiveTimeout});
  }
  ~ConnectionTest() override { ::close(sockets_[1]); }

  void start_request() {
    ASSERT_EQ(::send(client(), "?", 1, 0), 1);
    ASSERT_TRUE(connection_->wait_for_request());
    char byte;
    ASSERT_EQ(connection_->read(&byte, 1), 1);
  }
  // As cpp-httplib does, which goes on after a part.
  bool reply(const std::string& body) {
    for (size_t done = 0; done < body.size();) {
      ssize_t sent = connection_->write(body.data() + done, body.size() - done);
      if (sent < 0) return false;
      done += static_cast<size_t>(sent);
    }
    return true;
  }
  // Reads until `bytes` have come, the connection has closed or `until` is there.
  size_t take(size_t bytes, size_t at_a_time, std::chrono::milliseconds pause,
              Clock::time_point until = Clock::time_point::max()) {
    std::string buffer(at_a_time, 0);
    size_t taken = 0;
    while (taken < bytes && Clock::now() < until) {
      ssize_t got = ::recv(client(), buffer.data(), buffer.size(), 0);
      if (got <= 0) break;
      taken += static_cast<size_t>(got);
      std::this_thread::sleep_for(pause);
    }
    return taken;
  }
  int client() const { return sockets_[1]; }

  int sockets_[2] = {};
  std::optional<Connection> connection_;
};

TEST_F(ConnectionTest, AClientThatReadsGetsAllOfTheReply) {
  start_request();
  std::string body(4 << 20, 'x');
  size_t taken = 0;
  std::thread reader([&] { taken = take(body.size(), 1 << 20, 0ms); });
  EXPECT_TRUE(reply(body));
  reader.join();
  EXPECT_EQ(taken, body.size());
}

TEST_F(ConnectionTest, AClientThatReadsALittleNowAndThenIsLeft) {
  start_request();
  std::string body(16 << 20, 'x');
  Clock::time_point start = Clock::now();
  // At this pace there is room for more all the time, and all of it would take eight seconds.
  std::thread reader([&] { take(body.size(), 32 << 10, 15ms, start + 6s); });
  EXPECT_FALSE(reply(body));
  EXPECT_GE(Clock::now() - start, kReceiveTimeout);
  EXPECT_LT(Clock::now() - start, 3s);
  connection_.reset();
  reader.join();
}

TEST_F(ConnectionTest, EachReplyHasItsOwnTime) {
  for (int i = 0; i < 2; ++i) {
    start_request();
    EXPECT_TRUE(reply("an answer"));
    EXPECT_EQ(take(9, 9, 0ms), 9u);
    std::this_thread::sleep_for(kReceiveTimeout + 50ms);
  }
  // "100 Continue" is a reply of its own: the body that follows it may take longer.
  start_request();
  EXPECT_TRUE(reply("go on"));
  connection_->begin_body(10);
  std::this_thread::sleep_for(kReceiveTimeout + 50ms);
  EXPECT_TRUE(reply("an answer"));
}

}  // namespace
}  // namespace server
