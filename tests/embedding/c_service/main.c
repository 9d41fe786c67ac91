// A project in C alone: loads a bundle that another process has written, whatever its shapes, and
// predicts with zeros. The result is a softmax.
#include <stdio.h>
#include <stdlib.h>

#include "etch/runtime/etch.h"

static void check(etch_status status) {
  if (status == ETCH_OK) return;
  printf("%s\n", etch_error_message());
  exit(1);
}

int main(void) {
  etch_model* model = NULL;
  etch_session* session = NULL;
  etch_value_info x = ETCH_VALUE_INFO_INIT, y = ETCH_VALUE_INFO_INIT;
  check(etch_model_load("model.etch", NULL, &model));
  check(etch_session_new(model, NULL, &session));
  const etch_program* predict = etch_model_find_program(model, "predict");
  check(etch_program_value(predict, ETCH_INPUT, 0, &x));
  check(etch_program_value(predict, ETCH_OUTPUT, 0, &y));

  void* zeros = calloc(1, x.bytes);
  float* result = malloc(y.bytes);
  etch_input in = {x.name, zeros, x.shape, x.rank, x.dtype};
  etch_output out = {y.name, result, y.shape, y.rank, y.dtype};
  check(etch_session_run(session, "predict", &in, 1, &out, 1, NULL));
  double sum = 0;
  for (size_t i = 0; i < y.bytes / sizeof(float); ++i) sum += result[i];
  printf("%d rows, which sum to %.3f\n", (int)y.shape[0], sum);

  free(zeros);
  free(result);
  etch_session_free(session);
  etch_model_free(model);
  return 0;
}
