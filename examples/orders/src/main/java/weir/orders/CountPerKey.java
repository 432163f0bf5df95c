package weir.orders;

import java.lang.reflect.Method;
import java.util.Random;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * The state that a rescale must carry over: how often each key was seen, and some padding to make it big. Its lines,
 * {@code split seq key/keys count}, show whether a record was counted twice or state was lost. The test's faults
 * happen here.
 */
final class CountPerKey extends KeyedProcessFunction<Long, Order, String> implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    private final int keys;
    private final int stateBytes;
    private final Faults faults;
    private transient ValueState<Long> count;
    private transient ValueState<byte[]> padding;

    CountPerKey(int keys, int stateBytes, Faults faults) {
        this.keys = keys;
        this.stateBytes = stateBytes;
        this.faults = faults;
    }

    /** All that open() would do as well: its parameter differs between the versions of Flink. */
    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        if (context.isRestored()) {
            faults.delay("restore-delay");
        }
        faults.failAtParallelism("open-fail", parallelism());
        KeyedStateStore state = context.getKeyedStateStore();
        count = state.getState(new ValueStateDescriptor<>("count", Types.LONG));
        padding = state.getState(new ValueStateDescriptor<>("padding", byte[].class));
    }

    /** What this task really runs at. The context says it itself up to Flink 1.20, and through its TaskInfo since 1.19. */
    private int parallelism() throws ReflectiveOperationException {
        Object asked = getRuntimeContext();
        Class<?> type = RuntimeContext.class;
        for (Method method : type.getMethods()) {
            if (method.getName().equals("getTaskInfo")) {
                asked = method.invoke(asked);
                type = method.getReturnType();
            }
        }
        return (int) type.getMethod("getNumberOfParallelSubtasks").invoke(asked);
    }

    @Override
    public void processElement(Order order, Context context, Collector<String> out) throws Exception {
        faults.failSoon("process-fail");
        Long before = count.value();
        if (before == null && stateBytes > 0) {
            byte[] bytes = new byte[stateBytes];
            new Random(context.getCurrentKey()).nextBytes(bytes);
            padding.update(bytes);
        }
        long now = before == null ? 1 : before + 1;
        count.update(now);
        out.collect(order.split + " " + order.seq + " " + order.key(keys) + "/" + keys + " " + now);
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        faults.delay("snapshot-delay");
        faults.fail("snapshot-fail");
    }

    /** Flink closes the function only after its stop-with-savepoint is complete: then the job fails while stopping. */
    @Override
    public void close() throws Exception {
        faults.fail("close-fail");
    }
}
