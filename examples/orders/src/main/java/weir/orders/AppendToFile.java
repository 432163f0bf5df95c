package weir.orders;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.util.Collector;

/**
 * A plain sink: one line a record, {@code wallMs split seq key/keys count subtask}, one file for each attempt of a
 * subtask, written at once, so that the time between two lines is time without processing. At-least-once: after a
 * failover some lines come again. It is a function and no Sink, because Sink's one method differs between Flink 1.20
 * and 2.x.
 */
final class AppendToFile extends RichFlatMapFunction<String, Void> {
    private static final long serialVersionUID = 1L;

    private final String directory;
    private transient OutputStream file;
    private transient int subtask;

    AppendToFile(String directory) {
        this.directory = directory;
    }

    @Override
    public void open(OpenContext context) throws IOException {
        TaskInfo task = getRuntimeContext().getTaskInfo();
        subtask = task.getIndexOfThisSubtask();
        String name = String.join("-",
                Long.toString(System.currentTimeMillis()),
                Integer.toString(subtask),
                Integer.toString(task.getAttemptNumber()),
                UUID.randomUUID().toString().substring(0, 8));
        Path folder = Files.createDirectories(Path.of(directory));
        file = Files.newOutputStream(folder.resolve(name + ".lines"), StandardOpenOption.CREATE_NEW);
    }

    @Override
    public void flatMap(String counted, Collector<Void> none) throws IOException {
        String line = System.currentTimeMillis() + " " + counted + " " + subtask + "\n";
        file.write(line.getBytes(US_ASCII));
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
