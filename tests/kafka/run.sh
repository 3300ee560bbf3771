#!/bin/sh
# Runs one Apache Kafka broker, which is its own controller (KRaft), in the foreground: run.sh PORT DATA
# Clients connect to 127.0.0.1:PORT; the broker is ready when that port accepts. DATA outlives a kill -9.
set -eu

port=${1:?usage: run.sh PORT DATA}
mkdir -p "${2:?usage: run.sh PORT DATA}"
data=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
jars=$here/../../target/kafka

if ! [ "$jars/complete" -nt "$here/pom.xml" ]; then
    rm -rf "$jars"
    mvn --batch-mode --quiet --file "$here/pom.xml" package
    touch "$jars/complete"
fi

# Port 0: only this process speaks to its controller, so the OS may choose.
cat > "$data/server.properties" <<CONFIG
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:0
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:0
log.dirs=$data/log

auto.create.topics.enable=false
# One broker cannot keep three replicas of the offsets, and fifty partitions of them only slow its start.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
# A broker killed by a test is let in again when its old session ends: by default nine seconds later.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# A test's first consumer should not wait three seconds for a second one.
group.initial.rebalance.delay.ms=0
CONFIG

kafka() {
    main=$1
    shift
    exec java -Xms64m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.level=WARN \
        -cp "$jars/*" "$main" "$@"
}

# The id only has to be sixteen bytes in URL-safe base64, and the same at every start.
[ -f "$data/log/meta.properties" ] ||
    (kafka kafka.tools.StorageTool format --standalone --cluster-id ZGFya3Jvb20tdGVzdHMtMQ \
        --config "$data/server.properties")

kafka kafka.Kafka "$data/server.properties"
