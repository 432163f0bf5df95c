package weir.orders;

import static java.util.Comparator.comparingDouble;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.core.io.InputStatus;

/**
 * Emits each of its splits at that split's own moments on the wall clock: moments of all splits are evenly spaced,
 * so the whole job's output is as even as one record each 1/rate seconds, in whichever reader a split lives, and a
 * silence in the output is time in which nothing was processed. A split that was away goes on at its next seq, at its
 * next moment, without a burst.
 */
final class OrdersReader implements SourceReader<Order, OrdersSource.Split> {
    /** A delay up to this is caught up (a pause of the JVM), a longer one is skipped (the split was away). */
    private static final double CATCH_UP_MS = 100;

    private final int splits;
    private final double periodMs;
    private final PriorityQueue<Active> byDueTime = new PriorityQueue<>(comparingDouble(active -> active.dueMs));
    private CompletableFuture<Void> firstSplits = new CompletableFuture<>();

    OrdersReader(int splits, double periodMs) {
        this.splits = splits;
        this.periodMs = periodMs;
    }

    @Override
    public InputStatus pollNext(ReaderOutput<Order> output) {
        Active first = byDueTime.peek();
        double now = System.currentTimeMillis();
        if (first == null || first.dueMs > now) {
            return InputStatus.NOTHING_AVAILABLE;
        }
        byDueTime.remove();
        output.collect(new Order(first.id, first.nextSeq++));
        first.dueMs = first.dueMs < now - CATCH_UP_MS ? nextMoment(first.id, now) : first.dueMs + periodMs;
        byDueTime.add(first);
        return InputStatus.MORE_AVAILABLE;
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        Active first = byDueTime.peek();
        if (first == null) {
            return firstSplits;
        }
        long waitMs = (long) Math.ceil(first.dueMs - System.currentTimeMillis());
        if (waitMs <= 0) {
            return CompletableFuture.completedFuture(null);
        }
        Executor later = CompletableFuture.delayedExecutor(waitMs, MILLISECONDS, Runnable::run);
        return CompletableFuture.runAsync(() -> {}, later);
    }

    @Override
    public void addSplits(List<OrdersSource.Split> added) {
        for (OrdersSource.Split split : added) {
            byDueTime.add(new Active(split, nextMoment(split.id, System.currentTimeMillis())));
        }
        firstSplits.complete(null);
    }

    @Override
    public List<OrdersSource.Split> snapshotState(long checkpointId) {
        return byDueTime.stream()
                .map(active -> new OrdersSource.Split(active.id, active.nextSeq))
                .collect(Collectors.toList());
    }

    @Override
    public void start() {}

    @Override
    public void notifyNoMoreSplits() {}

    @Override
    public void close() {}

    /** Split i's moments are i/splits of a period after those of split 0, on every machine's clock alike. */
    private double nextMoment(int id, double now) {
        double phase = periodMs * id / splits;
        return Math.ceil((now - phase) / periodMs) * periodMs + phase;
    }

    private static final class Active {
        final int id;
        long nextSeq;
        double dueMs;

        Active(OrdersSource.Split split, double dueMs) {
            this.id = split.id;
            this.nextSeq = split.nextSeq;
            this.dueMs = dueMs;
        }
    }
}
