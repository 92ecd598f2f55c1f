import Crypto
import Glibc
import Ledger
import Rules
import Sealing
import Synchronization

/// A coalition of t−1 brokers of one group and all brokers of the other groups. It knows everything public and
/// everything sent.
extension Oracle {
    func checkCoalitions(_ world: World) {
        for person in world.people {
            guard let filing = person.consent, case .consent(let consent) = filing.statement,
                let shapes = history.shapes(of: consent.rosterHash)
            else { continue }
            let keys = shapes.map { shape in
                Dictionary(
                    uniqueKeysWithValues: shape.masks.map {
                        ($0, Self.subKey(person.name, roster: consent.rosterHash, group: shape.name, mask: $0))
                    })
            }
            checkWires(keys, of: person, world)
            // All pages are made in the same way, so one per run is enough.
            if let page = world.random.pick(person.pages) {
                for (group, shape) in shapes.enumerated() {
                    // The set A of t−1 brokers lacks only k_A.
                    for missing in shape.masks {
                        attack(page, person, filing.hash, keys, shapes, without: (group, missing))
                    }
                }
            }
            world.count("coalitions", shapes.reduce(0) { $0 + $1.masks.count })
        }
    }

    /// Checks that no sub-key was ever sent, or stored in a page or an entry, in plaintext.
    private func checkWires(_ keys: [[UInt16: SymmetricKey]], of person: Person, _ world: World) {
        let secrets = keys.flatMap { $0.values.map { $0.withUnsafeBytes { Bytes($0) } } }
        for bytes in world.network.state.withLock(\.transcript) {
            for secret in secrets where contains(bytes, secret) {
                return violate("a sub-key of \(person.name)'s is public")
            }
        }
    }

    private func contains(_ bytes: Bytes, _ secret: Bytes) -> Bool {
        guard bytes.count >= secret.count else { return false }
        return bytes.withUnsafeBytes { bytes in
            secret.withUnsafeBytes { secret in
                guard var place = bytes.baseAddress, let wanted = secret.baseAddress else { return false }
                let end = place + (bytes.count - secret.count) + 1
                while let hit = memchr(place, Int32(secret[0]), end - place) {
                    if memcmp(hit, wanted, secret.count) == 0 { return true }
                    place = UnsafeRawPointer(hit) + 1
                }
                return false
            }
        }
    }

    /// Tries to open a page with a substitute for the one partial that the coalition cannot compute.
    private func attack(
        _ page: Person.Made, _ person: Person, _ consent: Hash256, _ keys: [[UInt16: SymmetricKey]],
        _ shapes: [GroupShape], without missing: (group: Int, mask: UInt16)
    ) {
        let known = shapes.enumerated().map { group, shape in
            shape.masks.map { mask -> Bytes? in
                if (group, mask) == missing { return nil }
                return keys[group][mask].map { ReplicatedPRF.partial(key: $0, x: page.x) }
            }
        }
        let zero = Bytes(repeating: 0, count: 32)
        // The substitutes: zeros, one known partial of each group, and the XOR of all known partials of the attacked
        // group.
        var guesses = [zero] + known.compactMap { $0.compactMap { $0 }.first }
        guesses.append(known[missing.group].compactMap { $0 }.reduce(zero) { zip($0, $1).map { $0 ^ $1 } })
        for guess in guesses {
            let partials = known.map { $0.map { $0 ?? guess } }
            let key = ReplicatedPRF.combine(partials, consent: consent, x: page.x)
            let opened = try? Page.open(
                page.sealed, x: page.x, key: key, pseudonym: Cast.publicKey(person.name), kind: page.kind,
                app: try AppName(page.app), day: page.day)
            if opened != nil { return violate("fewer than t brokers of a group open \(person.name)'s page") }
        }
    }
}
