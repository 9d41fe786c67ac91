// The command line.
#ifndef ETCH_EXAMPLES_SERVER_SETTINGS_H_
#define ETCH_EXAMPLES_SERVER_SETTINGS_H_

#include <string>

#include "http_server.h"
#include "served_model.h"
#include "service.h"

namespace server {

struct Settings {
  std::string models;   // the folder
  bool strict = false;  // whether all of its models have to be served
  ServingOptions serving;
  ServiceOptions service;
  HttpOptions http;
};

// Ends the process after --help. Throws std::runtime_error when the arguments make no sense.
Settings parse_settings(int argc, char** argv);

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_SETTINGS_H_
