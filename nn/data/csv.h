// Tables of numbers as text: comma-separated values.
#ifndef ETCH_NN_DATA_CSV_H_
#define ETCH_NN_DATA_CSV_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/frontend/tensor.h"

namespace etch::nn::data {

struct CsvOptions {
  bool header = false;  // the first line names the columns
  char delimiter = ',';
  DType dtype = f32;  // of the values: f32 or f64
};

struct CsvTable {
  std::vector<std::string> columns;  // empty without a header
  Tensor values;                     // [rows, columns]

  // The values of a column, [rows]. Throws etch::Error for a name that there is not.
  Tensor column(std::string_view name) const;
};

// Every line is a row of numbers, as many as the first has. Fields may stand in double quotes, with
// "" for a quote within; blanks around fields do not count; lines end with \n or \r\n.
// Errors: those of read_file; INVALID_ARGUMENT with the line and the column, "t.csv:12: column 3
// ("age"): "abc" is no number", for fields that are no numbers, rows of another length, quotes that
// do not end and empty lines.
absl::StatusOr<CsvTable> read_csv(const std::string& path, const CsvOptions& options = {});

// The same of text in memory; `name` stands in messages.
absl::StatusOr<CsvTable> parse_csv(std::string_view text, const std::string& name,
                                   const CsvOptions& options = {});

}  // namespace etch::nn::data

#endif  // ETCH_NN_DATA_CSV_H_
