// BLAS and LAPACK for the stand-ins, from the OpenBLAS library beside them.
#pragma once

namespace sim {

/// A function of OpenBLAS.
void* openBlas(const char* name);

} // namespace sim

/// Calls a Fortran routine of OpenBLAS, all arguments by address.
#define FORTRAN(name, ...)                                                                                          \
    do {                                                                                                            \
        static auto const function = reinterpret_cast<void (*)(...)>(sim::openBlas(#name "_"));                     \
        function(__VA_ARGS__);                                                                                      \
    } while (0)
