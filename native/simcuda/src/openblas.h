// BLAS and LAPACK for the stand-ins, from the OpenBLAS library beside them.
#pragma once

#include <complex>
#include <cstddef>
#include <type_traits>

namespace sim {

/// A function of OpenBLAS.
void* openBlas(const char* name);

} // namespace sim

/// Calls a Fortran routine, all arguments by address; behind them the lengths of strings, of which no routine has more.
#define FORTRAN(name, ...)                                                                                          \
    do {                                                                                                            \
        static auto const function = reinterpret_cast<void (*)(...)>(sim::openBlas(#name "_"));                     \
        function(__VA_ARGS__, size_t(1), size_t(1), size_t(1), size_t(1));                                          \
    } while (0)

/// The same, s, d, c or z before the name by the type.
#define FORTRAN_OF(T, name, ...)                                                                          \
    do {                                                                                                  \
        if constexpr (std::is_same<T, float>::value) FORTRAN(s##name, __VA_ARGS__);                       \
        else if constexpr (std::is_same<T, double>::value) FORTRAN(d##name, __VA_ARGS__);                 \
        else if constexpr (std::is_same<T, std::complex<float>>::value) FORTRAN(c##name, __VA_ARGS__);    \
        else FORTRAN(z##name, __VA_ARGS__);                                                               \
    } while (0)
