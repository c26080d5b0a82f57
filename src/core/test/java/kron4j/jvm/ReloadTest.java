package kron4j.jvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;

import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import kron4j.DType;
import kron4j.Device;
import kron4j.Precision;
import kron4j.Tensor;
import kron4j.TensorScope;
import kron4j.autograd.Gradients;
import kron4j.ops.Linalg;
import kron4j.ops.Random;
import org.junit.jupiter.api.Test;

/** What servers do that load an application again: the class loader of before must go, with its threads. In a JVM of its own. */
class ReloadTest {
    private static final int RELOADS = 4;

    @Test
    void theClassLoaderIsCollectedAfterShutdown() throws Exception {
        // From 19 on the JDK holds the last record's class by a soft reference, which would go in minutes.
        List<String> options = new ArrayList<>(List.of("-XX:SoftRefLRUPolicyMSPerMB=0"));
        if (Runtime.version().feature() >= 24) {
            options.add("--enable-native-access=ALL-UNNAMED");
        }
        Jvm.Result result = Jvm.run(Server.class, options);
        assertEquals("", result.said());
        assertEquals(0, result.code());
    }

    /** Loads the application, uses it in threads that stay, and lets it go. */
    static final class Server {
        public static void main(String[] args) throws Exception {
            Set<Thread> before = Thread.getAllStackTraces().keySet();
            ExecutorService requests = Executors.newSingleThreadExecutor(task -> {
                Thread thread = new Thread(task, "request");
                thread.setDaemon(true);
                return thread;
            });
            requests.submit(() -> {}).get();
            for (int i = 0; i < RELOADS; i++) {
                WeakReference<ClassLoader> loader = deploy(requests);
                await(() -> loader.refersTo(null), "class loader " + i + " is still there");
            }
            await(
                    () -> Thread.getAllStackTraces().keySet().stream()
                            .noneMatch(t -> t.getThreadGroup() != null && isOurs(t) && !before.contains(t)),
                    "threads are still there: " + Thread.getAllStackTraces().keySet());
        }

        private static boolean isOurs(Thread thread) {
            return thread.getName().matches("kron4j.*|JavaCPP.*|ForkJoinPool-.*|Cleaner-.*");
        }

        private static WeakReference<ClassLoader> deploy(ExecutorService requests) throws Exception {
            URL[] urls = Jvm.classPath().stream().map(Server::url).toArray(URL[]::new);
            try (URLClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader())) {
                Class<?> application = loader.loadClass(Application.class.getName());
                assertNotSame(Application.class, application);
                Runnable work = (Runnable) application.getDeclaredConstructor().newInstance();
                requests.submit(work).get();
                work.run();
                application.getMethod("stop").invoke(null);
                return new WeakReference<>(loader);
            }
        }

        private static URL url(String path) {
            try {
                return Path.of(path).toUri().toURL();
            } catch (MalformedURLException e) {
                throw new IllegalArgumentException(e);
            }
        }

        private static void await(BooleanSupplier condition, String otherwise) throws InterruptedException {
            long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
            while (!condition.getAsBoolean()) {
                if (System.nanoTime() > end) {
                    throw new IllegalStateException(otherwise);
                }
                System.gc();
                Thread.sleep(20);
            }
        }
    }

    /** Uses what has threads, buffers of threads, and natives. */
    public static final class Application implements Runnable {
        @Override
        public void run() {
            try (TensorScope scope = Device.cpu().openScope();
                    Precision.Scope precision = Precision.TF32.open()) {
                Tensor a = Random.normal(1, DType.FLOAT64, 300, 300).requiresGrad();
                Tensor loss = Linalg.logabsdet(a)
                        .add(a.matmul(a)
                                .add(a.to(DType.FLOAT32).to(DType.FLOAT64))
                                .sum());
                Gradients.of(loss, a).get(0).sum().item();
                Linalg.svdvals(a.detach()).toDoubleArray();
                scope.keep(Random.normal(1, DType.FLOAT32, 1 << 20).exp().sum()).item();
            }
        }

        public static void stop() {
            Device.shutdown();
        }
    }
}
