package kron4j;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import kron4j.contract.Contract;
import org.junit.jupiter.api.Test;

/** Holds what src/docs/architecture.md says of imports. */
class ArchitectureTest {
    private static final JavaClasses CODE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("kron4j");

    /** DType, Complex, Shape, Layout, Precision, StreamScope, the exceptions, and numbers of bytes as text. */
    private static final DescribedPredicate<JavaClass> VALUES = describe("are value types", used -> {
        JavaClass c = outermost(used.getBaseComponentType());
        return c.isPrimitive()
                || c.getName().equals("kron4j.memory.Bytes")
                || (c.getPackageName().equals("kron4j")
                        && (Set.of("DType", "Complex", "Shape", "Layout", "Precision", "StreamScope")
                                        .contains(c.getSimpleName())
                                || c.isAssignableTo(TensorException.class)));
    });

    private static JavaClass outermost(JavaClass c) {
        return c.getEnclosingClass().map(ArchitectureTest::outermost).orElse(c);
    }

    private static DescribedPredicate<JavaClass> ours(String... packages) {
        DescribedPredicate<JavaClass> inside = resideInAnyPackage(packages);
        return describe("reside in " + String.join(", ", packages), c -> inside.test(c.getBaseComponentType()));
    }

    @Test
    void valueTypesKnowNothing() {
        classes()
                .that(VALUES)
                .should()
                .onlyDependOnClassesThat(VALUES.or(ours("java..")))
                .because("everybody may import DType, Shape, Layout, Precision and the exceptions")
                .check(CODE);
    }

    @Test
    void plansAreIntegersOnly() {
        classes()
                .that()
                .resideInAPackage("kron4j.plan..")
                .should()
                .onlyDependOnClassesThat(VALUES.or(ours("java..", "kron4j.plan..")))
                .because("a plan is computed, printed and tested without a device")
                .check(CODE);
    }

    @Test
    void memoryStandsAlone() {
        classes()
                .that()
                .resideInAPackage("kron4j.memory..")
                .should()
                .onlyDependOnClassesThat(VALUES.or(ours("java..", "kron4j.memory..")))
                .because("memory sources compose on any device")
                .check(CODE);
    }

    @Test
    void backendsSeeNoOperations() {
        noClasses()
                .that()
                .resideInAPackage("kron4j.backend..")
                .should()
                .dependOnClassesThat(
                        ours("kron4j.train..", "kron4j.ops..", "kron4j.autograd..", "kron4j.io..", "kron4j.cli.."))
                .because("imports run one way: io, ops -> autograd -> kron4j -> backend -> plan, memory")
                .check(CODE);
        classes()
                .that()
                .resideInAPackage("kron4j.backend..")
                .should()
                .onlyDependOnClassesThat(VALUES.or(ours(
                        "java..",
                        "com.sun.management..",
                        "jdk.incubator.vector..",
                        "kron4j.backend..",
                        "kron4j.plan..",
                        "kron4j.memory..",
                        "org.bytedeco..",
                        "jcuda..")))
                .because("a backend works on views, not on tensors")
                .check(CODE);
    }

    @Test
    void onlyBackendsKnowsTheImplementations() {
        noClasses()
                .that()
                .resideOutsideOfPackages("kron4j.backend.cpu..", "kron4j.backend.cuda..")
                .and()
                .doNotHaveFullyQualifiedName("kron4j.backend.Backends")
                .and(describe(
                        "are not nested in Backends",
                        c -> !outermost(c).getSimpleName().equals("Backends")))
                .should()
                .dependOnClassesThat(ours("kron4j.backend.cpu..", "kron4j.backend.cuda.."))
                .because("the API is the same on every device")
                .check(CODE);
        for (String[] pair : new String[][] {{"cpu", "cuda"}, {"cuda", "cpu"}}) {
            noClasses()
                    .that()
                    .resideInAPackage("kron4j.backend." + pair[0] + "..")
                    .should()
                    .dependOnClassesThat(ours("kron4j.backend." + pair[1] + ".."))
                    .because("each backend works without the others")
                    .check(CODE);
        }
    }

    @Test
    void theRoomsOfTheCudaBackendKnowThoseBelowOnly() {
        String cuda = "kron4j.backend.cuda";
        String[][] rooms = {
            {cuda + ".load", "kron4j.backend"},
            {cuda + ".card", cuda + ".load", "kron4j.backend", "kron4j.memory"},
            {cuda + ".linalg", cuda + ".card", "kron4j.backend", "kron4j.backend.determinant", "kron4j.plan"},
            {cuda, cuda + ".linalg", cuda + ".card", cuda + ".load", "kron4j.backend", "kron4j.memory", "kron4j.plan"}
        };
        for (String[] roomAndBelow : rooms) {
            classes()
                    .that()
                    .resideInAPackage(roomAndBelow[0])
                    .should()
                    .onlyDependOnClassesThat(
                            VALUES.or(ours("java..", "jcuda..")).or(ours(roomAndBelow)))
                    .because("rooms of backend.cuda know those below: cuda -> linalg -> card -> load")
                    .check(CODE);
        }
        noClasses()
                .that()
                .resideInAPackage(cuda + "..")
                .and()
                .doNotHaveSimpleName("CudaBackend")
                .should()
                .dependOnClassesThat(
                        describe("are CudaBackend", c -> c.getSimpleName().equals("CudaBackend")))
                .because(
                        "a family gets by constructor what it needs; nothing goes from a kernel call back through the backend")
                .check(CODE);
    }

    @Test
    void nativeLibrariesAreCalledInTheirBackendOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackage("kron4j.backend.cuda..")
                .should()
                .dependOnClassesThat(ours("jcuda.."))
                .because("native calls go through a backend")
                .check(CODE);
        noClasses()
                .that()
                .resideOutsideOfPackage("kron4j.backend.cpu..")
                .should()
                .dependOnClassesThat(ours("org.bytedeco.."))
                .because("native calls go through a backend")
                .check(CODE);
        DescribedPredicate<JavaClass> vectors = describe(
                "are made of vectors",
                c -> c.getPackageName().equals("kron4j.backend.cpu")
                        && outermost(c).getSimpleName().contains("Vector"));
        noClasses()
                .that(DescribedPredicate.not(vectors))
                .should()
                .dependOnClassesThat(ours("jdk.incubator.vector..").or(vectors))
                .because("the module of vectors may be absent, and the build compiles by name what uses it")
                .check(CODE);
        noClasses()
                .should()
                .dependOnClassesThat(ours("sun..", "jdk.internal.."))
                .because("the JDK's internals change under us (ADR 0001)")
                .check(CODE);
    }

    @Test
    void onlyTensorReachesUpToTheOperations() {
        noClasses()
                .that()
                .resideInAPackage("kron4j")
                .and(describe(
                        "are not Tensor", c -> !outermost(c).getSimpleName().equals("Tensor")))
                .should()
                .dependOnClassesThat(ours("kron4j.train..", "kron4j.ops..", "kron4j.autograd..", "kron4j.io.."))
                .because("only Tensor's chaining methods do (ADR 0002)")
                .check(CODE);
    }

    @Test
    void operationsRunOnAnyDevice() {
        classes()
                .that()
                .resideInAPackage("kron4j.ops..")
                .should()
                .onlyDependOnClassesThat(ours(
                        "java..",
                        "kron4j",
                        "kron4j.ops..",
                        "kron4j.autograd..",
                        "kron4j.plan..",
                        "kron4j.backend",
                        "kron4j.memory"))
                .because("imports run one way: io, ops -> autograd -> kron4j -> backend -> plan, memory")
                .check(CODE);
    }

    @Test
    void gradientsKnowNoOperation() {
        classes()
                .that()
                .resideInAPackage("kron4j.autograd..")
                .should()
                .onlyDependOnClassesThat(ours("java..", "kron4j", "kron4j.autograd..", "kron4j.backend"))
                .because("operations record themselves (ADR 0005)")
                .check(CODE);
    }

    @Test
    void trainingIsMadeOfOperations() {
        classes()
                .that()
                .resideInAPackage("kron4j.train..")
                .should()
                .onlyDependOnClassesThat(
                        ours("java..", "kron4j", "kron4j.train..", "kron4j.ops", "kron4j.autograd", "kron4j.io"))
                .because("imports run one way: train -> io, ops -> autograd -> kron4j -> backend -> plan, memory")
                .check(CODE);
    }

    @Test
    void filesKnowTensorsOnly() {
        classes()
                .that()
                .resideInAPackage("kron4j.io..")
                .should()
                .onlyDependOnClassesThat(ours("java..", "kron4j", "kron4j.io..", "kron4j.memory", "kron4j.backend"))
                .because("reading and writing needs no operation")
                .check(CODE);
    }

    @Test
    void nothingIsPrinted() {
        noClasses()
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .because("a library logs through System.Logger and prints nothing")
                .check(CODE);
    }

    @Test
    void contractsAreNamedSoThatEveryDeviceRunsThem() {
        classes()
                .that()
                .areAssignableTo(Contract.class)
                .and()
                .areTopLevelClasses()
                .should()
                .haveSimpleNameEndingWith("Contract")
                .orShould()
                .resideInAPackage("kron4j.sim")
                .because("surefire's executions find them by these names")
                .check(new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
                        .importPackages("kron4j"));
    }

    /** Where a layer answers for each dtype, by switches that are incomplete for the compiler once a dtype is added; and who demands one dtype. */
    private static final Set<String> DTYPE_TABLES = Set.of(
            "kron4j.DType",
            "kron4j.Leaf",
            "kron4j.autograd.GradCheck",
            "kron4j.backend.cpu.Blas",
            "kron4j.backend.cpu.Cast",
            "kron4j.backend.cpu.Cursor",
            "kron4j.backend.cpu.Kind",
            "kron4j.backend.cpu.Lapack",
            "kron4j.backend.cpu.Primitive",
            "kron4j.backend.cpu.Real",
            "kron4j.backend.cuda.card.CudaType",
            "kron4j.backend.cuda.linalg.Blas",
            "kron4j.backend.cuda.linalg.Solver",
            "kron4j.io.NpyHeader",
            "kron4j.io.SafetensorsHeader",
            "kron4j.ops.Numbers");

    /** A comparison compiles whatever dtypes there are; a switch without default does not. */
    @Test
    void precisionIsChosenInTables() {
        List<String> scattered = new ArrayList<>();
        List<String> open = new ArrayList<>();
        for (JavaClass c : CODE) {
            DTypeChoices found = DTypeChoices.in(c);
            open.addAll(found.open);
            if (!DTYPE_TABLES.contains(outermost(c).getName())) {
                scattered.addAll(found.choices);
            }
        }
        assertEquals(List.of(), scattered, "ask the dtype, or a table that adding a dtype makes the compiler ask for");
        assertEquals(List.of(), open, "switches with a default, or statements: no compiler finds them incomplete");
    }

    @Test
    void whoAsksForAKindOfDTypeRefusesTheOthers() {
        Set<String> askers = Set.of(
                "Checkpoints",
                "ClassLosses",
                "ComplexNumbers",
                "Contractions",
                "Creation",
                "CudaScan",
                "Indexing",
                "Iterative",
                "Keys",
                "Operands",
                "Order",
                "Random",
                "Regularization",
                "Running",
                "Scans",
                "Scatter",
                "Softmax",
                "Statistics",
                "Vectors");
        noClasses()
                .that(describe(
                        "are not of " + new TreeSet<>(askers),
                        c -> !askers.contains(outermost(c).getSimpleName())))
                .should()
                .callMethod(DType.class, "isFloating")
                .orShould()
                .callMethod(DType.class, "isInteger")
                .because("a choice between two answers is wrong in silence for a third kind of dtype")
                .check(CODE);
    }
}
