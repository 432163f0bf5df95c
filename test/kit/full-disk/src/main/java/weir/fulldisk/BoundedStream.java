package weir.fulldisk;

import java.io.IOException;
import org.apache.flink.core.fs.FSDataOutputStream;

/** Writes as long as there is room, then fails as a full disk does. */
final class BoundedStream extends FSDataOutputStream {
    private final FSDataOutputStream file;
    private long room;

    BoundedStream(FSDataOutputStream file, long room) {
        this.file = file;
        this.room = room;
    }

    @Override
    public void write(int b) throws IOException {
        take(1);
        file.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        take(length);
        file.write(bytes, offset, length);
    }

    private void take(int length) throws IOException {
        if (length > room) {
            throw new IOException("No space left on device");
        }
        room -= length;
    }

    @Override
    public long getPos() throws IOException {
        return file.getPos();
    }

    @Override
    public void flush() throws IOException {
        file.flush();
    }

    @Override
    public void sync() throws IOException {
        file.sync();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
