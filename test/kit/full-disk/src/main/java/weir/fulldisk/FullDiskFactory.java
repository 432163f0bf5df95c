package weir.fulldisk;

import java.net.URI;
import java.nio.file.Path;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;

/** Flink finds it by META-INF/services, on the class path of each process, and tells it the cluster's settings. */
public final class FullDiskFactory implements FileSystemFactory {
    private static final ConfigOption<String> ROOM_FILE =
            ConfigOptions.key("full-disk.room-file").stringType().noDefaultValue();

    private Path roomFile;

    @Override
    public String getScheme() {
        return FullDisk.SCHEME;
    }

    @Override
    public void configure(Configuration settings) {
        roomFile = Path.of(settings.get(ROOM_FILE));
    }

    @Override
    public FileSystem create(URI uri) {
        return new FullDisk(roomFile);
    }
}
