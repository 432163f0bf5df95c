package weir.fulldisk;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.local.LocalFileSystem;

/**
 * The local file system under the scheme {@code full}, on which a test can let the space run out: as long as the room
 * file is there, each file gets as many bytes as that says, and no more. So a savepoint fails where a full disk makes
 * it fail, in the tasks while they write, and no test needs to be root for it.
 */
final class FullDisk extends LocalFileSystem {
    static final String SCHEME = "full";

    private final java.nio.file.Path roomFile;

    FullDisk(java.nio.file.Path roomFile) {
        this.roomFile = roomFile;
    }

    @Override
    public URI getUri() {
        return URI.create(SCHEME + ":///");
    }

    @Override
    public FSDataOutputStream create(Path path, WriteMode mode) throws IOException {
        return new BoundedStream(super.create(path, mode), roomPerFile());
    }

    private long roomPerFile() throws IOException {
        try {
            return Long.parseLong(Files.readString(roomFile).trim());
        } catch (NoSuchFileException plenty) {
            return Long.MAX_VALUE;
        }
    }
}
