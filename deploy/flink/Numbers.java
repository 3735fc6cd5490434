import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

/** A job of Flink's own: the numbers 1 to N, slowly, into files. Arguments: port, N, folder. */
class Numbers {
    public static void main(String[] args) throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString("execution.target", "remote");
        configuration.setString("rest.address", "127.0.0.1");
        configuration.setString("rest.port", args[0]);
        configuration.setString("parallelism.default", "2");
        // The job says so: a job that is sent to a cluster does not take its interval from there.
        configuration.setString("execution.checkpointing.interval", "2s");
        TableEnvironment tables =
                TableEnvironment.create(
                        EnvironmentSettings.newInstance()
                                .inStreamingMode()
                                .withConfiguration(configuration)
                                .build());
        tables.executeSql(
                "CREATE TEMPORARY TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', "
                        + "'rows-per-second' = '100', 'fields.n.kind' = 'sequence', "
                        + "'fields.n.start' = '1', 'fields.n.end' = '" + args[1] + "')");
        tables.executeSql(
                "CREATE TEMPORARY TABLE written (n BIGINT) WITH ('connector' = 'filesystem', "
                        + "'path' = '" + args[2] + "', 'format' = 'csv')");
        tables.executeSql("INSERT INTO written SELECT n FROM numbers");
    }
}
