// What tests of the public interface include, parsed once for all of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "etch/etch.h"
