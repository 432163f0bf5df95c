package weir.orders;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * An endless source with a fixed number of splits, whatever the parallelism: which records exist, and how fast, does
 * not change with a rescale, so a record that is missing afterwards was lost. (Flink's own datagen source makes one
 * split a reader.) The splits are the readers' state and spread over the new readers at a restore.
 */
final class OrdersSource implements Source<Order, OrdersSource.Split, Collection<OrdersSource.Split>> {
    private static final long serialVersionUID = 1L;

    private final int splits;
    private final double periodMs;

    /** @param rate records per second of all splits together */
    OrdersSource(int splits, double rate) {
        this.splits = splits;
        this.periodMs = 1000.0 * splits / rate;
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.CONTINUOUS_UNBOUNDED;
    }

    @Override
    public SourceReader<Order, Split> createReader(SourceReaderContext context) {
        return new OrdersReader(splits, periodMs);
    }

    @Override
    public SplitEnumerator<Split, Collection<Split>> createEnumerator(SplitEnumeratorContext<Split> context) {
        List<Split> fresh = new ArrayList<>();
        for (int id = 0; id < splits; id++) {
            fresh.add(new Split(id, 0));
        }
        return new Enumerator(context, fresh);
    }

    @Override
    public SplitEnumerator<Split, Collection<Split>> restoreEnumerator(
            SplitEnumeratorContext<Split> context, Collection<Split> unassigned) {
        return new Enumerator(context, unassigned);
    }

    @Override
    public SimpleVersionedSerializer<Split> getSplitSerializer() {
        return new SplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<Collection<Split>> getEnumeratorCheckpointSerializer() {
        return new SplitsSerializer();
    }

    /** A split and where it goes on. */
    static final class Split implements SourceSplit {
        final int id;
        final long nextSeq;

        Split(int id, long nextSeq) {
            this.id = id;
            this.nextSeq = nextSeq;
        }

        @Override
        public String splitId() {
            return Integer.toString(id);
        }
    }

    /** Hands each reader its share once; its state is only what no reader has yet. */
    private static final class Enumerator implements SplitEnumerator<Split, Collection<Split>> {
        private final SplitEnumeratorContext<Split> context;
        private final Map<Integer, List<Split>> unassigned = new HashMap<>();

        Enumerator(SplitEnumeratorContext<Split> context, Collection<Split> splits) {
            this.context = context;
            for (Split split : splits) {
                of(split.id % context.currentParallelism()).add(split);
            }
        }

        private List<Split> of(int reader) {
            return unassigned.computeIfAbsent(reader, none -> new ArrayList<>());
        }

        @Override
        public void addReader(int reader) {
            for (Split split : of(reader)) {
                context.assignSplit(split, reader);
            }
            unassigned.remove(reader);
        }

        @Override
        public void addSplitsBack(List<Split> splits, int reader) {
            of(reader).addAll(splits);
        }

        @Override
        public Collection<Split> snapshotState(long checkpointId) {
            List<Split> all = new ArrayList<>();
            unassigned.values().forEach(all::addAll);
            return all;
        }

        @Override
        public void handleSplitRequest(int reader, String hostname) {}

        @Override
        public void start() {}

        @Override
        public void close() {}
    }

    private static final class SplitSerializer implements SimpleVersionedSerializer<Split> {
        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(Split split) throws IOException {
            return bytes(List.of(split));
        }

        @Override
        public Split deserialize(int version, byte[] bytes) throws IOException {
            return splits(bytes).get(0);
        }
    }

    private static final class SplitsSerializer implements SimpleVersionedSerializer<Collection<Split>> {
        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(Collection<Split> splits) throws IOException {
            return bytes(splits);
        }

        @Override
        public Collection<Split> deserialize(int version, byte[] bytes) throws IOException {
            return splits(bytes);
        }
    }

    private static byte[] bytes(Collection<Split> splits) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(splits.size());
        for (Split split : splits) {
            out.writeInt(split.id);
            out.writeLong(split.nextSeq);
        }
        return bytes.toByteArray();
    }

    private static List<Split> splits(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        List<Split> splits = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            splits.add(new Split(in.readInt(), in.readLong()));
        }
        return splits;
    }
}
