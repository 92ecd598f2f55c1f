import CofferTestKit
import Keyholder
import Replica
import Rules
import S3
import Sealing

extension World {
    /// Without people, notice or window: a person enrols and consents with her own keyholder.
    static func empty() throws -> World {
        try World(
            consenting: [],
            terms: {
                $0.minimumWindow = 0
                $0.minimumNotice = 0
            })
    }

    /// A person's programme over a store of her own, which may begin with a state of the brokers'.
    func programme(_ name: String = "ledger", beginning: Bool = false) throws -> LedgerAccess {
        let charter = try CharterFile(parsing: scenario.charterNote)
        let start = TrustedBootstrap(charter: charter, least: 1, transport: network, say: { _ in })
        return LedgerAccess(
            pin: Pin(origin: charter.origin, charterHash: charter.hash, ledgerURL: "http://ledger.example"),
            storage: FollowerStorage(try LedgerDatabase(path: "\(directory("state"))/\(name).db"), in: path),
            lakes: LakeOpener(access: .employee, environment: [:], now: clock.read), start: beginning ? start : nil,
            transport: network, now: clock.read)
    }
}
