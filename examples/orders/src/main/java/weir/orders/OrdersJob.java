package weir.orders;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Counts orders per key and writes each count to a file: a job whose output alone shows whether a rescale lost a
 * record, counted one twice, or how long it was down. It runs on Flink 1.15 to 2.3.
 *
 * <pre>
 * --output DIR            where the lines go (required)
 * --name NAME             of the job (orders)
 * --splits N              of the source, whatever the parallelism (32)
 * --rate N                records per second of all splits together (1000)
 * --keys N                per split (100)
 * --state-bytes N         padding per key (0)
 * --max-parallelism N     (128)
 * --fixed-parallelism N   set it in code, as some programs do, against what the submission asks for
 * --faults DIR            see {@link Faults}: snapshot-delay MS, snapshot-fail, restore-delay MS,
 *                         open-fail [PARALLELISM], close-fail, process-fail, main-fail [PARALLELISM]
 * </pre>
 *
 * The numbers of splits and keys belong to the state: a restart from a savepoint keeps them.
 */
public final class OrdersJob {
    private OrdersJob() {}

    public static void main(String[] args) throws Exception {
        Map<String, String> options = parse(args);
        Faults faults = new Faults(options.get("faults"));
        int keys = Integer.parseInt(options.get("keys"));

        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        faults.failAtParallelism("main-fail", env.getParallelism());
        env.setMaxParallelism(Integer.parseInt(options.get("max-parallelism")));
        env.setBufferTimeout(5);
        if (options.containsKey("fixed-parallelism")) {
            env.setParallelism(Integer.parseInt(options.get("fixed-parallelism")));
        }

        int splits = Integer.parseInt(options.get("splits"));
        OrdersSource orders = new OrdersSource(splits, Double.parseDouble(options.get("rate")));
        int stateBytes = Integer.parseInt(options.get("state-bytes"));
        env.fromSource(orders, WatermarkStrategy.noWatermarks(), "orders", Types.POJO(Order.class))
                .uid("orders")
                .keyBy(order -> order.globalKey(keys), Types.LONG)
                .process(new CountPerKey(keys, stateBytes, faults), Types.STRING)
                .name("count")
                .uid("count")
                .flatMap(new AppendToFile(options.get("output")), Types.VOID)
                .name("append")
                .uid("append");
        env.execute(options.get("name"));
    }

    private static Map<String, String> parse(String[] args) {
        Map<String, String> options = new HashMap<>(Map.of(
                "name", "orders",
                "splits", "32",
                "rate", "1000",
                "keys", "100",
                "state-bytes", "0",
                "max-parallelism", "128"));
        List<String> known = new ArrayList<>(options.keySet());
        known.addAll(List.of("output", "fixed-parallelism", "faults"));
        for (int at = 0; at < args.length; at += 2) {
            String name = args[at].startsWith("--") ? args[at].substring(2) : "";
            if (!known.contains(name) || at + 1 == args.length) {
                throw new IllegalArgumentException("unknown option or missing value: " + args[at]);
            }
            options.put(name, args[at + 1]);
        }
        if (!options.containsKey("output")) {
            throw new IllegalArgumentException("--output DIR is missing");
        }
        return options;
    }
}
