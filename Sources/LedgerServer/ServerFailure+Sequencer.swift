import HTTPTypes
import Sealing
import Serving

/// Why the ledger does not take a statement now.
extension ServerFailure {
    static let noQuorum = ServerFailure.tryLater(
        "Too few cosigners can be reached; if the statement was logged, it stays logged.")

    static let clocksApart = ServerFailure(
        .serviceUnavailable,
        CofferError(
            .tryLater, "The ledger's clock and its cosigners' are apart, or it has not asked them yet.", rule: "clock"),
        retryAfter: 10)

    static let stopped = ServerFailure.tryLater("The ledger has stopped.", after: 60)
}
