package kron4j.backend.cuda.card;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.Pointer;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUjit_option;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import kron4j.DeviceException;

/** The own kernels on one card: a module for each family, loaded when one of its kernels is first needed. */
public final class Kernels {
    private static final int SHARED_BY_DEFAULT = 48 * 1024;

    private static final Pattern HEAD = Pattern.compile("\\.version\\s+(\\S+).*?\\.target\\s+(\\w+)", Pattern.DOTALL);

    /** Bytes of the options' values, and of each of the two logs behind them. */
    private static final int VALUES = 4 * Long.BYTES;

    private static final int LOG = 8192;

    private static final class Index {
        /** The kernels of each family, in the order of their names. */
        static final Map<String, List<String>> FAMILIES = families();

        /** The family of each kernel. */
        static final Map<String, String> FAMILY = new HashMap<>();

        static {
            FAMILIES.forEach((family, kernels) -> kernels.forEach(kernel -> FAMILY.put(kernel, family)));
        }
    }

    private final CudaContext context;
    private final Map<String, CUmodule> modules = new ConcurrentHashMap<>();
    private final Map<String, CUfunction> functions = new ConcurrentHashMap<>();
    /** Kernels that may have more shared memory than kernels have by default. */
    private final Map<String, CUfunction> large = new ConcurrentHashMap<>();
    /** Made on first use, guarded by this. */
    private PageLocked log;

    Kernels(CudaContext context) {
        this.context = context;
    }

    /** Lines about the kernels in the jar, for people. */
    public static List<String> describe() {
        List<String> facts = new ArrayList<>();
        Index.FAMILIES.forEach((family, kernels) -> {
            Matcher head = HEAD.matcher(new String(resource(family + ".ptx"), StandardCharsets.US_ASCII));
            facts.add("kernels " + family + ": "
                    + (head.find()
                            ? kernels.size() + ", PTX " + head.group(1) + " for " + head.group(2) + " and newer"
                            : "missing from the class path"));
        });
        return facts;
    }

    /** The kernel of that name, to be launched with that many bytes of shared memory besides its own. */
    CUfunction get(String name, int sharedBytes) {
        Map<String, CUfunction> ready = sharedBytes > SHARED_BY_DEFAULT ? large : functions;
        CUfunction known = ready.get(name);
        return known != null
                ? known
                : context.beside(() -> ready.computeIfAbsent(name, ready == large ? this::enlarge : this::load));
    }

    private CUfunction load(String name) {
        String family = Index.FAMILY.get(name);
        if (family == null) {
            throw new DeviceException(context.name() + ": no kernel " + name + " in " + Index.FAMILIES.keySet());
        }
        CUmodule module = modules.computeIfAbsent(family, this::loadModule);
        CUfunction function = new CUfunction();
        context.check(JCudaDriver.cuModuleGetFunction(function, module, name), "cuModuleGetFunction", name);
        return function;
    }

    /** Lets a kernel have all the shared memory of the card, which it must ask for. */
    private CUfunction enlarge(String name) {
        CUfunction function = functions.computeIfAbsent(name, this::load);
        int bytes = context.attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
        int attribute = CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
        context.check(
                JCudaDriver.cuFuncSetAttribute(function, attribute, bytes),
                "cuFuncSetAttribute",
                name,
                bytes + " bytes of shared memory");
        return function;
    }

    private CUmodule loadModule(String family) {
        return load(family + ".ptx", resource(family + ".ptx"));
    }

    /** The module of a PTX; what the driver's compiler says against it is in the exception. */
    synchronized CUmodule load(String name, byte[] ptx) {
        if (log == null) {
            log = new PageLocked(context, VALUES + 2 * LOG);
        }
        ByteBuffer values = log.buffer(0, VALUES + 2 * LOG).order(ByteOrder.nativeOrder());
        for (int i = 0; i < 2; i++) {
            values.putLong(log.pointer(VALUES + i * LOG).address()).putLong(LOG);
            values.put(VALUES + i * LOG, (byte) 0);
        }
        int[] options = {
            CUjit_option.CU_JIT_ERROR_LOG_BUFFER,
            CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES,
            CUjit_option.CU_JIT_INFO_LOG_BUFFER,
            CUjit_option.CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES
        };
        CUmodule module = new CUmodule();
        int code = JCudaDriver.cuModuleLoadDataEx(
                module, Pointer.to(Arrays.copyOf(ptx, ptx.length + 1)), options.length, options, log.pointer(0));
        if (code != 0) {
            throw context.failed(code, "cuModuleLoadDataEx", name, text(values, VALUES) + text(values, VALUES + LOG));
        }
        return module;
    }

    /** The C string there. */
    private static String text(ByteBuffer bytes, int from) {
        byte[] text = new byte[LOG];
        bytes.get(from, text);
        int length = 0;
        while (length < LOG && text[length] != 0) {
            length++;
        }
        return new String(text, 0, length, StandardCharsets.US_ASCII).strip();
    }

    /** As {@code scripts/build-kernels} lists them: the name of a family, and its kernels. */
    private static Map<String, List<String>> families() {
        Map<String, List<String>> families = new TreeMap<>();
        String index = new String(resource("index"), StandardCharsets.US_ASCII);
        for (String line : index.lines().toList()) {
            List<String> words = List.of(line.split(" "));
            families.put(words.get(0), words.subList(1, words.size()));
        }
        return families;
    }

    /** A file of the kernels; empty if it is not there. */
    private static byte[] resource(String name) {
        try (InputStream in = Kernels.class.getResourceAsStream("/kron4j/kernels/" + name)) {
            return in == null ? new byte[0] : in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
