//! The metrics of all programs, with their units.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Says what each metric is, to whatever collects them.
pub fn describe() {
    describe_histogram!("darkroom_http_seconds", Unit::Seconds, "From a request to its answer");
    describe_counter!("darkroom_edge_answers_total", "Answers of the edge, by how they came about");
    describe_gauge!("darkroom_outbox_entries", "Changes that Kafka has not acknowledged");
    describe_gauge!("darkroom_outbox_oldest_seconds", Unit::Seconds, "Age of the oldest of them");
    describe_histogram!(
        "darkroom_announce_seconds",
        Unit::Seconds,
        "From an event to Kafka's acknowledgement"
    );
    describe_counter!("darkroom_announce_failed_total", "Events that Kafka did not acknowledge");
    describe_gauge!("darkroom_feed_lag_messages", "Messages that the consumer has not taken");
    describe_counter!("darkroom_feed_records_total", "Messages that the consumer has taken");
    describe_counter!("darkroom_feed_gap_messages_total", "Messages that nobody has seen");
    describe_counter!("darkroom_dead_letters_failed_total", "Dead letters that Kafka did not take");
    describe_counter!("darkroom_feed_rejected_total", "Of these, rejected, by reason");
}
