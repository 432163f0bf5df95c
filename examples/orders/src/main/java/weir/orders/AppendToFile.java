package weir.orders;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.util.Collector;

/**
 * A plain sink: one line a record, {@code wallMs split seq key/keys count}, one file for each attempt of a subtask,
 * written at once, so that the time between two lines is time without processing. At-least-once: after a failover some
 * lines come again. It is a function and no Sink, and opens its file when it needs it, because Sink's one method and
 * open() differ between the versions of Flink.
 */
final class AppendToFile extends RichFlatMapFunction<String, Void> {
    private static final long serialVersionUID = 1L;

    private final String directory;
    private transient OutputStream file;

    AppendToFile(String directory) {
        this.directory = directory;
    }

    @Override
    public void flatMap(String counted, Collector<Void> none) throws IOException {
        if (file == null) {
            file = newFile();
        }
        String line = System.currentTimeMillis() + " " + counted + "\n";
        file.write(line.getBytes(US_ASCII));
    }

    /** Its name begins with the time: by name is by age. */
    private OutputStream newFile() throws IOException {
        String name = System.currentTimeMillis() + "-" + UUID.randomUUID() + ".lines";
        Path folder = Files.createDirectories(Path.of(directory));
        return Files.newOutputStream(folder.resolve(name), StandardOpenOption.CREATE_NEW);
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
