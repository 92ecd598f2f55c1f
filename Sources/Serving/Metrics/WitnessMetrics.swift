/// A witness's metrics; a broker has them too, because it is also a witness.
package struct WitnessMetrics: Sendable {
    private let cosigned: Counter
    private let conflicts: Counter
    private let inconsistent: Counter
    private let refused: Counter

    package init(_ metrics: Metrics) {
        cosigned = metrics.counter("coffer_witness_cosigned_total", "Checkpoints cosigned.")
        conflicts = metrics.counter(
            "coffer_witness_conflicts_total", "Checkpoints answered with 409: the log named another size than the last."
        )
        inconsistent = metrics.counter(
            "coffer_witness_inconsistent_total",
            "Checkpoints answered with 422: no proof that the log only grew. An alarm.")
        refused = metrics.counter(
            "coffer_witness_refused_total", "Checkpoints answered with 400, 403 or 404: malformed, not signed, unknown."
        )
    }

    func count(_ status: Int) {
        switch status {
        case 200: cosigned.add()
        case 409: conflicts.add()
        case 422: inconsistent.add()
        default: refused.add()
        }
    }
}
