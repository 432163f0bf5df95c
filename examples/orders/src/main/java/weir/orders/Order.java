package weir.orders;

/**
 * One record: the {@code seq}-th order of a split. Its key follows from its seq and is fed by this split alone, so
 * the right count of every record can be computed by whoever reads the output: {@code seq / keys + 1}.
 */
public class Order {
    public int split;
    public long seq;

    public Order() {}

    Order(int split, long seq) {
        this.split = split;
        this.seq = seq;
    }

    /** The key's number within the split. */
    long key(int keys) {
        return seq % keys;
    }

    /** The key's number over all splits, by which the stream is partitioned. */
    long globalKey(int keys) {
        return (long) split * keys + key(keys);
    }
}
