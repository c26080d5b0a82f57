package kron4j.backend.cpu;

import kron4j.DeviceException;
import kron4j.backend.NativeDirectory;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;

/** Tells JavaCPP where to unpack native libraries, and explains why they cannot be loaded. */
final class JavaCpp {
    private static final String PROPERTY = "org.bytedeco.javacpp.cachedir";

    private JavaCpp() {}

    /** Sets the directory; call it before the first use of any JavaCPP class, which reads the property once. */
    static synchronized void prepare() {
        if (System.getProperty(PROPERTY) == null) {
            System.setProperty(PROPERTY, NativeDirectory.path().toString());
        }
    }

    /**
     * Loads the native part of a class. JavaCPP hides errors of its class initializers, so that only the first native call would fail; hence this comes
     * first.
     *
     * @throws DeviceException with reason and remedy if it cannot be loaded
     */
    static void load(Class<?> binding) {
        prepare();
        try {
            ask();
            if (Loader.load(binding) == null) {
                throw new DeviceException("cpu: " + missing(binding));
            }
        } catch (IllegalCallerException e) {
            throw NativeDirectory.denied(e, Loader.class);
        } catch (ExceptionInInitializerError e) {
            if (e.getCause() instanceof IllegalCallerException denied) {
                throw NativeDirectory.denied(denied, Loader.class);
            }
            throw e;
        } catch (UnsatisfiedLinkError e) {
            throw new DeviceException("cpu: " + reason(binding, e));
        }
    }

    /** Loads a library that does not exist, to see whether the JVM allows native access. JavaCPP would take a denied library for loaded. */
    private static void ask() {
        if (Runtime.version().feature() >= 24) {
            try {
                System.load(NativeDirectory.path().resolve("none").toString());
            } catch (UnsatisfiedLinkError allowed) {
                return;
            }
        }
    }

    private static String reason(Class<?> binding, UnsatisfiedLinkError e) {
        Throwable first = e;
        while (first.getCause() != null && first.getCause() != first) {
            first = first.getCause();
        }
        String message = String.valueOf(first.getMessage());
        return message.startsWith("Could not find ")
                ? missing(binding)
                : "the native part of " + binding.getName() + " cannot be loaded: "
                        + message.lines().findFirst().orElse("") + "; it was unpacked to " + place()
                        + ", -Dkron4j.cache=DIR names another directory";
    }

    private static String missing(Class<?> binding) {
        return "no native part of " + binding.getName() + " for " + Loader.getPlatform()
                + ": add org.bytedeco:javacpp and openblas with the classifier " + Loader.getPlatform()
                + " to the class path; on a module path, start with --add-modules ALL-MODULE-PATH";
    }

    /** The directory in use, once prepared. */
    static String place() {
        return System.getProperty(PROPERTY);
    }

    /** Ends the thread that frees JavaCPP's forgotten pointers; we have none. */
    static void shutdown() {
        Pointer.interruptDeallocatorThread();
    }
}
