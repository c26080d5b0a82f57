// What the race detector is told of a launch; nothing in a build without it. See races.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

namespace simcuda {

#ifdef SIMCUDA_RACES
/// Where the running block is: __syncthreads raises `block`; __syncwarp raises `warp` of its warp; so do shuffles and votes `exchange`.
struct Epochs {
    uint32_t block, warp[32], exchange[32];
};
extern __attribute__((visibility("hidden"))) Epochs epochs;
void racesLaunch(void* kernel, char* dynamicShared, size_t length);
void racesBlock();
void racesThread(unsigned thread);
void racesForget();
#else
inline void racesLaunch(void*, char*, size_t) {}
inline void racesBlock() {}
inline void racesThread(unsigned) {}
inline void racesForget() {}
#endif

} // namespace simcuda
