package kron4j;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.ClassReader;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.ClassVisitor;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.Label;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.MethodVisitor;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.Opcodes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Where compiled code chooses by dtype, which ArchUnit does not show. */
final class DTypeChoices extends ClassVisitor {
    private static final Set<String> PRECISIONS = Set.of("FLOAT32", "FLOAT64", "INT32", "INT64", "INT8", "UINT8");
    private static final String SWITCH = "$SwitchMap$kron4j$DType";
    private static final String SWITCH_ON_KIND = "$SwitchMap$kron4j$backend$cpu$Kind";
    /** What javac throws where a switch expression without default has met a constant that is new since. */
    private static final Set<String> EXHAUSTED =
            Set.of("java/lang/IncompatibleClassChangeError", "java/lang/MatchException");

    private final String name;
    /** Comparisons with a constant other than bool: lines that load one and compare references; and switches. */
    final List<String> choices = new ArrayList<>();
    /** Switches in which a default, or nothing, answers for dtypes to come. */
    final List<String> open = new ArrayList<>();

    private DTypeChoices(String name) {
        super(Opcodes.ASM9);
        this.name = name;
    }

    static DTypeChoices in(JavaClass c) {
        DTypeChoices found = new DTypeChoices(c.getName());
        try (InputStream bytes = c.getSource().orElseThrow().getUri().toURL().openStream()) {
            new ClassReader(bytes).accept(found, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    @Override
    public MethodVisitor visitMethod(int access, String method, String type, String signature, String[] thrown) {
        if (method.equals("<clinit>")) {
            return null; // fills the maps of switches
        }
        return new MethodVisitor(Opcodes.ASM9) {
            private int line;
            private int loaded = -1;
            private int switches;
            private int exhausted;

            private String place() {
                return name + "." + method + ", line " + line;
            }

            @Override
            public void visitLineNumber(int number, Label start) {
                line = number;
            }

            @Override
            public void visitFieldInsn(int code, String owner, String field, String descriptor) {
                if (owner.equals("kron4j/DType") && PRECISIONS.contains(field)) {
                    loaded = line;
                } else if (code == Opcodes.GETSTATIC && (field.equals(SWITCH) || field.equals(SWITCH_ON_KIND))) {
                    switches++;
                    if (field.equals(SWITCH)) {
                        choices.add(place());
                    }
                }
            }

            @Override
            public void visitJumpInsn(int code, Label target) {
                if ((code == Opcodes.IF_ACMPEQ || code == Opcodes.IF_ACMPNE) && loaded == line) {
                    choices.add(place());
                }
            }

            @Override
            public void visitTypeInsn(int code, String made) {
                exhausted += code == Opcodes.NEW && EXHAUSTED.contains(made) ? 1 : 0;
            }

            @Override
            public void visitEnd() {
                if (exhausted < switches) {
                    open.add(place());
                }
            }
        };
    }
}
