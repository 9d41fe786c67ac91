# How lit runs the .mlir files of tests/: their RUN lines find etch-opt, FileCheck and not on PATH.
import os

import lit.formats

config.name = "etch/" + os.path.basename(config.test_source_root)
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.environment["PATH"] = os.pathsep.join(
    config.etch_tools + [config.environment.get("PATH", "")])
