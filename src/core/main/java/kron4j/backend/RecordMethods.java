package kron4j.backend;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.TypeDescriptor;
import java.lang.runtime.ObjectMethods;

/** Makes the JDK release our class loader: up to JDK 18, it holds the class of the record whose methods were used last. */
final class RecordMethods {
    private RecordMethods() {}

    /** Lets the JDK make such methods for a record of its own. */
    static void forgetLast() {
        try {
            MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            MethodHandle part = lookup.findVirtual(String.class, "strip", MethodType.methodType(String.class));
            make(lookup, "equals", MethodType.methodType(boolean.class, String.class, Object.class), part);
            make(lookup, "hashCode", MethodType.methodType(int.class, String.class), part);
            make(lookup, "toString", MethodType.methodType(String.class, String.class), part);
        } catch (Throwable e) { // as bootstrap methods declare
            System.getLogger("kron4j")
                    .log(System.Logger.Level.DEBUG, "the class loader may stay until its like is loaded", e);
        }
    }

    private static void make(MethodHandles.Lookup lookup, String name, TypeDescriptor type, MethodHandle part)
            throws Throwable {
        ObjectMethods.bootstrap(lookup, name, type, String.class, "part", part);
    }
}
