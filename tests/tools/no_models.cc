// A library that registers nothing.
extern "C" int etch_test_nothing() { return 0; }
