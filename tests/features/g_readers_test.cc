// Readers of data: IDX (MNIST), CSV and text, with files that are damaged.
#include <filesystem>
#include <fstream>

#include "etch/nn/data/random.h"
#include "etch/tests/features/testing.h"

namespace {

namespace data = etch::nn::data;
namespace fs = std::filesystem;
using etch::Tensor;
using etch::testing::error_of;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string message(const absl::Status& status) { return std::string(status.message()); }

// A folder that goes with the test.
class Folder {
 public:
  Folder() : path_(fs::path(::testing::TempDir()) / ("etch_data_" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return (path_ / name).string();
  }
  std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

// An IDX file: the type, extents below 256, the bytes of the elements.
std::string idx(int type, const std::vector<int>& extents, const std::vector<int>& bytes) {
  std::string file = {0, 0, static_cast<char>(type), static_cast<char>(extents.size())};
  for (int extent : extents) file += std::string{0, 0, 0, static_cast<char>(extent)};
  for (int byte : bytes) file += static_cast<char>(byte);
  return file;
}

TEST(Features, G3_idx_files_of_every_element_type) {
  auto values = [](int type, const std::vector<int>& extents, const std::vector<int>& bytes) {
    absl::StatusOr<Tensor> t = data::parse_idx(idx(type, extents, bytes), "x");
    EXPECT_TRUE(t.ok()) << t.status();
    return t.ok() ? t->to_vector<double>() : std::vector<double>();
  };
  EXPECT_THAT(values(0x08, {2, 1}, {7, 255}), ElementsAre(7, 255));
  EXPECT_THAT(values(0x09, {2}, {7, 255}), ElementsAre(7, -1));
  EXPECT_THAT(values(0x0B, {2}, {1, 2, 255, 254}), ElementsAre(258, -2));
  EXPECT_THAT(values(0x0C, {1}, {255, 255, 255, 0}), ElementsAre(-256));
  EXPECT_THAT(values(0x0D, {1}, {0xC0, 0x20, 0, 0}), ElementsAre(-2.5));
  EXPECT_THAT(values(0x0E, {1}, {0x40, 0x04, 0, 0, 0, 0, 0, 0}), ElementsAre(2.5));
  EXPECT_EQ(data::parse_idx(idx(0x08, {2, 0, 3}, {}), "x")->shape(), etch::Shape({2, 0, 3}));
  EXPECT_EQ(data::parse_idx(idx(0x0B, {1}, {0, 1}), "x")->dtype(), etch::i32);
}

TEST(Features, G3_damaged_idx_files_are_refused_in_words) {
  auto error = [](const std::string& bytes) {
    absl::StatusOr<Tensor> t = data::parse_idx(bytes, "digits.idx");
    EXPECT_EQ(t.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(message(t.status()), HasSubstr("digits.idx"));
    return message(t.status());
  };
  EXPECT_THAT(error("abc"), HasSubstr("it has 3 bytes"));
  EXPECT_THAT(error("\x1F\x8B\x08\x08"), HasSubstr("gzip"));
  EXPECT_THAT(error("P5 8 8 255"), HasSubstr("does not begin with two zero bytes"));
  EXPECT_THAT(error(idx(0x0A, {1}, {1})), HasSubstr("element type is 10"));
  EXPECT_THAT(error(idx(0x08, {2, 2}, {1, 2, 3, 4}).substr(0, 9)), HasSubstr("within the extents"));
  EXPECT_THAT(error(idx(0x08, {2, 2}, {1, 2, 3})), HasSubstr("more than the 3 bytes"));
  EXPECT_THAT(error(idx(0x08, {2}, {1, 2, 3})), HasSubstr("3 bytes of data, its extents want 2"));
  std::string huge = {0, 0, 0x0E, 3};
  for (int i = 0; i < 12; ++i) huge += '\xFF';
  EXPECT_THAT(error(huge), HasSubstr("more than the 0 bytes"));
}

TEST(Features, G3_mnist_files_become_a_dataset) {
  Folder folder;
  std::string images = folder.write("images", idx(0x08, {2, 1, 2}, {0, 255, 51, 102}));
  std::string labels = folder.write("labels", idx(0x08, {2}, {3, 9}));
  auto mnist = data::read_mnist(images, labels);
  ASSERT_TRUE(mnist.ok()) << mnist.status();
  auto [image, label] = mnist->get(1);
  EXPECT_EQ(image.shape(), etch::Shape({1, 1, 2}));
  EXPECT_THAT(image.to_vector<float>(), ElementsAre(0.2f, 0.4f));
  EXPECT_EQ(label.item<int64_t>(), 9);
  EXPECT_EQ(label.dtype(), etch::i64);

  EXPECT_THAT(message(data::read_mnist(labels, labels).status()), HasSubstr("holds no images"));
  std::string one = folder.write("one", idx(0x08, {1}, {3}));
  EXPECT_THAT(message(data::read_mnist(images, one).status()), HasSubstr("2 images"));
  EXPECT_EQ(data::read_mnist(folder.path() + "/absent", labels).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_THAT(message(data::read_idx(folder.path()).status()), HasSubstr("it is a folder"));
}

TEST(Features, G3_csv_tables_with_headers_quotes_and_both_line_ends) {
  auto table = data::parse_csv("age,\"height, \"\"cm\"\"\"\r\n 1.5 , -2e3\r\n\"7\",nan\n", "t.csv",
                               {.header = true, .dtype = etch::f64});
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->columns, ElementsAre("age", "height, \"cm\""));
  EXPECT_EQ(table->values.shape(), etch::Shape({2, 2}));
  EXPECT_THAT(table->column("age").to_vector<double>(), ElementsAre(1.5, 7));
  EXPECT_EQ(table->values.view().at(1), -2000);
  EXPECT_TRUE(std::isnan(table->values.view().at(3)));
  EXPECT_THAT(error_of([&] { table->column("weight"); }), HasSubstr("no column \"weight\""));

  Folder folder;
  auto tabs = data::read_csv(folder.write("t.tsv", "1\t2\n3\t4"), {.delimiter = '\t'});
  ASSERT_TRUE(tabs.ok()) << tabs.status();
  EXPECT_THAT(tabs->values.to_vector<float>(), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(tabs->values.dtype(), etch::f32);
}

TEST(Features, G3_csv_errors_name_line_and_column) {
  auto error = [](const std::string& text, const data::CsvOptions& options = {}) {
    absl::StatusOr<data::CsvTable> table = data::parse_csv(text, "t.csv", options);
    EXPECT_EQ(table.status().code(), absl::StatusCode::kInvalidArgument);
    return message(table.status());
  };
  EXPECT_EQ(error("age,size\n1,2\n3,abc\n", {.header = true}),
            "t.csv:3: column 2 (\"size\"): \"abc\" is no number");
  EXPECT_EQ(error("1,2\n3\n"), "t.csv:2: 1 fields, the first line has 2");
  EXPECT_EQ(error("1,2\n3,4,5\n"), "t.csv:2: 3 fields, the first line has 2");
  EXPECT_EQ(error("1,2\n\n3,4\n"), "t.csv:2: the line is empty");
  EXPECT_EQ(error("1,\n"), "t.csv:1: column 2: \"\" is no number");
  EXPECT_EQ(error("1,2e999\n"), "t.csv:1: column 2: \"2e999\" is out of range");
  EXPECT_EQ(error("1,\"2\n"), "t.csv:1: column 2: the quote does not end on its line");
  EXPECT_EQ(error("1,\"2\"3\n"), "t.csv:1: column 2: \"3\" behind a quote");
  EXPECT_EQ(error("1,2\"3\"\n"), "t.csv:1: column 2: a quote within \"2\"3\"\"");
  EXPECT_EQ(error("1\r2\n"), "t.csv:1: a carriage return that ends no line");
  EXPECT_EQ(error(""), "t.csv: there are no rows");
  EXPECT_EQ(error("", {.header = true}), "t.csv:1: the file is empty");
  EXPECT_EQ(error("0x10\n"), "t.csv:1: column 1: \"0x10\" is no number");
}

TEST(Features, G3_texts_become_windows_of_characters_and_lines) {
  std::string text = "hello, etch";
  data::Vocabulary vocabulary(text);
  EXPECT_EQ(vocabulary.characters(), " ,cehlot");
  EXPECT_EQ(vocabulary.decode(vocabulary.encode("the cello")), "the cello");
  EXPECT_THAT(error_of([&] { vocabulary.encode("hex"); }), HasSubstr("at place 2"));
  EXPECT_THAT(error_of([&] { vocabulary.decode({8}); }), HasSubstr("no character 8, only 8"));

  data::WindowDataset windows(vocabulary.encode(text), {.context = 4, .stride = 3});
  EXPECT_EQ(windows.size(), 3);
  auto [x, target] = windows.get(2);
  EXPECT_EQ(vocabulary.decode(x.to_vector<int64_t>()), " etc");
  EXPECT_EQ(vocabulary.decode(target.to_vector<int64_t>()), "etch");
  EXPECT_THAT(error_of([] {
                data::WindowDataset({1, 2, 3}, {.context = 3});
              }),
              HasSubstr("3 tokens are too few for a window of 3"));

  Folder folder;
  auto lines = data::LineDataset::read(folder.write("lines", "one\r\n\ntwo"));
  ASSERT_TRUE(lines.ok()) << lines.status();
  data::DataLoader loader(*lines, {.batch_size = 3});
  for (const std::vector<std::string>& batch : loader)
    EXPECT_THAT(batch, ElementsAre("one", "", "two"));
}

// `bytes` with up to three changes: bits, bytes, pieces cut out or doubled.
std::string mutant(std::string bytes, data::Random& random) {
  for (int64_t changes = 1 + random.below(3); changes > 0 && !bytes.empty(); --changes) {
    auto place = static_cast<size_t>(random.below(static_cast<int64_t>(bytes.size())));
    auto length = static_cast<size_t>(1 + random.below(8));
    switch (random.below(5)) {
      case 0:
        bytes[place] = static_cast<char>(bytes[place] ^ (1 << random.below(8)));
        break;
      case 1:
        bytes[place] = static_cast<char>(random.below(256));
        break;
      case 2:
        bytes.erase(place, length);
        break;
      case 3:
        bytes.insert(place, bytes.substr(place, length));
        break;
      default:
        bytes.resize(place);
    }
  }
  return bytes;
}

TEST(Features, G3_readers_survive_thousands_of_damaged_files) {
  data::Random random(1);
  std::string image = idx(0x0D, {2, 3, 1}, std::vector<int>(24, 0x40));
  std::string table = "a,\"b\"\n1.5,-2\n\"3\",4e5\r\n nan , inf\n";
  int64_t read = 0;
  for (int i = 0; i < 5000; ++i) {
    if (auto t = data::parse_idx(mutant(image, random), "mutant"); t.ok()) {
      ++read;
      EXPECT_EQ(t->to_vector<double>().size(), static_cast<size_t>(t->numel()));
    }
    data::CsvOptions options{.header = random.chance(0.5)};
    if (auto t = data::parse_csv(mutant(table, random), "mutant", options); t.ok()) {
      ++read;
      EXPECT_EQ(t->values.dim(), 2);
    }
  }
  EXPECT_GT(read, 100) << "some changes do no harm";
}

}  // namespace
