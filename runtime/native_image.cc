#include "etch/runtime/native_image.h"

#include <elf.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/runtime/debugging.h"
#include "etch/runtime/native_imports.h"
#include "etch/runtime/status.h"

namespace etch::runtime {
namespace {

constexpr uint64_t kPage = 4096;

uint64_t page_down(uint64_t address) { return address / kPage * kPage; }
uint64_t page_up(uint64_t address) { return page_down(address + kPage - 1); }

template <typename... Parts>
absl::Status refuse(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat("the native code ", parts...));
}

// The `size` bytes from `offset` on lie within `limit`.
bool within(uint64_t offset, uint64_t size, uint64_t limit) {
  return size <= limit && offset <= limit - size;
}

// What part of the address space a segment takes, and how it is protected.
struct Segment {
  uint64_t begin, end;  // of its pages
  uint64_t offset, file_size, address;
  bool write, execute;
};

// Address and size.
using Range = std::pair<uint64_t, uint64_t>;

// What the dynamic section says.
using Dynamic = std::map<int64_t, uint64_t>;

}  // namespace

// The headers of an ELF file, and its segments once they are copied to memory.
class ImageLoader {
 public:
  explicit ImageLoader(std::span<const std::byte> elf) : elf_(elf) {}

  // Checks the headers; image_size() then tells how much memory copy_to() takes.
  absl::Status read_headers() {
    Elf64_Ehdr header;
    if (elf_.size() < sizeof header) return refuse("is shorter than an ELF header");
    std::memcpy(&header, elf_.data(), sizeof header);
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return refuse("is no ELF file");
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
        header.e_machine != EM_X86_64 || header.e_type != ET_DYN)
      return refuse("is no shared object for x86-64");
    if (header.e_phentsize != sizeof(Elf64_Phdr) ||
        !within(header.e_phoff, uint64_t{header.e_phnum} * sizeof(Elf64_Phdr), elf_.size()))
      return refuse("has program headers beyond its end");
    for (unsigned i = 0; i < header.e_phnum; ++i) {
      Elf64_Phdr segment;
      std::memcpy(&segment, elf_.data() + header.e_phoff + i * sizeof segment, sizeof segment);
      ETCH_RETURN_IF_ERROR(read_segment(segment));
    }
    if (segments_.empty()) return refuse("has nothing to load");
    if (!dynamic_) return refuse("has no dynamic section");
    if (constant_ && !lies_in_writable(*constant_))
      return refuse("protects memory that is not of a writable segment");
    return absl::OkStatus();
  }

  uint64_t image_size() const { return segments_.back().end; }

  // Copies the segments to `memory`, zeroed and of image_size(), and reads the dynamic section.
  absl::Status copy_to(std::span<std::byte> memory) {
    memory_ = memory;
    for (const Segment& segment : segments_)
      std::ranges::copy(elf_.subspan(segment.offset, segment.file_size),
                        memory.begin() + segment.address);
    ETCH_RETURN_IF_ERROR(read_dynamic());
    return read_symbols();
  }

  // The defined functions by name, as offsets; and what is expected from outside.
  const std::map<std::string, Range>& functions() const { return functions_; }
  std::vector<std::string> imports() const {
    std::vector<std::string> names;
    for (const Symbol& symbol : symbols_)
      if (!symbol.value && !symbol.name.empty()) names.push_back(symbol.name);
    return names;
  }

  absl::Status relocate() {
    ETCH_RETURN_IF_ERROR(relocate(DT_RELA, DT_RELASZ));
    if (dynamic_value(DT_PLTRELSZ) == 0) return absl::OkStatus();
    if (dynamic_value(DT_PLTREL) != DT_RELA) return refuse("has relocations without addends");
    return relocate(DT_JMPREL, DT_PLTRELSZ);
  }

  absl::Status protect() const {
    for (const Segment& segment : segments_) {
      int flags = PROT_READ | (segment.write ? PROT_WRITE : 0) | (segment.execute ? PROT_EXEC : 0);
      ETCH_RETURN_IF_ERROR(protect(segment.begin, segment.end, flags));
    }
    if (!constant_) return absl::OkStatus();
    auto [address, size] = *constant_;
    return protect(page_up(address), page_down(address + size), PROT_READ);
  }

 private:
  struct Symbol {
    std::string name;
    std::optional<uint64_t> value;  // an offset; none when it comes from outside
  };

  absl::Status read_segment(const Elf64_Phdr& segment) {
    switch (segment.p_type) {
      case PT_LOAD:
        return read_load(segment);
      case PT_DYNAMIC:
        dynamic_ = {segment.p_vaddr, segment.p_memsz};
        return absl::OkStatus();
      case PT_GNU_RELRO:
        constant_ = {segment.p_vaddr, segment.p_memsz};
        return absl::OkStatus();
      case PT_GNU_STACK:
        if (segment.p_flags & PF_X) return refuse("wants an executable stack");
        return absl::OkStatus();
      case PT_TLS:
      case PT_INTERP:
        return refuse("has a segment of type ", segment.p_type, ", which is not supported");
      default:
        return absl::OkStatus();  // Notes and tables for debuggers.
    }
  }

  absl::Status read_load(const Elf64_Phdr& segment) {
    // Code and constants take the bytes they have in the file, and some tables of pointers.
    const uint64_t most = elf_.size() + (uint64_t{64} << 20);
    if (!within(segment.p_offset, segment.p_filesz, elf_.size()) ||
        segment.p_filesz > segment.p_memsz || !within(segment.p_vaddr, segment.p_memsz, most))
      return refuse("has a segment beyond its end");
    if ((segment.p_flags & PF_W) && (segment.p_flags & PF_X))
      return refuse("has a segment both writable and executable");
    uint64_t begin = page_down(segment.p_vaddr), end = page_up(segment.p_vaddr + segment.p_memsz);
    if (!segments_.empty() && begin < segments_.back().end)
      return refuse("has segments that share a page or are out of order");
    segments_.push_back({begin, end, segment.p_offset, segment.p_filesz, segment.p_vaddr,
                         (segment.p_flags & PF_W) != 0, (segment.p_flags & PF_X) != 0});
    return absl::OkStatus();
  }

  template <typename T>
  bool read(uint64_t address, T* value) const {
    if (!within(address, sizeof(T), memory_.size())) return false;
    std::memcpy(value, memory_.data() + address, sizeof(T));
    return true;
  }

  uint64_t dynamic_value(int64_t tag) const {
    auto it = values_.find(tag);
    return it != values_.end() ? it->second : 0;
  }

  absl::Status read_dynamic() {
    Elf64_Dyn entry;
    for (uint64_t at = 0; at + sizeof entry <= dynamic_->second; at += sizeof entry) {
      if (!read(dynamic_->first + at, &entry))
        return refuse("has a dynamic section beyond its end");
      if (entry.d_tag == DT_NULL) break;
      values_[entry.d_tag] = entry.d_un.d_val;
    }
    for (int64_t tag : {DT_NEEDED, DT_INIT, DT_FINI, DT_INIT_ARRAY, DT_FINI_ARRAY, DT_TEXTREL,
                        DT_REL, DT_RELR, DT_VERNEED})
      if (values_.contains(tag))
        return refuse("has an entry of type ", tag, " in its dynamic section, not supported");
    for (int64_t tag : {DT_HASH, DT_SYMTAB, DT_STRTAB, DT_STRSZ})
      if (!values_.contains(tag))
        return refuse("has no entry of type ", tag, " in its dynamic section");
    return absl::OkStatus();
  }

  absl::Status read_name(uint64_t offset, std::string* name) const {
    uint64_t table = dynamic_value(DT_STRTAB), size = dynamic_value(DT_STRSZ);
    if (!within(table, size, memory_.size()) || offset >= size)
      return refuse("has a name beyond its table of strings");
    auto* begin = reinterpret_cast<const char*>(memory_.data() + table + offset);
    size_t length = ::strnlen(begin, size - offset);
    if (length == size - offset) return refuse("has a name that does not end");
    name->assign(begin, length);
    return absl::OkStatus();
  }

  absl::Status read_symbols() {
    struct {
      uint32_t buckets, symbols;
    } hash;
    if (!read(dynamic_value(DT_HASH), &hash)) return refuse("has no table of symbols");
    for (uint64_t i = 0; i < hash.symbols; ++i) {
      Elf64_Sym symbol;
      if (!read(dynamic_value(DT_SYMTAB) + i * sizeof symbol, &symbol))
        return refuse("has symbols beyond its end");
      Symbol read;
      ETCH_RETURN_IF_ERROR(read_name(symbol.st_name, &read.name));
      if (symbol.st_shndx != SHN_UNDEF) {
        if (symbol.st_value >= memory_.size())
          return refuse("defines the symbol ", read.name, " beyond its end");
        read.value = symbol.st_value;
        if (ELF64_ST_TYPE(symbol.st_info) == STT_FUNC)
          functions_[read.name] = {symbol.st_value, symbol.st_size};
      }
      symbols_.push_back(std::move(read));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<uint64_t> address_of(uint64_t index) const {
    if (index >= symbols_.size()) return refuse("refers to a symbol that it does not have");
    const Symbol& symbol = symbols_[index];
    if (symbol.value) return reinterpret_cast<uint64_t>(memory_.data()) + *symbol.value;
    if (void* address = native_import(symbol.name)) return reinterpret_cast<uint64_t>(address);
    return absl::NotFoundError(absl::StrCat("the native code calls ", symbol.name,
                                            ", which this runtime does not provide"));
  }

  absl::Status relocate(int64_t table_tag, int64_t size_tag) {
    uint64_t table = dynamic_value(table_tag), size = dynamic_value(size_tag);
    for (uint64_t at = 0; at < size; at += sizeof(Elf64_Rela)) {
      Elf64_Rela entry;
      if (!read(table + at, &entry)) return refuse("has relocations beyond its end");
      uint64_t value = 0;
      switch (ELF64_R_TYPE(entry.r_info)) {
        case R_X86_64_NONE:
          continue;
        case R_X86_64_RELATIVE:
          if (static_cast<uint64_t>(entry.r_addend) > memory_.size())
            return refuse("has a relocation that points beyond its end");
          value = reinterpret_cast<uint64_t>(memory_.data()) + entry.r_addend;
          break;
        case R_X86_64_64:
        case R_X86_64_GLOB_DAT:
        case R_X86_64_JUMP_SLOT: {
          ETCH_ASSIGN_OR_RETURN(value, address_of(ELF64_R_SYM(entry.r_info)));
          if (ELF64_R_TYPE(entry.r_info) == R_X86_64_64) value += entry.r_addend;
          break;
        }
        default:
          return refuse("has a relocation of type ", ELF64_R_TYPE(entry.r_info),
                        ", which is not supported");
      }
      if (!lies_in_writable({entry.r_offset, sizeof value}))
        return refuse("relocates what it may not write");
      std::memcpy(memory_.data() + entry.r_offset, &value, sizeof value);
    }
    return absl::OkStatus();
  }

  // Within the pages of one segment.
  bool lies_in_writable(Range range) const {
    auto [address, size] = range;
    return std::ranges::any_of(segments_, [&](const Segment& segment) {
      return segment.write && address >= segment.begin && within(address, size, segment.end);
    });
  }

  absl::Status protect(uint64_t begin, uint64_t end, int flags) const {
    if (begin >= end) return absl::OkStatus();
    if (end > memory_.size()) return refuse("protects memory beyond its end");
    if (::mprotect(memory_.data() + begin, end - begin, flags) == 0) return absl::OkStatus();
    return absl::ErrnoToStatus(errno, "cannot make the memory of native code executable");
  }

  const std::span<const std::byte> elf_;
  std::span<std::byte> memory_;
  std::vector<Segment> segments_;
  std::optional<Range> dynamic_;
  std::optional<Range> constant_;  // once it is relocated
  Dynamic values_;
  std::vector<Symbol> symbols_;
  std::map<std::string, Range> functions_;
};

NativeImage::~NativeImage() { ::munmap(base_, size_); }

absl::StatusOr<std::shared_ptr<NativeImage>> NativeImage::load(std::span<const std::byte> elf) {
  ImageLoader loader(elf);
  ETCH_RETURN_IF_ERROR(loader.read_headers());
  size_t size = loader.image_size();
  void* base = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return absl::ErrnoToStatus(errno, "no memory for native code");
  std::shared_ptr<NativeImage> image(new NativeImage(static_cast<std::byte*>(base), size));
  ETCH_RETURN_IF_ERROR(loader.copy_to({image->base_, size}));
  ETCH_RETURN_IF_ERROR(loader.relocate());
  ETCH_RETURN_IF_ERROR(loader.protect());
  for (const auto& [name, range] : loader.functions()) {
    image->functions_[name] = image->base_ + range.first;
    if (debugging_wanted()) tell_perf(name, image->base_ + range.first, range.second);
  }
  return image;
}

void* NativeImage::find(const std::string& symbol) const {
  auto it = functions_.find(symbol);
  return it != functions_.end() ? it->second : nullptr;
}

absl::StatusOr<std::vector<std::string>> imports_of(std::span<const std::byte> elf) {
  ImageLoader loader(elf);
  ETCH_RETURN_IF_ERROR(loader.read_headers());
  std::vector<std::byte> memory(loader.image_size());
  ETCH_RETURN_IF_ERROR(loader.copy_to(memory));
  return loader.imports();
}

}  // namespace etch::runtime
