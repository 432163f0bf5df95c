package weir.orders;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A test's handle on the running job: a file in the faults folder is a fault that happens as long as the file is
 * there. Its name says which, its content is the parameter. Without a folder there are no faults. A fault with a
 * parameter is written elsewhere and renamed into the folder, or it may be read half-written.
 */
final class Faults implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final long LOOK_AGAIN_MS = 100;

    private final String directory;
    private transient long lookedAtMs;

    /** @param directory null for none */
    Faults(String directory) {
        this.directory = directory;
    }

    /** Sleeps as many milliseconds as the fault says. */
    void delay(String fault) throws IOException, InterruptedException {
        Optional<String> ms = read(fault);
        if (ms.isPresent()) {
            Thread.sleep(Long.parseLong(ms.get()));
        }
    }

    void fail(String fault) throws IOException {
        if (read(fault).isPresent()) {
            throw new Fault(fault);
        }
    }

    /** Fails if the fault names this parallelism, or none. */
    void failAtParallelism(String fault, int parallelism) throws IOException {
        Optional<String> only = read(fault);
        if (only.isPresent() && (only.get().isEmpty() || Integer.parseInt(only.get()) == parallelism)) {
            throw new Fault(fault + " at parallelism " + parallelism);
        }
    }

    /** For the path of every record: looks at the folder each 100 ms only. */
    void failSoon(String fault) throws IOException {
        long now = System.currentTimeMillis();
        if (directory != null && now - lookedAtMs >= LOOK_AGAIN_MS) {
            lookedAtMs = now;
            fail(fault);
        }
    }

    private Optional<String> read(String fault) throws IOException {
        if (directory == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Files.readString(Path.of(directory, fault)).trim());
        } catch (NoSuchFileException none) {
            return Optional.empty();
        }
    }

    /** What a test finds in Flink's exceptions: its own fault, and no other failure. */
    static final class Fault extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Fault(String what) {
            super("fault " + what);
        }
    }
}
