import Broker
import Messages
import Sealing
package import Serving

/// A broker's metrics: counts over all requests, never per client.
package struct BrokerMetrics: Sendable {
    private let asks: Outcomes
    private let openings: Outcomes
    private let deposits: Outcomes
    private let stops: Outcomes
    let witness: WitnessMetrics

    /// The counts of one kind of requests, by result.
    struct Outcomes: Sendable {
        let answered: Counter
        let refused: Counter
        let later: Counter

        func count(_ error: CofferError?) {
            switch error?.code {
            case nil: answered.add()
            case .tryLater: later.add()
            default: refused.add()
            }
        }
    }

    package init(_ metrics: Metrics) {
        asks = Outcomes(
            answered: metrics.counter("coffer_broker_asks_answered_total", "Asks answered with partials."),
            refused: metrics.counter("coffer_broker_asks_refused_total", "Asks refused by a rule, or malformed."),
            later: metrics.counter(
                "coffer_broker_asks_later_total",
                "Asks put off: no fresh checkpoint, or no sub-keys of that consent yet."))
        openings = Outcomes(
            answered: metrics.counter("coffer_broker_sessions_opened_total", "Sessions opened."),
            refused: metrics.counter("coffer_broker_sessions_refused_total", "Openings refused, or malformed."),
            later: metrics.counter("coffer_broker_sessions_later_total", "Openings put off."))
        deposits = Outcomes(
            answered: metrics.counter("coffer_broker_deposits_total", "Deposits stored."),
            refused: metrics.counter("coffer_broker_deposits_refused_total", "Deposits refused, or malformed."),
            later: metrics.counter("coffer_broker_deposits_later_total", "Deposits put off."))
        stops = Outcomes(
            answered: metrics.counter("coffer_broker_stops_total", "Stopping statements taken and obeyed."),
            refused: metrics.counter("coffer_broker_stops_refused_total", "Stopping statements refused, or malformed."),
            later: metrics.counter("coffer_broker_stops_later_total", "Stopping statements put off."))
        witness = WitnessMetrics(metrics)
    }

    /// The kinds of requests that are counted.
    enum Request: Sendable { case ask, opening, deposit, depositKey, stop }

    func count(_ request: Request, _ error: CofferError?) {
        switch request {
        case .ask: asks.count(error)
        case .opening: openings.count(error)
        case .deposit: deposits.count(error)
        case .depositKey: if error != nil { deposits.count(error) }
        case .stop: stops.count(error)
        }
    }
}

extension BrokerServerContext {
    /// Adds the metrics that are read from the broker at each scrape.
    func read(in metrics: Metrics) {
        let broker = broker
        let now = now
        metrics.gauge("coffer_broker_followed_size", "Entries of the ledger followed.") {
            Double(await broker.status.size)
        }
        metrics.gauge(
            "coffer_broker_head_age_seconds", "Since a quorum cosigned the newest checkpoint known, in seconds."
        ) {
            await broker.status.cosigned.map { max(0, Double(now().rawValue) / 1_000 - Double($0.rawValue)) }
        }
        metrics.total("coffer_broker_positions_answered_total", "Positions of releases answered.") {
            Double(broker.counts.positions)
        }
        metrics.gauge("coffer_broker_sub_keys", "Sub-keys held.") { Double(broker.subKeys.count) }
        metrics.gauge("coffer_broker_sessions", "Sessions of jobs that are open.") { Double(broker.counts.sessions) }
        metrics.gauge("coffer_broker_stops_held", "Stopping statements held that are not in the ledger yet.") {
            Double(broker.counts.stops)
        }
    }
}
