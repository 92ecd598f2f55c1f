package import Serving

extension Desk {
    /// Adds the metrics that are read from the desk's folder at each scrape.
    package func read(in metrics: Metrics) {
        let store = store
        metrics.gauge("coffer_desk_waiting", "Pseudonyms that wait to be logged.") {
            store.counts().map { Double($0.waiting) }
        }
        metrics.gauge("coffer_desk_tokens", "Tokens given out and not used yet.") {
            store.counts().map { Double($0.tokens) }
        }
    }
}
