// Etch's runtime for C, and for every language that can call C: loads bundles, runs their programs,
// trains them further. Plain C99; one include brings all of it:
//
//   etch_model* model = NULL;
//   etch_session* session = NULL;
//   etch_status status = etch_model_load("mlp.etch", NULL, &model);
//   if (status == ETCH_OK) status = etch_session_new(model, NULL, &session);
//   if (status == ETCH_OK)
//     status = etch_session_run(session, "predict", &x, 1, &probabilities, 1, NULL);
//   if (status != ETCH_OK) fprintf(stderr, "%s\n", etch_error_message());
//   etch_session_free(session);
//   etch_model_free(model);
//
//   c_api_base.h     versions, errors, values, the log
//   c_api_executor.h threads of the host
//   c_api_model.h    models: their programs and signatures, their state
//   c_api_session.h  sessions: running programs, cancellation and deadlines, profiles
//
// What is the same for all functions:
//
// Errors. A function that can fail returns an etch_status; then nothing was changed and nothing was
// written to what its pointers point to, except that a pointer to a new object is set to NULL.
// etch_error_message() says what was wrong. No C++ exception leaves a function. A null pointer
// where an object or a name is wanted is ETCH_INVALID_ARGUMENT, not a crash; where a function
// returns no etch_status it returns NULL or 0.
//
// Ownership. What comes from a function called *_new, *_load, *_parse, *_fork or *_snapshot is the
// caller's, who gives it back to the *_free of its type; NULL is allowed there. All other pointers
// that functions return belong to the object that was asked and live as long as it does. Objects
// may be freed in any order: a session keeps its model's code, state and executors alive.
//
// Threads. All functions may be called from any thread. An object is freed by one thread, once no
// other uses it. Functions of a model may run side by side on one model; a session is one
// caller's: a second run of it meanwhile is refused, not raced.
//
// Versions. See ETCH_API_VERSION. Structs that may grow begin with `struct_size`, which their
// *_INIT sets; always start from it.
#ifndef ETCH_RUNTIME_ETCH_H_
#define ETCH_RUNTIME_ETCH_H_

#include "etch/runtime/c_api_base.h"
#include "etch/runtime/c_api_executor.h"
#include "etch/runtime/c_api_model.h"
#include "etch/runtime/c_api_session.h"

#endif  // ETCH_RUNTIME_ETCH_H_
