#include "etch/runtime/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "etch/tests/runtime/files.h"

namespace etch::runtime {
namespace {

namespace fs = std::filesystem;

absl::Status put(const std::string& path, const std::string& text) {
  auto file = AtomicFile::create(path);
  if (!file.ok()) return file.status();
  if (absl::Status status = file->write(std::as_bytes(std::span(text))); !status.ok())
    return status;
  return file->commit();
}

class AtomicFileTest : public ::testing::Test {
 protected:
  testing::TemporaryFolder folder_;
};

TEST_F(AtomicFileTest, ReplacesAFile) {
  ASSERT_TRUE(put(folder_ / "a", "old").ok());
  ASSERT_TRUE(put(folder_ / "a", "new").ok());
  EXPECT_EQ(testing::read_text(folder_ / "a"), "new");
  EXPECT_EQ(folder_.files(), 1);
}

TEST_F(AtomicFileTest, ReplacesWhatALinkPointsTo) {
  ASSERT_TRUE(put(folder_ / "a", "old").ok());
  fs::create_symlink("a", folder_ / "link");
  ASSERT_TRUE(put(folder_ / "link", "new").ok());
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(testing::read_text(folder_ / "a"), "new");

  fs::create_symlink("missing", folder_ / "dangling");
  ASSERT_TRUE(put(folder_ / "dangling", "made").ok());
  EXPECT_EQ(testing::read_text(folder_ / "missing"), "made");
}

TEST_F(AtomicFileTest, RefusesLinksInACircle) {
  fs::create_symlink("b", folder_ / "a");
  fs::create_symlink("a", folder_ / "b");
  EXPECT_TRUE(absl::IsInvalidArgument(put(folder_ / "a", "text")));
}

TEST_F(AtomicFileTest, LeavesWhatIsNoFileAlone) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  absl::Status status = put(folder_ / "pipe", "text");
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("name a file"));
  EXPECT_TRUE(fs::is_fifo(folder_ / "pipe"));
  EXPECT_FALSE(put("/dev/null", "text").ok());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

}  // namespace
}  // namespace etch::runtime
