#include "etch/nn/data/csv.h"

#include <algorithm>
#include <charconv>

#include "etch/frontend/ops.h"
#include "etch/nn/data/file.h"
#include "etch/runtime/status.h"

namespace etch::nn::data {
namespace {

std::string_view trimmed(std::string_view text) {
  auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// What stands in messages: at most 40 characters, printable.
std::string shown(std::string_view field) {
  std::string text;
  for (char c : field.substr(0, 40)) text += c >= ' ' && c <= '~' ? c : '?';
  return "\"" + text + (field.size() > 40 ? "...\"" : "\"");
}

class CsvParser {
 public:
  CsvParser(std::string_view text, const std::string& name, const CsvOptions& options)
      : rest_(text), name_(name), options_(options) {}

  absl::StatusOr<CsvTable> parse() {
    if (options_.dtype != f32 && options_.dtype != f64)
      return absl::InvalidArgumentError("CSV values can be f32 or f64");
    if (options_.header) {
      ETCH_RETURN_IF_ERROR(read_line());
      table_.columns = fields_;
    }
    std::vector<double> values;
    int64_t rows = 0;
    for (; !rest_.empty(); ++rows) {
      ETCH_RETURN_IF_ERROR(read_line());
      ETCH_RETURN_IF_ERROR(add_row(values));
    }
    if (rows == 0) return absl::InvalidArgumentError(name_ + ": there are no rows");
    Shape shape = {rows, static_cast<int64_t>(width_)};
    if (options_.dtype == f32)
      table_.values =
          Tensor::from_data(std::vector<float>(values.begin(), values.end()), std::move(shape));
    else
      table_.values = Tensor::from_data(values, std::move(shape));
    return std::move(table_);
  }

 private:
  absl::Status bad(const std::string& problem) const {
    return absl::InvalidArgumentError(name_ + ":" + std::to_string(line_) + ": " + problem);
  }

  absl::Status bad_field(size_t column, const std::string& problem) const {
    std::string title =
        column < table_.columns.size() ? " (" + shown(table_.columns[column]) + ")" : "";
    return bad("column " + std::to_string(column + 1) + title + ": " + problem);
  }

  // The fields of the next line.
  absl::Status read_line() {
    ++line_;
    fields_.clear();
    if (rest_.empty()) return bad("the file is empty");
    bool more = true;
    while (more) {
      while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t') &&
             rest_.front() != options_.delimiter)
        rest_.remove_prefix(1);
      if (!rest_.empty() && rest_.front() == '"') {
        ETCH_RETURN_IF_ERROR(read_quoted());
      } else {
        size_t end = std::min(rest_.find_first_of(end_of_field()), rest_.size());
        std::string_view field = rest_.substr(0, end);
        if (field.find('"') != field.npos)
          return bad_field(fields_.size(), "a quote within " + shown(field));
        fields_.emplace_back(trimmed(field));
        rest_.remove_prefix(end);
      }
      ETCH_RETURN_IF_ERROR(read_separator(more));
    }
    if (fields_.size() == 1 && fields_.front().empty()) return bad("the line is empty");
    return check_width();
  }

  std::string end_of_field() const { return {options_.delimiter, '\n', '\r'}; }

  absl::Status read_quoted() {
    std::string field;
    rest_.remove_prefix(1);
    while (true) {
      size_t end = rest_.find('"');
      if (end == rest_.npos || rest_.substr(0, end).find('\n') != rest_.npos)
        return bad_field(fields_.size(), "the quote does not end on its line");
      field += rest_.substr(0, end);
      rest_.remove_prefix(end + 1);
      if (!rest_.starts_with('"')) break;
      field += '"';
      rest_.remove_prefix(1);
    }
    fields_.push_back(std::move(field));
    size_t end = std::min(rest_.find_first_of(end_of_field()), rest_.size());
    if (!trimmed(rest_.substr(0, end)).empty())
      return bad_field(fields_.size() - 1, shown(rest_.substr(0, end)) + " behind a quote");
    rest_.remove_prefix(end);
    return absl::OkStatus();
  }

  // A delimiter leaves `more` true, the end of the line does not.
  absl::Status read_separator(bool& more) {
    more = rest_.starts_with(options_.delimiter);
    if (rest_.starts_with("\r\n"))
      rest_.remove_prefix(2);
    else if (rest_.starts_with('\r'))
      return bad("a carriage return that ends no line");
    else if (!rest_.empty())
      rest_.remove_prefix(1);
    return absl::OkStatus();
  }

  absl::Status check_width() {
    if (width_ == 0) width_ = fields_.size();
    if (fields_.size() == width_) return absl::OkStatus();
    return bad(std::to_string(fields_.size()) + " fields, the first line has " +
               std::to_string(width_));
  }

  absl::Status add_row(std::vector<double>& values) const {
    for (size_t i = 0; i < fields_.size(); ++i) {
      const std::string& field = fields_[i];
      double value = 0;
      auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
      if (error == std::errc::result_out_of_range)
        return bad_field(i, shown(field) + " is out of range");
      if (error != std::errc() || end != field.data() + field.size())
        return bad_field(i, shown(field) + " is no number");
      values.push_back(value);
    }
    return absl::OkStatus();
  }

  std::string_view rest_;
  const std::string& name_;
  const CsvOptions& options_;
  CsvTable table_;
  std::vector<std::string> fields_;
  size_t width_ = 0;
  int64_t line_ = 0;
};

}  // namespace

Tensor CsvTable::column(std::string_view name) const {
  auto found = std::ranges::find(columns, name);
  if (found == columns.end())
    throw Error("CsvTable: there is no column \"" + std::string(name) + "\"");
  Tensor column = select(values, 1, found - columns.begin());
  eval(column);
  return column;
}

absl::StatusOr<CsvTable> parse_csv(std::string_view text, const std::string& name,
                                   const CsvOptions& options) {
  return CsvParser(text, name, options).parse();
}

absl::StatusOr<CsvTable> read_csv(const std::string& path, const CsvOptions& options) {
  ETCH_ASSIGN_OR_RETURN(std::string text, read_file(path));
  return parse_csv(text, path, options);
}

}  // namespace etch::nn::data
