// Debian's libtorch asks libblas for sgemm_. This library comes first in its symbol scope, so the call lands here
// and goes on to oneDNN, about twice as fast as OpenBLAS on AVX-512 and thirty times the reference BLAS.
#ifdef SHIM_FORWARD_SGEMM

#include <cstdint>

// oneDNN is row-major, BLAS column-major: the same product with its operands swapped.
extern "C" int dnnl_sgemm(
    char transa, char transb, int64_t m, int64_t n, int64_t k, float alpha, const float* a, int64_t lda,
    const float* b, int64_t ldb, float beta, float* c, int64_t ldc);

extern "C" __attribute__((visibility("default"))) void sgemm_(
    const char* transa, const char* transb, const int* m, const int* n, const int* k, const float* alpha,
    const float* a, const int* lda, const float* b, const int* ldb, const float* beta, float* c, const int* ldc) {
    dnnl_sgemm(*transb, *transa, *n, *m, *k, *alpha, b, *ldb, a, *lda, *beta, c, *ldc);
}

#endif
