// A small bundle for tests, with the code of bundle_code.cc.
#ifndef ETCH_TESTS_RUNTIME_BUNDLE_TESTING_H_
#define ETCH_TESTS_RUNTIME_BUNDLE_TESTING_H_

#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "etch/runtime/bundle_file.h"
#include "etch/runtime/bundle_layout.h"
#include "etch/runtime/bundle_manifest.h"
#include "etch/runtime/model.h"
#include "files.h"

namespace etch::testing {

inline constexpr int64_t kSize = 20;

inline runtime::BundleValue argument(std::string name) {
  return {{.name = std::move(name), .shape = {kSize}}, -1};
}
inline runtime::BundleValue cell(int32_t number, int32_t donated = -1) {
  runtime::BundleValue value;
  value.cell = number;
  value.info.donated_input = donated;
  return value;
}

// Cells offset (0), scale (1, also called "tied.scale"), steps (2).
inline runtime::BundleManifest test_manifest() {
  using runtime::ValueKind;
  runtime::BundleManifest manifest;
  manifest.name = "test";
  manifest.producer = "a test";
  manifest.codes = {{"x86_64-pc-linux-gnu", {"sse2"}}};
  manifest.cells = {
      {"offset", ValueKind::kState, "offset", {}, f32, {kSize}},
      {"scale", ValueKind::kState, "scale", {"tied.scale"}, f32, {kSize}},
      {"steps", ValueKind::kState, "steps", {}, i64, {}},
  };
  runtime::BundleProgram predict;
  predict.name = "predict";
  predict.inputs = {cell(1), cell(0), argument("x")};
  predict.results = {argument("out0")};
  predict.launches = {{"affine", "layers.0", kSize}};
  predict.prepare_launches = {
      {.kernel = "square", .path = "layers.0", .pieces = kSize, .reads = {0}}};
  predict.arena_bytes = predict.derived_bytes = kSize * 4;
  predict.prepare_inputs = {0};
  predict.entry = "predict";
  predict.prepare = "predict_prepare";
  runtime::BundleProgram step;
  step.name = "step";
  step.inputs = {cell(1), cell(2), argument("x")};
  step.results = {cell(1, 0), cell(2), {{.name = "out0"}, -1}};
  step.launches = {{"add", "", kSize}};
  step.entry = "step";
  manifest.programs = {predict, step};
  return manifest;
}

inline std::string test_code() { return read_text(ETCH_TEST_CODE); }

inline std::vector<float> ramp(float first) {
  std::vector<float> values(kSize);
  for (size_t i = 0; i < values.size(); ++i) values[i] = first + static_cast<float>(i);
  return values;
}

// As test_manifest(), with each program in code for `features` first, then as it was.
inline runtime::BundleManifest manifest_with_alternatives(std::vector<std::string> features) {
  runtime::BundleManifest manifest = test_manifest();
  manifest.codes.push_back({manifest.codes[0].triple, std::move(features)});
  std::vector<runtime::BundleProgram> programs;
  for (const runtime::BundleProgram& program : manifest.programs) {
    programs.push_back(program);
    programs.back().code = 1;
    programs.push_back(program);
  }
  manifest.programs = programs;
  return manifest;
}

// The bytes of the bundle, with so many sections of the same code; `change` may spoil what goes
// into it.
inline std::string test_bundle(
    const std::function<void(std::string& manifest, std::string& code)>& change = nullptr,
    size_t codes = 1) {
  std::string manifest = to_json(test_manifest()), code = test_code();
  if (change) change(manifest, code);
  std::vector<float> offset = ramp(0.5), scale = ramp(1);
  int64_t steps = 7;
  runtime::BundleContents contents{
      .manifest = manifest,
      .codes = std::vector(codes, as_bytes(code)),
      .state = {{.name = "offset", .shape = {kSize}, .bytes = std::as_bytes(std::span(offset))},
                {.name = "scale", .shape = {kSize}, .bytes = std::as_bytes(std::span(scale))},
                {.name = "steps",
                 .dtype = i64,
                 .shape = {},
                 .bytes = std::as_bytes(std::span(&steps, 1))}}};
  TemporaryFolder folder;
  absl::Status status = runtime::write_bundle(folder / "b", contents);
  if (!status.ok()) throw std::runtime_error(std::string(status.message()));
  return read_text(folder / "b");
}

// `bundle` with the checksums that its sections, and then its header, should have.
inline std::string with_checksums(std::string bundle) {
  using namespace runtime;
  auto bytes = std::as_writable_bytes(std::span(bundle));
  if (bytes.size() < kHeaderBytes) return bundle;
  size_t table = get<uint32_t>(bytes, kCountAt) * kEntryBytes;
  if (table > bytes.size() - kHeaderBytes) return bundle;
  for (size_t at = kHeaderBytes; at < kHeaderBytes + table; at += kEntryBytes) {
    auto entry = bytes.subspan(at, kEntryBytes);
    BundleSection section = get_entry(entry);
    if (section.offset > bytes.size() || section.length > bytes.size() - section.offset) continue;
    put(entry, kSectionChecksumAt, hash_of(bytes.subspan(section.offset, section.length)));
    if (section.kind == SectionKind::kState && section.head_length <= section.length)
      put(entry, kHeadChecksumAt, hash_of(bytes.subspan(section.offset, section.head_length)));
  }
  put(bytes, kChecksumAt,
      header_checksum(bytes.first(kHeaderBytes), bytes.subspan(kHeaderBytes, table)));
  return bundle;
}

// `bundle` with other bytes in one of its sections: 0 the manifest, 1 the code, 2 the state.
inline std::string with_section(const std::string& bundle, size_t number, std::string contents) {
  using namespace runtime;
  size_t count = get<uint32_t>(as_bytes(bundle), kCountAt);
  std::string result = bundle.substr(0, kHeaderBytes + count * kEntryBytes);
  for (size_t i = 0; i < count; ++i) {
    size_t at = kHeaderBytes + i * kEntryBytes;
    BundleSection section = get_entry(as_bytes(bundle).subspan(at, kEntryBytes));
    std::string bytes = i == number ? contents : bundle.substr(section.offset, section.length);
    result.resize(aligned(result.size()));
    section.offset = result.size();
    section.length = bytes.size();
    put_entry(std::as_writable_bytes(std::span(result)).subspan(at, kEntryBytes), section);
    result += bytes;
  }
  put(std::as_writable_bytes(std::span(result)), kLengthAt, uint64_t{result.size()});
  return with_checksums(std::move(result));
}

inline absl::StatusOr<runtime::Model> parse(const std::string& bundle) {
  return runtime::Model::parse(as_bytes(bundle), "b.etch");
}

inline TensorView view(const std::vector<float>& values) {
  static const Shape shape = {kSize};
  return {values.data(), f32, shape};
}
inline MutableTensorView writable(std::vector<float>& values) {
  static const Shape shape = {kSize};
  return {values.data(), f32, shape};
}

}  // namespace etch::testing

#endif  // ETCH_TESTS_RUNTIME_BUNDLE_TESTING_H_
