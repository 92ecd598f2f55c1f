package import Serving

/// The ledger's metrics.
package struct LedgerMetrics: Sendable {
    let accepted: Counter
    let refused: Counter
    let duplicates: Counter
    let rejected: Counter
    let quorumFailures: Counter
    let cosignerFailures: Counter
    let cosignerSeconds: Histogram
    let batch: Histogram

    package init(_ metrics: Metrics) {
        accepted = metrics.counter("coffer_ledger_accepted_total", "Statements logged and accepted by the rules.")
        refused = metrics.counter("coffer_ledger_refused_total", "Statements logged and refused by the rules.")
        duplicates = metrics.counter(
            "coffer_ledger_duplicates_total", "Statements sent again after they had been accepted; not logged again.")
        rejected = metrics.counter(
            "coffer_ledger_rejected_total",
            "Statements not logged: malformed, by no known key, beyond the rate, or the queue was full.")
        quorumFailures = metrics.counter(
            "coffer_ledger_quorum_failures_total", "Checkpoints that no quorum of cosigners signed.")
        cosignerFailures = metrics.counter(
            "coffer_ledger_cosigner_failures_total",
            "Checkpoints that a cosigner did not cosign, counted for each cosigner.")
        cosignerSeconds = metrics.histogram(
            "coffer_ledger_cosigner_seconds", "From a checkpoint's submission to its cosignature, in seconds.")
        batch = metrics.histogram(
            "coffer_ledger_batch_entries", "Statements committed together.", bounds: Histogram.batch)
    }

    /// Adds the metrics that are read from the sequencer at each scrape.
    func read(_ sequencer: Sequencer, in metrics: Metrics) {
        metrics.gauge("coffer_ledger_tree_size", "Entries committed.") { Double(await sequencer.figures().size) }
        metrics.gauge("coffer_ledger_published_size", "Entries under the published checkpoint.") {
            Double(await sequencer.figures().published)
        }
        metrics.gauge("coffer_ledger_queue_depth", "Statements that wait to be committed.") {
            Double(await sequencer.figures().queue)
        }
        metrics.gauge("coffer_ledger_head_age_seconds", "Since a quorum last cosigned a checkpoint, in seconds.") {
            await sequencer.headAge()
        }
    }
}
