import Capture
import Files
import Foundation
import Keyholder
import Ledger
import Replica
import Rules
import S3
import Sealing
import Vault

/// An employee's machine: the vault, the pin and the keyholder, if one runs.
struct EmployeeContext {
    let home: Home
    /// What `--lake` says.
    private let lake: String?

    init(_ option: LakeOption? = nil) throws {
        home = try Home()
        lake = option?.lake
    }

    var keyholder: KeyholderClient { KeyholderClient(socket: home.keyholderSocket, lock: home.vaultLock) }

    func pin() throws -> Pin {
        guard let bytes = try DurableFile.read(home.pins, atMost: 4096) else {
            throw CofferError(.configuration, "No ledger is pinned on this machine.", hint: "Run `coffer init` first.")
        }
        guard let pin = try? Pin(parsing: bytes) else {
            throw CofferError(
                .tampering, "The pin file is not valid.", hint: "Compare it with your recovery sheet.")
        }
        return pin
    }

    func directory() throws -> VaultDirectory { try VaultDirectory(path: home.vault) }

    func programme() throws -> LedgerAccess { try programme(pinned: try pin()) }

    func programme(pinned pin: Pin) throws -> LedgerAccess {
        try home.create()
        return LedgerAccess(
            pin: pin, terms: try? PinnedCharter.read(home: home).charter.terms, named: PinnedCharter.namedLedger,
            storage: FollowerStorage(home: home, charter: pin.charterHash),
            lakes: LakeOpener(lake, access: .employee), start: try TrustedBootstrap(home: home), now: Now.milliseconds)
    }

    /// The ledger's newest state. If the ledger cannot be followed, the last state that was followed, with a message on
    /// stderr.
    func state(_ programme: LedgerAccess, output: OutputOptions? = nil) async throws -> LedgerState {
        do throws(CofferError) {
            return try await programme.follow().state
        } catch {
            guard error.code == .tryLater, let known = try await programme.known() else { throw error }
            output?.talk(
                "The ledger cannot be followed now (\(error.message.shown)) This shows what was followed last.")
            return known.state
        }
    }

    /// Opens the identity; asks for the passphrase each time.
    func identity(_ passphrase: PassphraseOptions) async throws -> IdentitySeed {
        guard let file = try DurableFile.read(home.identity, atMost: 65_536) else {
            throw CofferError(
                .configuration, "There is no identity on this machine.",
                hint: "Run `coffer init`, or `coffer key restore` with your recovery sheet.")
        }
        let secret = try await passphrase.read(home: home)
        do {
            return try IdentityFile.open(file, passphrase: secret)
        } catch SealingError.notAuthentic {
            guard let shorter = try PassphraseOptions.withoutReturn(secret),
                let seed = try? IdentityFile.open(file, passphrase: shorter)
            else { throw Self.identityError(SealingError.notAuthentic) }
            return seed
        } catch {
            throw Self.identityError(error)
        }
    }

    static func identityError(_ error: any Error) -> CofferError {
        switch error {
        case SealingError.notAuthentic:
            CofferError(
                .refused, "The passphrase is wrong.", rule: "passphrase",
                hint: "If you have lost it, run `coffer key restore` with your recovery sheet.")
        case SealingError.malformed:
            CofferError(
                .tampering, "The identity file is damaged.", hint: "Run `coffer key restore` with your recovery sheet.")
        default: CofferError(.configuration, "The identity cannot be opened: its memory cannot be locked.")
        }
    }

    /// The secrets for a keyholder: the keys of the vault and of all consents that have not ended.
    func secrets(_ seed: borrowing IdentitySeed, state: LedgerState?) throws -> KeyholderSecrets {
        let keys = try VaultKeys(of: seed)
        let vault = try OpenVault(try directory(), keys: keys)
        // A damaged card is no reason to stay locked; `doctor` names it.
        if let state { _ = try? vault.keepMissingCards(seed, programme: try programme(), state: state) }
        let root = seed.consentRoot()
        var consents: [ConsentKeys] = []
        for record in try vault.consents() {
            if let state, state.hasEnded(consent: record.consent, at: state.clock) { continue }
            let pseudonym = seed.pseudonym(record.number)
            guard pseudonym.publicKey == record.pseudonym else { continue }
            consents.append(
                ConsentKeys(
                    root: ReplicatedPRF.consentRoot(root, pseudonym: pseudonym.publicKey), pseudonym: pseudonym))
        }
        return KeyholderSecrets(keys: keys, consents: consents)
    }

    /// Does something with the vault's files alone. A keyholder or an agent that hangs and holds them is ended first.
    func withoutAnyone<R>(_ body: () throws -> R) throws -> R {
        do { return try body() } catch let error as CofferError where error.rule == "file.busy" {
            var isFreed = false
            if case .silent = keyholder.presence { isFreed = try keyholder.end() }
            if case .silent = home.agentControl.presence { isFreed = try home.agentControl.end() != .none }
            guard isFreed else { throw error }
            return try body()
        }
    }

    /// The revokes signed in advance. In the place of a damaged card stands that of the file which `consent` wrote to
    /// be kept elsewhere, if it is still here. `missing` says that a card has no such copy.
    func revocations(in directory: VaultDirectory) throws(CofferError)
        -> (found: [RevocationCard.Signed], missing: CofferError?)
    {
        var found = try directory.cards().flatMap(\.revokes)
        var missing = Set(directory.damagedFiles().filter { $0.part == .cards }.map(\.name))
        missing.subtract(found.map(\.pseudonym.hex))
        guard !missing.isEmpty else { return (found, nil) }
        let copy = (try? DurableFile.read(home.revocationCard, atMost: RevocationCard.maximumCount)).flatMap { $0 }
        for revoke in copy.flatMap({ try? RevocationCard(parsing: $0) })?.revokes ?? []
        where missing.remove(revoke.pseudonym.hex) != nil { found.append(revoke) }
        guard let name = missing.min() else { return (found, nil) }
        return (
            found,
            CofferError(
                .tryLater, "The revocation card of \(name.prefix(8)) is damaged, so this consent is not revoked.",
                hint:
                    "Use the card that you keep elsewhere: `coffer revoke --card FILE`. Or run `coffer unlock`, which "
                    + "makes the card again, then `coffer revoke` again.")
        )
    }

    /// The result of sending stops.
    struct Delivered {
        /// Whether each stop stands in the followed ledger, or n−t+1 brokers of one group of its consent's roster have
        /// signed receipts.
        var isEffective = true
        /// Whether the followed ledger does not show the effect of some stop yet, or some objects are not deleted yet.
        var isPending = false
        var failure: CofferError?
    }

    /// Sends entries of the outbox now, and others that the disk did not take; the keyholder retries the rest.
    func deliver(_ names: [String], in directory: VaultDirectory, unkept: [OutboxEntry] = []) async throws -> Delivered
    {
        guard !names.isEmpty || !unkept.isEmpty else { return Delivered() }
        let programme = try programme()
        let cards = (try? directory.cards()) ?? []
        let known = try? await programme.known()?.state
        var sender = programme.stops(known, cards: cards)
        var deliveries = await sender.flush(directory, only: names)
        for entry in unkept { deliveries.append(await sender.deliver(entry)) }
        // A ledger that answers may have logged them; brokers' receipts need no confirmation by it.
        if deliveries.contains(where: { $0.proven > 0 || !sender.isEffective($0.entry) }),
            let state = try? await programme.follow().state
        {
            try? directory.settleOutbox(state)
            sender = programme.stops(state, cards: cards)
            for i in deliveries.indices { deliveries[i].entry.settle(state) }
            // Newer terms may name other brokers, or the same at other addresses.
            let isNew = known?.charter?.hash != state.charter?.hash
            for (i, delivery) in deliveries.enumerated() where isNew && !sender.isEffective(delivery.entry) {
                let again = await sender.flush(directory, only: [delivery.entry.name]).first
                if let again { deliveries[i] = again } else { deliveries[i] = await sender.deliver(delivery.entry) }
            }
        }
        var result = Delivered()
        for delivery in deliveries {
            if !sender.isEffective(delivery.entry) { result.isEffective = false }
            if !delivery.entry.isDone { result.isPending = true }
            if result.failure == nil { result.failure = delivery.failures.first }
        }
        return result
    }
}
