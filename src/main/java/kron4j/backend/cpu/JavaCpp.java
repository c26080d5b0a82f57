package kron4j.backend.cpu;

import kron4j.backend.NativeDirectory;

/** Tells JavaCPP where to unpack native libraries. */
final class JavaCpp {
    private static final String PROPERTY = "org.bytedeco.javacpp.cachedir";

    private JavaCpp() {}

    /** To be called before the first use of any JavaCPP class, which reads the property once. */
    static synchronized void prepare() {
        if (System.getProperty(PROPERTY) == null) {
            System.setProperty(PROPERTY, NativeDirectory.path().toString());
        }
    }

    /** The directory in use, once prepared. */
    static String place() {
        return System.getProperty(PROPERTY);
    }
}
