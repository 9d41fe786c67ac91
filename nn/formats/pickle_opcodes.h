// The opcodes of Python's pickle machine, protocols 0 to 5. Internal.
// Source: CPython, Lib/pickletools.py.
#ifndef ETCH_NN_FORMATS_PICKLE_OPCODES_H_
#define ETCH_NN_FORMATS_PICKLE_OPCODES_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace etch::nn::formats {

// Those that a reader of tensors needs.
enum class Opcode : uint8_t {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kPopMark = '1',
  kBinFloat = 'G',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNone = 'N',
  kBinPersId = 'Q',
  kReduce = 'R',
  kBinString = 'T',
  kShortBinString = 'U',
  kBinUnicode = 'X',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kDict = 'd',
  kEmptyDict = '}',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kList = 'l',
  kEmptyList = ']',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kEmptyTuple = ')',
  kSetItems = 'u',
  kProto = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
  kLong4 = 0x8b,
  kShortBinUnicode = 0x8c,
  kBinUnicode8 = 0x8d,
  kBinBytes8 = 0x8e,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
  kByteArray8 = 0x96,
};

// The name of an opcode that is not among them, such as "NEWOBJ"; empty when there is no such.
inline std::string_view opcode_name(Opcode opcode) {
  struct Name {
    uint8_t code;
    std::string_view name;
  };
  constexpr std::array<Name, 21> kNames = {
      {{'2', "DUP"},        {'F', "FLOAT"},        {'I', "INT"},
       {'L', "LONG"},       {'P', "PERSID"},       {'S', "STRING"},
       {'V', "UNICODE"},    {'g', "GET"},          {'i', "INST"},
       {'o', "OBJ"},        {'p', "PUT"},          {0x81, "NEWOBJ"},
       {0x82, "EXT1"},      {0x83, "EXT2"},        {0x84, "EXT4"},
       {0x8f, "EMPTY_SET"}, {0x90, "ADDITEMS"},    {0x91, "FROZENSET"},
       {0x92, "NEWOBJ_EX"}, {0x97, "NEXT_BUFFER"}, {0x98, "READONLY_BUFFER"}}};
  for (const Name& name : kNames)
    if (name.code == static_cast<uint8_t>(opcode)) return name.name;
  return "";
}

}  // namespace etch::nn::formats

#endif  // ETCH_NN_FORMATS_PICKLE_OPCODES_H_
