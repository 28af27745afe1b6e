// Loops over several threads. at::parallel_for is a template that is compiled here: without OpenMP it would run on one
// thread and say nothing.
#pragma once

#include <ATen/Parallel.h>

#if AT_PARALLEL_OPENMP && !defined(_OPENMP)
#error "libtorch's parallel loops are OpenMP's: compile with -fopenmp"
#endif
