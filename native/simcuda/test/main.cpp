// Runs the tests, each with a device in its first state; with an argument, those whose names contain it.
#include <string>

#include "test.h"

static std::vector<Address> toFree;

Address allocate(size_t bytes) {
    Address address;
    REQUIRE(cuMemAlloc_v2(&address, bytes) == 0);
    toFree.push_back(address);
    return address;
}

void* module() {
    static void* module = nullptr;
    if (module) return module;
    std::string ptx = ".version 8.0\n.target sm_75\n.address_size 64\n";
    for (const char* name : {"sum", "sum_racy", "warp", "votes", "reverse", "leave", "hang", "store", "step", "race_blocks", "race_warp", "race_warps", "race_pieces",
                             "race_bytes", "race_dynamic", "unwritten"}) {
        ptx += std::string("\n.visible .entry test_") + name + "(\n\t.param .align 8 .b8 test_" + name + "_param_0[24]\n)\n{\n" + (strcmp(name, "race_bytes") ? "\tmov.u32 %r1, %nctaid.x;\n" : "") + "\tret;\n\n}\n";
    }
    REQUIRE(cuModuleLoadData(&module, ptx.c_str()) == 0);
    return module;
}

#ifdef __SANITIZE_ADDRESS__
/// Runs a test in a process of its own, which AddressSanitizer must end.
static void requireDeath(const std::string& program, const Test& test) {
    FILE* output = popen((program + " " + test.name + " 2>&1").c_str(), "r");
    std::string text;
    for (int c; (c = fgetc(output)) != EOF;) text += char(c);
    REQUIRE(pclose(output) != 0 && text.find("AddressSanitizer: use-after-poison") != std::string::npos);
}
#endif

int main(int count, char** arguments) {
    void* context;
    setenv("SIMCUDA_DEVICES", "2", 1);
    REQUIRE(cuInit(0) == 0 && cuDevicePrimaryCtxRetain(&context, 0) == 0 && cuCtxSetCurrent(context) == 0);
    int run = 0;
    for (const Test& test : tests()) {
        if (count > 1 && !strstr(test.name, arguments[1])) continue;
        control()->seed = 1;
        control()->mostBlocks = 0;
        printf("%s\n", test.name);
        fflush(stdout);
#ifdef __SANITIZE_ADDRESS__
        if (test.fatal && count == 1) {
            requireDeath(arguments[0], test);
            run++;
            continue;
        }
#endif
        test.run();
        REQUIRE(cuCtxSynchronize() == 0);
        for (Address address : toFree) cuMemFree_v2(address); // the test may have freed it
        toFree.clear();
        reports("");
        REQUIRE(control()->liveBlocks == 0);
        run++;
    }
    REQUIRE(cuDevicePrimaryCtxRelease_v2(0) == 0 && control()->liveBlocks == 0);
    printf("%d tests of the simulated device passed\n", run);
    return run ? 0 : 1;
}
