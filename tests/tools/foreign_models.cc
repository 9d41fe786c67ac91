// A library as the headers of another version would make it: what it registers must not be read.
extern "C" void etch_register_model(const char* version, const char* name, const void* model);

static const bool registered = [] {
  etch_register_model("99.1.0", "Future", nullptr);
  return true;
}();
