// Predicts with a bundle and trains it further, in plain C: what a program links that is neither
// C++ nor wants a compiler in it.
//
//   etch compile mlp -o mlp.etch
//   c_inference mlp.etch trained.etch
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "etch/runtime/etch.h"

enum { kBatch = 64, kPixels = 784, kClasses = 10, kSteps = 20 };

// Ends the program where a call has failed.
static void check(etch_status status) {
  if (status == ETCH_OK) return;
  fprintf(stderr, "c_inference: %s: %s\n", etch_status_name(status), etch_error_message());
  exit(1);
}

static void print_values(const etch_program* program, etch_role role, const char* title) {
  printf("  %s:", title);
  for (size_t i = 0; i < etch_program_num_values(program, role); ++i) {
    etch_value_info info = ETCH_VALUE_INFO_INIT;
    check(etch_program_value(program, role, i, &info));
    printf(" %s %s [", info.name, etch_dtype_name(info.dtype));
    for (int32_t k = 0; k < info.rank; ++k) printf(k > 0 ? ", %d" : "%d", (int)info.shape[k]);
    printf("]");
  }
  printf("\n");
}

static void print_model(const etch_model* model) {
  printf("%s, written by %s\n", etch_model_name(model), etch_model_producer(model));
  for (size_t i = 0; i < etch_model_num_programs(model); ++i) {
    const etch_program* program = etch_model_program(model, i);
    printf("%s\n", etch_program_name(program));
    print_values(program, ETCH_INPUT, "takes");
    print_values(program, ETCH_OUTPUT, "gives");
  }
}

// Images of noise in which each tenth pixel, beginning with that of the class, is bright.
static void make_batch(float* images, int64_t* classes) {
  static uint32_t seed = 1;
  for (int i = 0; i < kBatch; ++i) {
    classes[i] = i % kClasses;
    for (int k = 0; k < kPixels; ++k) {
      seed = seed * 1664525u + 1013904223u;
      float noise = (float)(seed >> 8) / (float)(1u << 24);
      images[i * kPixels + k] = noise + (k % kClasses == classes[i] ? 0.5f : 0.0f);
    }
  }
}

static double accuracy(const float* logits, const int64_t* classes) {
  int right = 0;
  for (int i = 0; i < kBatch; ++i) {
    int best = 0;
    for (int c = 1; c < kClasses; ++c)
      if (logits[i * kClasses + c] > logits[i * kClasses + best]) best = c;
    right += best == classes[i];
  }
  return 100.0 * right / kBatch;
}

static float images[kBatch * kPixels];
static int64_t classes[kBatch];
static float logits[kBatch * kClasses];
static const int64_t images_shape[] = {kBatch, kPixels};
static const int64_t classes_shape[] = {kBatch};
static const int64_t logits_shape[] = {kBatch, kClasses};

static void predict(etch_session* session) {
  etch_input x = {"x", images, images_shape, 2, ETCH_F32};
  etch_output out = {"out0", logits, logits_shape, 2, ETCH_F32};
  check(etch_session_run(session, "predict", &x, 1, &out, 1, NULL));
}

static float train_step(etch_session* session) {
  float loss = 0;
  etch_input inputs[] = {{"x", images, images_shape, 2, ETCH_F32},
                         {"target", classes, classes_shape, 1, ETCH_I64}};
  etch_output out = {"out0", &loss, NULL, 0, ETCH_F32};
  etch_run_options options = ETCH_RUN_OPTIONS_INIT;
  options.deadline_ns = etch_deadline_after(INT64_C(10000000000));  // ten seconds for each step
  check(etch_session_run(session, "train_step", inputs, 2, &out, 1, &options));
  return loss;
}

// What a model loaded from the file predicts; it must have the bits that this one has.
static int predicts_the_same(const char* path) {
  etch_model* model = NULL;
  etch_session* session = NULL;
  float before[kBatch * kClasses];
  memcpy(before, logits, sizeof logits);
  check(etch_model_load(path, NULL, &model));
  check(etch_session_new(model, NULL, &session));
  predict(session);
  etch_session_free(session);
  etch_model_free(model);
  return memcmp(before, logits, sizeof logits) == 0;
}

int main(int argc, char** argv) {
  etch_model* model = NULL;
  etch_session* session = NULL;
  if (argc != 3) {
    fprintf(stderr, "usage: c_inference BUNDLE TRAINED\n");
    return 2;
  }
  check(etch_model_load(argv[1], NULL, &model));
  print_model(model);
  check(etch_session_new(model, NULL, &session));

  make_batch(images, classes);
  predict(session);
  printf("accuracy %.0f %%\n", accuracy(logits, classes));
  for (int step = 0; step < kSteps; ++step) {
    float loss = train_step(session);
    if (step % 5 == 0) printf("step %2d  loss %.3f\n", step, loss);
    make_batch(images, classes);
  }
  predict(session);
  printf("accuracy %.0f %%\n", accuracy(logits, classes));

  check(etch_model_save(model, argv[2], NULL));
  printf("%s predicts %s\n", argv[2], predicts_the_same(argv[2]) ? "the same" : "something else");
  etch_session_free(session);
  etch_model_free(model);
  return 0;
}
