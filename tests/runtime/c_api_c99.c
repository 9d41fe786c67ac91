// The C interface as C99 sees it: the header, its initializers, and a run from C.
#include "etch/runtime/etch.h"

etch_status c99_doubles_the_scale(etch_model* model, float* first);

// scale = scale + scale by the program "step", then its first element.
etch_status c99_doubles_the_scale(etch_model* model, float* first) {
  etch_session_options options = ETCH_SESSION_OPTIONS_INIT;
  etch_run_options run = ETCH_RUN_OPTIONS_INIT;
  etch_value_info info = ETCH_VALUE_INFO_INIT;
  etch_session* session = NULL;
  float scale[20];
  etch_input x = {"x", NULL, NULL, 1, ETCH_F32};
  etch_status status = etch_model_find_state(model, "scale", &info);
  if (status == ETCH_OK) status = etch_model_read(model, "scale", scale, sizeof scale);
  if (status == ETCH_OK) status = etch_session_new(model, &options, &session);
  x.data = scale;
  x.shape = info.shape;
  if (status == ETCH_OK) status = etch_session_run(session, "step", &x, 1, NULL, 0, &run);
  if (status == ETCH_OK) status = etch_model_read(model, "scale", scale, sizeof scale);
  etch_session_free(session);
  *first = scale[0];
  return status;
}
