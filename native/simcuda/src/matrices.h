// What the stand-ins for cuBLAS and cuSOLVER share: matrices in device memory, and their checks.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "openblas.h"
#include "sim.h"

namespace sim {

inline Address address(const void* pointer) { return reinterpret_cast<Address>(pointer); }

/// How many elements a column-major matrix spans.
inline size_t span(int64_t rows, int64_t columns, int64_t lead) { return rows > 0 && columns > 0 ? size_t((columns - 1) * lead + rows) : 0; }
/// And a batch of them.
inline size_t span(int64_t rows, int64_t columns, int64_t lead, int64_t stride, int64_t batch) {
    size_t one = span(rows, columns, lead);
    return one && batch > 0 ? size_t(batch - 1) * size_t(stride < 0 ? 0 : stride) + one : 0;
}

template <class T> bool checkArray(const char* name, const char* what, const T* array, size_t elements) {
    return elements == 0 || checkDevice(name, what, address(array), elements * sizeof(T));
}

template <class T> void open(const T* array) { openBlock(address(array)); }

/// The pointers of a batch, which lie in device memory; empty and reported when one of them is none to so many elements.
template <class T> std::vector<T*> pointers(const char* name, const char* what, T* const* array, int64_t batch, size_t elements) {
    open(array);
    std::vector<T*> result(array, array + batch);
    for (T* one : result) {
        if (!checkArray(name, what, one, elements)) return {};
        open(one);
    }
    return result;
}

/// What a call gives as a number or as a device pointer to one.
template <class T> struct Scalar {
    T value;
    const T* onDevice;
    T get() const {
        if (!onDevice) return value;
        open(onDevice);
        return *onDevice;
    }
};

inline const char* upLo(int fill) { return fill == 0 ? "L" : "U"; }
inline const char* transposed(int operation) { return operation == 0 ? "N" : operation == 1 ? "T" : "C"; }

template <class T> struct PartOf { using Type = T; };
template <class R> struct PartOf<std::complex<R>> { using Type = R; };
/// What a number is made of: itself if it is real.
template <class T> using RealOf = typename PartOf<T>::Type;
template <class T> constexpr bool IS_COMPLEX = !std::is_same<T, RealOf<T>>::value;

/// What LAPACK's routines of this type take: real ones know no conjugates.
template <class T> const char* operation(int code) { return IS_COMPLEX<T> || code == 0 ? transposed(code) : "T"; }

template <class T> constexpr T NAN_OF = std::numeric_limits<T>::quiet_NaN();
template <class R> constexpr std::complex<R> NAN_OF<std::complex<R>> = {NAN_OF<R>, NAN_OF<R>};

/// Whether all elements are finite.
template <class T> bool finite(int rows, int columns, const T* a, int lead) {
    for (int j = 0; j < columns; j++) {
        for (int i = 0; i < rows; i++) {
            T x = a[i + size_t(j) * size_t(lead)];
            if (!std::isfinite(std::real(x)) || !std::isfinite(std::imag(x))) return false;
        }
    }
    return true;
}

template <class T> void fillMatrix(int rows, int columns, T* a, int lead, T value) {
    for (int j = 0; j < columns; j++) std::fill_n(a + size_t(j) * size_t(lead), rows, value);
}

template <class T> void copyMatrix(int rows, int columns, const T* from, int fromLead, T* to, int toLead) {
    for (int j = 0; j < columns; j++) std::copy_n(from + size_t(j) * size_t(fromLead), rows, to + size_t(j) * size_t(toLead));
}

/// LU with partial pivoting, or without where pivots is null; info as LAPACK gives it.
template <class T> int factorise(int m, int n, T* a, int lead, int* pivots) {
    int info = 0;
    if (pivots) {
        FORTRAN_OF(T, getrf, &m, &n, a, &lead, pivots, &info);
        return info;
    }
    for (int k = 0; k < std::min(m, n); k++) {
        T pivot = a[k + size_t(k) * size_t(lead)];
        if (pivot == T(0)) {
            if (!info) info = k + 1;
            continue;
        }
        for (int i = k + 1; i < m; i++) a[i + size_t(k) * size_t(lead)] /= pivot;
        for (int j = k + 1; j < n; j++) {
            for (int i = k + 1; i < m; i++) a[i + size_t(j) * size_t(lead)] -= a[i + size_t(k) * size_t(lead)] * a[k + size_t(j) * size_t(lead)];
        }
    }
    return info;
}

/// Solves with what factorise() left.
template <class T> void solveFactorised(const char* transposed, int n, int columns, const T* a, int lead, const int* pivots, T* b, int leadB) {
    int info = 0;
    std::vector<int> none;
    if (!pivots) {
        for (int i = 1; i <= n; i++) none.push_back(i);
        pivots = none.data();
    }
    if (n > 0 && columns > 0) FORTRAN_OF(T, getrs, transposed, &n, &columns, a, &lead, pivots, b, &leadB, &info);
}

} // namespace sim

#define FOR_FLOATING(X) X(S, float) X(D, double)
#define FOR_COMPLEX(X) X(C, std::complex<float>) X(Z, std::complex<double>)
